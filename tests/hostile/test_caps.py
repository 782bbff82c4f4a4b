"""What one message can make us hold: every string that a provider delivers is capped where it is read, and says so."""

import json
import unicodedata
from urllib.parse import urlencode

import pytest

from session.bounds import LONGEST_TEXT, MARKS
from session.messages import Route
from tests.values import action
from tests.worker.channels.meta import bodies as meta_bodies
from tests.worker.channels.twilio import bodies as twilio_bodies
from worker.assistants.understanding.normal import normal
from worker.channels.agent_actions import AgentActionParser

HUGE = "ا" * 150_000
#: Bytes of a message in a mailbox, whatever was posted.
AT_MOST = 500_000

META = {
    "text": {"text": {"body": HUGE}},
    "image": {"image": {"id": HUGE, "caption": HUGE, "mime_type": HUGE, "sha256": HUGE, "url": HUGE, "more": HUGE}},
    "document": {"document": {"id": "1", "filename": HUGE, "caption": HUGE}},
    "location": {"location": {"latitude": 1, "longitude": 2, "name": HUGE, "address": HUGE, "url": HUGE}},
    "contacts": {"contacts": [{"name": {"formatted_name": HUGE}, "phones": [{"phone": HUGE}] * 9}] * 9},
    "button": {"button": {"text": HUGE, "payload": HUGE}},
    "interactive": {"interactive": {"type": "list_reply", "list_reply": {"id": HUGE, "title": HUGE, "description": HUGE}}},
    "form": {"interactive": {"nfm_reply": {"name": HUGE, "body": HUGE, "response_json": HUGE}}},
    "order": {"order": {"catalog_id": HUGE, "text": HUGE, "product_items": [{"quantity": 1}] * 99_999}},
    "reaction": {"reaction": {"message_id": HUGE, "emoji": HUGE}},
    "system": {"system": {"body": HUGE, "identity": HUGE}},
    "edit": {"edit": {"original_message_id": HUGE, "message": {"type": "text", "text": {"body": HUGE}}}},
    "unheard_of": {"unheard_of": {HUGE[:70_000]: {"deep": [[[HUGE]]]}}},
    "referral": {"text": {"body": "hi"}, "referral": {"headline": HUGE, "body": HUGE}, "context": {"id": HUGE}},
}  # fmt: skip
#: What stands in `type` where it is not the name of the case.
TYPES = {"form": "interactive", "referral": "text"}


@pytest.mark.parametrize("kind", META)
def test_whatever_meta_delivers_a_message_stays_small_and_says_that_it_was_cut(kind):
    body = meta_bodies.message(type=TYPES.get(kind, kind), **META[kind])

    found = meta_bodies.the_message(
        meta_bodies.messages(body, contacts=[meta_bodies.contact(profile={"name": HUGE})])
    )

    assert found.cut
    assert len(found.text) <= LONGEST_TEXT
    assert len(found.to_json().encode()) < AT_MOST


@pytest.mark.parametrize(
    "parameters",
    [
        {"Body": HUGE},
        {"Body": "hi", "ProfileName": HUGE},
        {"ButtonText": HUGE, "ButtonPayload": HUGE},
        {"ListTitle": HUGE, "ListId": HUGE},
        {"Latitude": "1", "Longitude": "2", "Label": HUGE, "Address": HUGE},
        {"FlowData": HUGE},
        {f"{name}{n}": HUGE[:9000] for n in range(40) for name in ("MediaUrl", "MediaContentType")},
        {"OriginalRepliedMessageSid": HUGE, "ReferralBody": HUGE},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_whatever_twilio_delivers_a_message_stays_small_and_says_that_it_was_cut(parameters):
    found = twilio_bodies.the_message(**parameters)

    assert found.cut
    assert len(found.to_json().encode()) < AT_MOST


@pytest.mark.parametrize("sign", ["\x00", "😀", '"', "\u2028"])
def test_whatever_a_sign_takes_in_json_the_worst_of_messages_stays_small(sign):
    much = sign * 150_000
    form = {"nfm_reply": {"name": much, "body": much, "response_json": much}}
    body = meta_bodies.message(
        type="interactive", interactive=form, referral={"body": much, "more": [much] * 20}
    )

    found = meta_bodies.the_message(
        meta_bodies.messages(body, contacts=[meta_bodies.contact(profile={"name": much})])
    )

    assert len(found.to_json().encode()) < AT_MOST


def test_a_text_as_long_as_whatsapp_allows_is_whole_and_one_more_is_cut_and_marked():
    whole = meta_bodies.the_message(meta_bodies.messages(meta_bodies.text("x" * LONGEST_TEXT)))
    longer = meta_bodies.the_message(meta_bodies.messages(meta_bodies.text("x" * (LONGEST_TEXT + 1))))

    assert (whole.text, whole.cut) == ("x" * LONGEST_TEXT, False)
    assert (longer.text, longer.cut) == ("x" * (LONGEST_TEXT - 1) + "…", True)


def test_an_id_is_never_cut_into_another_one_but_makes_its_message_a_dead_letter():
    (broken,) = meta_bodies.parsed(meta_bodies.messages(meta_bodies.text(id="w" * 600))).broken
    (same,) = twilio_bodies.parsed(twilio_bodies.form(twilio_bodies.ALWAYS, MessageSid="S" * 600)).broken

    assert broken.why == same.why == "an id that is too long"


def test_a_message_of_a_group_with_a_long_id_stays_one_of_a_group():
    read = meta_bodies.the_message(meta_bodies.messages(meta_bodies.text(group_id="g" * 3_000_000)))
    assert (len(read.group), read.is_silent) == (512, True)


def test_what_the_business_writes_on_its_phone_is_cut_as_well():
    echo = {"id": "wamid.E", "to": "201001234567", "type": "text", "text": {"body": HUGE}}
    body = meta_bodies.envelope(meta_bodies.change("smb_message_echoes", message_echoes=[echo]))

    (found,) = meta_bodies.parsed(body).echoes

    assert len(found.action.text) == LONGEST_TEXT
    assert found.action.text.endswith("…")


def test_the_words_of_a_failed_status_are_cut():
    failed = meta_bodies.status("failed", errors=[{"code": 131000, "title": HUGE, "message": HUGE}])
    (of_meta,) = meta_bodies.parsed(meta_bodies.statuses(failed)).statuses
    form = twilio_bodies.form(twilio_bodies.STATUS, MessageStatus="failed", ErrorCode=HUGE, ErrorMessage=HUGE)
    asked = "twilio-status?reply=t1.0&conversation=whatsapp%3A%2B201001234567"
    (of_twilio,) = twilio_bodies.parsed(form, source=asked).statuses

    assert max(len(of_meta.words), len(of_twilio.words), len(of_twilio.code)) <= 500


def test_the_words_of_news_of_an_account_are_cut():
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": [HUGE], "waba_ban_date": HUGE}}
    body = meta_bodies.envelope({"field": "account_update", "value": value})
    (news,) = meta_bodies.parsed(body).news

    assert len(news.trouble.to_json()) < 2000


def test_a_body_of_nothing_but_unreadable_parts_is_a_hundred_dead_letters_that_hold_and_count_all_of_it():
    found = meta_bodies.parsed(
        {"object": "whatsapp_business_account", "entry": [{"n": n} for n in range(5000)]}
    )

    assert len(found.broken) == 100
    assert found.broken[-1].why.startswith("4901 more parts that cannot be read")
    assert [part for one in found.broken for part in one.raw.split("\n")] == [
        json.dumps({"n": n}) for n in range(5000)
    ]


@pytest.mark.parametrize("field", ["text", "agent", "holder"])
def test_what_an_agent_says_is_not_cut_but_refused(field):
    body = action(**{"id": "a1", "text": "hi", field: "x" * (LONGEST_TEXT + 1)}).to_json().encode()

    found = AgentActionParser().parse(body, source="desk", received_at=1)

    assert not found.actions
    assert "too long" in found.broken[0].why


@pytest.mark.parametrize(
    "text",
    [
        "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ",
        "وَلَا ٱلضَّآلِّينَ ﴿٧﴾ مُّحَمَّدٌۭ رَّسُولُ",
        "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים אֵ֥ת הַשָּׁמַ֖יִם",
        "Tiếng Việt rất đẹp, nghĩa là gì?",
        unicodedata.normalize("NFD", "Tiếng Việt ở Huế"),
        "น้ำแข็งที่นี่ไม่มีเปลี่ยน",
        "क्षत्रिय स्त्रियाँ ज़िन्दगी",
        "ক্ষুদ্র স্বাস্থ্য মন্ত্রণালয়",
        "ကျွန်ုပ်တို့ မြန်မာစကား",
        "བསྒྲུབས་ རྫོགས་ ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
        "👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍❤️‍💋‍👨🏿 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f 1️⃣ ❤️‍🔥",
        "می‌خواهم نمی‌دانم",
        "🙂" * 500,
    ],
)  # fmt: skip
def test_what_people_write_is_kept_as_it_is(text):
    message = meta_bodies.the_message(meta_bodies.messages(meta_bodies.text(text)))

    assert (message.text, message.cut) == (text, False)


@pytest.mark.parametrize("between", ["", "\u200d", "\u200e\u2066", "\ufe0f"])
def test_heaps_of_marks_are_cut_whatever_invisible_stands_between_them(between):
    text = "Z" + f"\u0300{between}\u0316{between}" * 600 + "algo"

    message = meta_bodies.the_message(meta_bodies.messages(meta_bodies.text(text)))

    assert message.cut
    assert sum(unicodedata.category(sign) == "Mn" for sign in message.text) == MARKS
    assert message.text.endswith("algo")


@pytest.mark.parametrize("sign", ["ﷺ", "㌖", "ſ", "ffi", "\u0344", "½", "İ"])
def test_a_normalised_text_is_capped_too(sign):
    assert len(normal(sign * LONGEST_TEXT)) <= LONGEST_TEXT


def test_marks_that_are_parted_by_what_the_normal_spelling_drops_are_no_heap_in_it():
    assert sum(map(unicodedata.combining, normal("a" + "\u0300\u0316\u0640" * 1300))) <= MARKS * 255


def test_a_form_of_three_megabytes_is_read_and_told_from_its_neighbours():
    body = urlencode(twilio_bodies.form(twilio_bodies.ALWAYS, Body="x" * 3_000_000)).encode()
    (found,) = twilio_bodies.parsed(body).messages

    assert json.loads(found.to_json())["cut"] is True
    assert found.route == Route(channel="twilio", sender="+15550002222", address="whatsapp:+201001234567")
