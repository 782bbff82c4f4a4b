"""What a program may put or add can be sent: nothing that a request was told to be good is found to be bad later."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from session.campaigns import Campaign, Recipient, action_of
from session.template_definitions import Definition
from session.template_fitting import filled
from session.templates import Template
from webhook.api.campaign_models import NewRecipients
from webhook.api.recipients import WrongRecipients, recipients_in, recipients_in_file
from webhook.api.template_models import NewDefinition, TemplatePath, definition_of

PIECES = st.lists(
    st.sampled_from(
        [
            "Hello ",
            "{{1}}",
            "{{2}}",
            "{{ 3 }}",
            "{{name}}",
            "{{",
            "}}",
            "{{\u0661}}",
            "é",
            "{",
            "\n",
            "x" * 70,
        ]
    )
)
TEXTS = PIECES.map("".join)
URLS = TEXTS.map("https://villas.example/{}".format)
FILES = {
    "image": "https://x.example/a.jpg",
    "video": "https://x.example/a.mp4",
    "document": "https://x.example/a.pdf",
}


def maybe(values):
    return st.none() | values


DEFINITIONS = st.fixed_dictionaries(
    {"body": TEXTS},
    optional={
        "footer": TEXTS,
        "header": st.fixed_dictionaries(
            {"kind": st.sampled_from(["text", "location", *FILES])}, optional={"text": TEXTS}
        ),
        "buttons": st.lists(
            st.fixed_dictionaries(
                {"title": st.text(min_size=1, max_size=9)},
                optional={
                    "needs": st.sampled_from(["url", "payload", "code"]),
                    "url": URLS,
                    "payload": TEXTS,
                },
            ),
            max_size=3,
        ),
    },
)
ACCOUNTS = st.sampled_from(["meta:1", "twilio:AC1"])


def put(account, asked) -> Definition:
    try:
        path = TemplatePath(account=account, name="a", language="en")
        return definition_of(path, NewDefinition.model_validate({"category": "UTILITY"} | asked))
    except ValueError:
        assume(False)  # noqa: FBT003
        raise


def given_to(definition: Definition) -> Template:
    """A message with everything that a definition asks for."""
    header = None
    if definition.needs_header and definition.header:
        kind = definition.header.kind
        places = {"text": "Thursday", "location": {"latitude": 1, "longitude": 2}}
        header = places.get(kind) or {"url": FILES[kind], "kind": kind}
    names = definition.parameters
    buttons = [{"index": place, one.needs: "7"} for place, one in enumerate(definition.buttons) if one.needs]
    body = (
        dict.fromkeys(names, "Alia") if any(not name.isdecimal() for name in names) else ["Alia"] * len(names)
    )
    return Template.model_validate(
        {"name": "a", "language": "en", "header": header, "body": body, "buttons": buttons}
    )


# Most of them are refused; what is not is what counts here.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(ACCOUNTS, DEFINITIONS)
def test_whatever_is_put_can_be_filled_in_by_what_it_asks_for(account, asked):
    definition = put(account, asked)
    assume(len(definition.body) + 10 * len(definition.parameters) < 1000)

    shown = filled(given_to(definition), definition).shown

    assert shown
    assert "Alia" in shown.text or not definition.parameters


VALUES = st.sampled_from(["Alia", "Alia", "a\nb", "     ", "x" * 1025, "\x00", "\ud800"]) | st.text(
    max_size=9
)
CUSTOMERS = st.sampled_from(["+201001234567", "01001234567", "EG.77", "telegram:7", ""]) | st.text(max_size=9)
#: Definitions, with a recipient that fits, and a line of a file.
TEMPLATES = [
    ({"body": "Hello {{1}}, {{2}}."}, {"body": ["Alia", "ten"]}, "to,1,2"),
    (
        {"body": "Hello {{name}}.", "header": {"kind": "text", "text": "For {{1}}"}},
        {"body": {"name": "Alia"}, "header": "you"},
        "to,name,header",
    ),
    (
        {
            "body": "Hello.",
            "header": {"kind": "image"},
            "buttons": [{"title": "a", "needs": "url", "url": "https://x/{{1}}"}],
        },
        {"header": {"url": FILES["image"]}, "buttons": [{"url": "7"}]},
        "to,header,button_0",
    ),
    (
        {"body": "Hello.", "header": {"kind": "location"}, "buttons": [{"title": "a", "needs": "payload"}]},
        {"header": {"latitude": 1, "longitude": 2}},
        "",
    ),
]
#: What takes the place of what fits.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "to": CUSTOMERS,
        "header": VALUES | st.just({"url": FILES["video"]}),
        "body": st.lists(VALUES, min_size=2, max_size=2) | VALUES.map(lambda value: {"name": value}),
        "buttons": st.lists(
            st.fixed_dictionaries(
                {}, optional={"index": st.integers(0, 3), "url": VALUES, "payload": VALUES}
            ),
            max_size=2,
        ),
    },
)


def sent_to(recipients: list[Recipient], definition: Definition) -> None:
    """Do what a worker does with rows that were kept."""
    campaign = Campaign(name="a", template="a", language="en", sender="meta:1")
    for row, one in enumerate(recipients, start=1):
        kept = Recipient.of(one.customer, one.parameters())
        assert kept == one
        template = action_of(campaign, row, kept, datetime(2026, 1, 1, tzinfo=UTC)).says.template
        assert template
        assert filled(template, definition).shown


@settings(max_examples=300)
@given(st.sampled_from(TEMPLATES), st.lists(CHANGES, min_size=1, max_size=2))
def test_whoever_is_added_can_be_sent_to(template, changes):
    asked, fits, _ = template
    definition = put("meta:1", asked)
    recipients = [{"to": "+201001234567"} | fits | change for change in changes]
    try:
        found = recipients_in(NewRecipients.model_validate({"recipients": recipients}), definition, "EG")
    except (WrongRecipients, ValidationError):
        assert any(changes)
        return

    assert len(found) == len(recipients)
    sent_to(found, definition)


@settings(max_examples=300)
@given(
    st.sampled_from(TEMPLATES[:3]),
    st.lists(VALUES | st.just(FILES["image"]), min_size=2, max_size=2),
    st.binary(),
)
def test_so_can_whoever_stands_in_a_file(template, cells, more):
    asked, _, head = template
    definition = put("meta:1", asked)
    line = ",".join(["+201001234567", *cells]).encode("utf-8", "surrogatepass")
    try:
        found = recipients_in_file(b"\n".join([head.encode(), line, more]), definition, "EG", ())
    except WrongRecipients:
        return

    sent_to(found, definition)
