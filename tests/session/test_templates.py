"""Templates in replies, their definitions, and whether the two fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from session import File, Location, Reply, Template, TemplateButton
from session.outgoing import said_in
from session.template_definitions import (
    ButtonForm,
    Definition,
    Definitions,
    HeaderForm,
    TemplateChange,
    parameters_in,
)
from session.template_fitting import filled, fitted, in_place_of
from session.templates import BODY_LIMIT, UnusableTemplate

ACCOUNT = "meta:77"
ORDER = Definition(
    account=ACCOUNT,
    name="order_ready",
    language="en",
    status="APPROVED",
    header=HeaderForm(kind="text", text="Order {{1}}"),
    body="Hello {{1}}, your order is at {{2}}.",
    footer="Reply STOP to end this",
    buttons=(
        ButtonForm(title="On my way", needs="payload"),
        ButtonForm(title="Track", needs="url", url="https://shop.example/t/{{1}}"),
        ButtonForm(title="Call us"),
    ),
)
CACHE = Definitions(known=(ORDER,), pulled=frozenset({ACCOUNT}))


def order(**changes):
    given = {
        "name": "order_ready",
        "language": "en",
        "header": "A7",
        "body": ("Mona", "the gate"),
        "buttons": [TemplateButton(payload="coming"), TemplateButton(url="A7")],
    }
    return Template(**given | changes)


def why(template, definition=ORDER):
    with pytest.raises(UnusableTemplate) as refused:
        filled(template, definition)
    return refused.value.why


def test_a_filled_template_says_what_the_customer_reads():
    content = said_in(Reply(template=filled(order(), ORDER)))

    assert (content.header, content.text) == ("Order A7", "Hello Mona, your order is at the gate.")
    assert content.footer == "Reply STOP to end this"
    assert [(one.id, one.title) for one in content.options] == [
        ("coming", "On my way"),
        ("https://shop.example/t/A7", "Track"),
        ("Call us", "Call us"),
    ]
    assert str(content) == "Hello Mona, your order is at the gate."


def test_without_its_definition_a_history_has_the_values():
    content = order().content()

    assert (content.name, content.text) == ("order_ready", "A7, Mona, the gate")
    assert str(Template(name="hello", language="en").content()) == "[hello]"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"body": ("Mona",)}, "its body has 2 parameters (1, 2), given were 1"),
        ({"body": {"name": "Mona"}}, "its body has the parameters 1, 2, given were name"),
        ({"header": None}, "its header has a parameter, which is missing"),
        ({"header": Location(latitude=1, longitude=2)}, "its header is a text, given was a location"),
        ({"buttons": [TemplateButton(payload="x")]}, "its button 1 (Track) takes a url, which is missing"),
        (
            {"buttons": [TemplateButton(code="x"), TemplateButton(url="A7")]},
            "its button 0 takes a payload, given was a code",
        ),
        (
            {"buttons": [TemplateButton(index=2, payload="x"), TemplateButton(index=1, url="A7")]},
            "its button 2 takes nothing",
        ),
    ],
)
def test_a_refusal_says_what_is_expected(changes, expected):
    assert why(order(**changes)) == expected


def test_values_are_those_of_the_numbers_wherever_the_text_has_them():
    definition = ORDER.model_copy(
        update={"body": "{{2}}: order {{10}} of {{1}}, {{3}}{{4}}{{5}}{{6}}{{7}}{{8}}{{9}}"}
    )
    template = order(body=tuple("abcdefghij"))

    assert filled(template, definition).shown.text == "b: order j of a, cdefghi"


def test_named_parameters_are_given_by_name():
    named = ORDER.model_copy(update={"body": "Hello {{name}}", "header": None, "buttons": ()})
    plain = {"header": None, "buttons": ()}

    assert filled(order(body={"name": "Mona"}, **plain), named).content().text == "Hello Mona"
    assert (
        why(order(body=("Mona",), **plain), named)
        == "the parameters of its body have names: body={'name': ...}"
    )


@pytest.mark.parametrize(
    ("kind", "named"), [("image", "an image"), ("video", "a video"), ("document", "a document")]
)
def test_a_header_of_a_file_needs_one_of_its_kind(kind, named):
    form = ORDER.model_copy(update={"header": HeaderForm(kind=kind)})
    file = File(
        url=f"https://shop.example/x{'.pdf' if kind == 'document' else '.mp4' if kind == 'video' else '.png'}"
    )

    assert filled(order(header=file), form).content().media[0].url == file.url
    assert why(order(header="A7"), form) == f"its header is {named}, given was a text"
    assert why(order(header=None), form) == f"its header is {named}, which is missing"


def test_a_text_that_becomes_too_long_is_refused():
    assert "characters with these values" in why(order(body=("x" * 1000, "y" * 100)))


def test_nothing_is_checked_without_a_cache():
    assert fitted(order(body=()), Definitions(), "meta") == order(body=())
    assert fitted(order(body=()), CACHE, "twilio") == order(body=())


def test_what_an_account_does_not_have_is_refused_with_what_it_has():
    with pytest.raises(UnusableTemplate, match="there it is in en"):
        fitted(order(language="ar"), CACHE, "meta")
    with pytest.raises(UnusableTemplate, match="the approved ones are order_ready; `inturn templates pull`"):
        fitted(order(name="order_redy"), CACHE, "meta")


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED", "REJECTED", "PENDING", "DELETED"])
def test_what_is_not_approved_is_refused_with_its_status(status):
    change = TemplateChange(
        account=ACCOUNT, name="order_ready", language="en", what="status", after=status, why="x"
    )
    cache = Definitions(known=(change.of(ORDER),), pulled=CACHE.pulled)

    with pytest.raises(UnusableTemplate, match=rf"it is {status} \(x\)"):
        fitted(order(), cache, "meta")


def test_a_template_of_which_only_a_change_is_known_is_not_compared():
    change = TemplateChange(account=ACCOUNT, name="new", language="en", what="status", after="APPROVED")
    cache = Definitions(known=(change.of(None),), pulled=CACHE.pulled)

    assert fitted(order(name="new"), cache, "meta") == order(name="new", account=ACCOUNT)


def test_of_two_accounts_the_one_that_may_send_decides():
    paused = ORDER.model_copy(update={"account": "meta:78", "status": "PAUSED"})

    assert fitted(order(), Definitions(known=(paused, ORDER)), "meta").shown


# -- limits


@pytest.mark.parametrize("value", ["", " ", "a\nb", "a\tb", "a     b", "x" * (BODY_LIMIT + 1)])
def test_a_value_that_meta_refuses_is_refused_where_it_is_written(value):
    with pytest.raises(ValidationError):
        order(body=(value,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"payload": "x", "url": "y"},
        {},
        {"code": "x" * 21},
        {"payload": "x" * 257},
        {"payload": "x", "index": 10},
    ],
)
def test_a_button_has_one_value_within_its_limit(wrong):
    with pytest.raises(ValidationError):
        TemplateButton(**wrong)


@pytest.mark.parametrize(
    "carried", [{"text": "x"}, {"reply_to": "wamid.1"}, {"location": Location(latitude=1, longitude=1)}]
)
def test_a_reply_with_a_template_carries_nothing_else(carried):
    with pytest.raises(ValidationError):
        Reply(template=order(), **carried)


def test_a_reply_with_a_template_is_read_back_as_it_was_written():
    reply = Reply(template=filled(order(), ORDER))

    assert Reply.model_validate_json(reply.to_json()) == reply


# -- in the place of a free-form reply

ONE = Definition(
    account=ACCOUNT, name="note", language="en", status="APPROVED", body="News: {{1}} Write to us."
)


@given(st.text(max_size=1500) | st.text("😀 a", min_size=900, max_size=1500))
def test_a_text_becomes_the_only_parameter_within_what_is_possible(text):
    if not text.split():
        with pytest.raises(UnusableTemplate, match="no text"):
            in_place_of(text, ONE, name="note", language="en")
        return
    template = in_place_of(text, ONE, name="note", language="en")

    shown = template.content().text
    assert len(shown.encode("utf-16-le", "surrogatepass")) // 2 <= BODY_LIMIT
    assert template.values[0].rstrip("…") in " ".join(text.split())
    assert template.in_place


def test_a_template_without_a_parameter_is_sent_as_it_is():
    fixed = ONE.model_copy(
        update={"body": "Write to us.", "buttons": (ButtonForm(title="Yes", needs="payload"),)}
    )

    assert in_place_of("anything", fixed, name="note", language="en").content().text == "Write to us."


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "{{1}} {{2}}"},
        {"header": HeaderForm(kind="image")},
        {"buttons": (ButtonForm(title="Open", needs="url", url="https://a.example/{{1}}"),)},
        {"status": "PAUSED"},
    ],
)
def test_a_template_that_needs_more_takes_no_place(changes):
    with pytest.raises(UnusableTemplate):
        in_place_of("hello", ONE.model_copy(update=changes), name="note", language="en")


def test_without_its_definition_it_is_taken_for_one_with_one_parameter():
    assert in_place_of("a\nb", None, name="note", language="en").body == ("a b",)


@given(st.lists(st.from_regex(r"[a-z]{1,5}|[1-9]", fullmatch=True), max_size=5))
def test_the_parameters_of_a_text_are_found_once_in_their_order(names):
    assert parameters_in(" ".join(f"{{{{{name}}}}}" for name in names)) == list(dict.fromkeys(names))
