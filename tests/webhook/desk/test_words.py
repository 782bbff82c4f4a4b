"""The texts: complete in both languages, and none that is not used."""

import ast
import inspect
import re
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import pytest

from session import SessionManager, agent_rules
from session.agent_actions import AgentActionType, Declined
from session.channels import PROVIDERS
from session.content_parts import Kind
from session.events import NO_MARKETING, OPTED_OUT
from session.messages import SILENT, DeliveryState
from session.spending import Whose
from tests.stories.telling import ALIA
from tests.values import session
from webhook.desk.listing import Tab
from webhook.desk.shown_files import missing
from webhook.desk.values import VALUES
from webhook.desk.words import _OWN_CODES, LABELLED, LANGUAGES, Translator, known_facts
from webhook.desk.words_ar import ARABIC
from webhook.desk.words_en import ENGLISH
from worker.assistants.llm.schemas import MemberAnswer, PropertyAnswer, PropertySlots, PropertyType
from worker.assistants.understanding.vocabulary import read
from worker.assistants.wording.phrasebook import phrasebook_of

ROOT = Path(__file__).parents[3]
DESK = ROOT / "webhook" / "desk"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*DESK.glob("*.py"), *DESK.glob("templates/*")]
    if path.name not in ("words_en.py", "words_ar.py", "content_words.py", "campaign_words.py", "values.py")
)


#: Why a person answers what a model has done and could not tell.
_UNTOLD = "the customer was not told the result"
#: Why an answer is never declined before it is sent.
NO_ANSWERS = {
    Declined.FAILED,
    Declined.MARKETING,
    Declined.TWICE,
    Declined.TEMPLATE,
    Declined.SENDER,
    Declined.FULL,
}


def fields(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def strings_given_to(*functions):
    """Return the reasons that the system and its assistants give: texts that are handed to one of these functions."""
    found = set()
    for path in [*(ROOT / "session").rglob("*.py"), *(ROOT / "worker").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in functions:
                given = [*node.args, *(word.value for word in node.keywords if word.arg == "reason")]
                # Of `f"visit: {what}"` the words before the colon are the system's.
                given = [
                    way
                    for one in given
                    for way in ([one.body, one.orelse] if isinstance(one, ast.IfExp) else [one])
                ]
                heads = [one.values[0] if isinstance(one, ast.JoinedStr) else one for one in given]
                found |= {
                    one.value.partition(":")[0]
                    for one in heads
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return found - phrasebook_of("en").sentences.keys()


def literal_of(name, answer=PropertySlots):
    """Return the values that a field of an answer may have."""
    kinds = get_type_hints(answer)[name]
    return [value for kind in (kinds, *get_args(kinds)) for value in get_args(kind) if isinstance(value, str)]


def of_the_estate(turn):
    """An assistant that leaves behind what ours leave behind."""
    turn.set_intent("find_property")
    turn.set_language("ar")
    turn.remember(
        budget=3_000_000,
        purpose="rent",
        propertyType="villa",
        notPropertyType=["office", "land"],
        paymentMethod="installments",
        finishing="core and shell",
        urgency="P3M",
        areaMax=120,
    )
    if turn.text == "":
        turn.escalate("visit: 12")
    turn.reply("حاضر")


def test_known_facts_are_labelled_and_structured_ones_left_out():
    known = session(ALIA).context.extracted_info.updated(
        {
            "budget": 3_000_000,
            "location": "New Cairo",
            "budgetMin": 1_500_000,
            "favouriteColour": "red",
            "dialogue": {"kind": "x"},
            "area": 120,
        }
    )
    one = session(ALIA).change_context(extracted_info=known)

    assert list(known_facts(one, Translator("en"))) == [
        ("Place", "New Cairo"),
        ("Budget", "3,000,000 EGP"),
        ("Budget from", "1,500,000 EGP"),
        ("Area", "120 m²"),
        ("Favourite colour", "red"),
    ]


def test_arabic_has_every_sentence_with_the_same_values():
    assert ENGLISH.keys() == ARABIC.keys()
    assert {key for key in ENGLISH if fields(ENGLISH[key]) != fields(ARABIC[key])} == set()


def test_every_key_in_a_page_has_a_sentence():
    asked = set(re.findall(r"""\bt\(["']([a-z_.]+)["']""", SOURCES)) | set(
        re.findall(r'translate\("([a-z_.]+)"', SOURCES)
    )

    assert {key for key in asked if not key.endswith(".")} - ENGLISH.keys() == set()
    assert "search" in asked


def test_every_composed_key_has_a_sentence():
    made = {
        *(f"tab.{tab}" for tab in Tab),
        *(f"empty.{tab}" for tab in Tab),
        *(f"state.{state}" for state in DeliveryState),
        *(f"declined.{why}" for why in Declined),
        *(f"no_answer.{why}" for why in Declined if why not in NO_ANSWERS),
        *(
            f"{kind}.{action_type}"
            for action_type in set(AgentActionType) - {AgentActionType.RING_TIMER}  # what rings is told
            for kind in ("note", "tried")
            if (kind, action_type) != ("note", AgentActionType.DECIDE)  # the history has what was decided
        ),
        *(f"fact.{name}" for name in LABELLED),
        *(f"change.{kind}" for kind in SILENT),
        *(missing(why) for why in ("", "it took too long")),
    }

    assert made - ENGLISH.keys() == set()


def test_every_value_of_the_system_has_words():
    property_types = get_args(PropertyType)
    shown = {
        *(f"kind.{kind}" for kind in Kind),
        *(f"property_type.{kind}" for kind in property_types),
        *(f"{name}.{value}" for name in ("purpose", "payment_method") for value in literal_of(name)),
        *(
            f"intent.{value}"
            for answer in (PropertyAnswer, MemberAnswer)
            for value in literal_of("intent", answer)
        ),
        *(f"finishing.{value}" for value in read("choices.toml")["finishing"]),
        *(f"language.{language}" for language in ("en", "ar", "franco")),
        *(f"channel.{channel}" for channel in PROVIDERS),
        *(f"reason.{code}" for code in _OWN_CODES),
        *(f"reason.{whose.reason}" for whose in Whose),
        "intent.handoff",
        *(f"intent.{intent}" for intent in strings_given_to("set_intent")),
        f"reason.{agent_rules._CLOSED}",
        f"reason.{inspect.signature(SessionManager.close).parameters['reason'].default}",
        f"reason.{OPTED_OUT}",
        f"reason.{NO_MARKETING}",
    }
    reasons = strings_given_to("hand_over", "hand_over_about", "_count_miss", "escalate", "_closing_reason")
    shown |= {f"reason.{reason}" for reason in reasons}
    codes = {code for code in strings_given_to("_given_up") if " " not in code and code.isalpha()}

    assert shown - VALUES.keys() == set()
    assert len(reasons) >= 6
    assert codes <= _OWN_CODES, "a code of the system whose words would be shown in English"
    silent = {
        key for key in VALUES if not key.startswith(("within.", "unit.", "urgency.")) and key not in shown
    }
    # The command line's, and those that are put together: with an order, an owner's property, the words or the calls of a model.
    with_more = {"sent an order", "owner sells", "owner rents out", "the language model", _UNTOLD}
    assert silent == {"reason.closed by an operator", *(f"reason.{reason}" for reason in with_more)}


def test_arabic_words_are_arabic():
    """What is not: brands, keys of a keyboard, and units."""
    latin = {
        key: re.findall(r"[A-Za-z]{2,}", LANGUAGES["ar"][key].replace("{", " {")) for key in LANGUAGES["ar"]
    }
    left = {
        key: words
        for key, words in latin.items()
        if set(words)
        - fields(LANGUAGES["ar"][key])
        - {"START", "Ctrl", "Enter", "English", "JavaScript", "CSV"}
    }

    assert left == {}


@pytest.mark.parametrize(
    ("text", "english", "arabic"),
    [
        ("customer asked", "the customer asked", "العميل طلب ذلك"),
        ("visit: P-12", "visit: P-12", "معاينة: P-12"),
        (
            "window: the customer service window closed",
            "more than 24 hours after the customer wrote",
            "مر أكثر من 24 ساعة منذ كتب العميل",
        ),
        ("131047: Re-engagement message", "131047: Re-engagement message", "131047: Re-engagement message"),
        ("my bot: gave up", "my bot: gave up", "my bot: gave up"),
    ],
)
def test_a_reason_of_the_system_is_translated_and_any_other_is_unchanged(text, english, arabic):
    assert [Translator(language).reason(text) for language in LANGUAGES] == [english, arabic]


@pytest.mark.parametrize(
    ("value", "english", "arabic"),
    [
        ("now", "now", "الآن"),
        ("P1W", "within a week", "خلال أسبوع"),
        ("P3M", "within 3 months", "خلال 3 أشهر"),
        ("P11M", "within 11 months", "خلال 11 شهرًا"),
        ("2027-03", "2027-03", "2027-03"),
    ],
)
def test_a_time_limit_is_translated(value, english, arabic):
    assert [Translator(language).value("urgency", value) for language in LANGUAGES] == [english, arabic]


def test_a_message_without_text_is_shown_as_its_kind():
    assert [Translator(language).text("[image]") for language in LANGUAGES] == ["a photo", "صورة"]
    assert [Translator("en").text(text) for text in ("[sic]", "hello [image]", "")] == [
        "[sic]",
        "hello [image]",
        "",
    ]


def test_every_sentence_is_used():
    said = set(re.findall(r"""["']([a-z_.]+)["']""", SOURCES))
    # What is put together begins with one of these, and a dot.
    heads = {word for word in said if word.endswith(".")} | set(re.findall(r'f"([a-z_]+\.)', SOURCES))
    silent = {key for key in ENGLISH if key not in said and not key.startswith(tuple(heads))}

    assert silent - {"seconds", "minutes", "hours", "days", "now"} == set()  # said by `Translator` itself


@pytest.mark.parametrize(
    ("minutes", "english", "arabic"),
    [
        (0, "now", "الآن"),
        (1, "1 min", "1 د"),
        (59, "59 min", "59 د"),
        (60, "1 h", "1 س"),
        (2879, "47 h", "47 س"),
        (2880, "2 d", "2 ي"),
    ],
)
def test_a_duration_is_short(minutes, english, arabic):
    assert [Translator(language).duration(minutes) for language in LANGUAGES] == [english, arabic]


@pytest.mark.parametrize(
    ("by", "english"),
    [
        ("Mona", "Agent"),
        (None, "Agent"),
        ("phone", "Business phone"),
        ("api:crm", "Program crm"),
        ("campaign:spring", "Campaign spring"),
    ],
)
def test_a_list_says_that_no_person_wrote(by, english):
    assert Translator("en").author("agent", by) == english


def test_a_name_of_the_other_direction_is_kept_together():
    assert Translator("en")("held.other", name="منى") == "\u2068منى\u2069 is answering"
    assert Translator("en")("held.other", name="Mona") == "Mona is answering"
    assert Translator("ar")("held.other", name="Mona") == "\u2068Mona\u2069 يرد الآن"


def test_an_arabic_page_contains_no_english_of_the_system(open_office):
    office = open_office(assistant=of_the_estate)
    office.story.says("عايز فيلا", name="علياء")
    office.story.says("", name="علياء", kind="image")
    mona = office.agent("منى")
    mona.posts("/desk/language", language="ar")
    mona.does("take_over")

    pages = [mona.reads(), mona.sees("/desk/"), mona.sees("/desk/?tab=assistant")]
    latin = {word for page in pages for word in re.findall(r"[A-Za-z_]{2,}", page)}
    assert latin <= {"Inturn", "English", "UTC", "JPEG"}, latin
    for words in (
        "فيلا",
        "مكتب، أرض",
        "بالتقسيط",
        "على الطوب",
        "خلال 3 أشهر",
        "يبحث عن عقار",
        "معاينة: 12",
    ):
        assert words in pages[0]
    assert 'alt="صورة"' in mona.page().text
    login = office.visitor().http.get("/desk/login", headers={"Accept-Language": "ar"}).text
    assert "Every WhatsApp conversation" not in login
