"""What may be shown: no number of a customer, however it is spelled, and nothing that a terminal obeys."""

import json
import re
import time
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from functools import partial
from urllib.parse import quote, quote_plus

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from session.printable import counted, mask, mask_again, visible, visible_json

_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
#: What people and programs make of a number that is written as a country writes it.
_SPELLINGS = {
    "as it is": lambda text: text,
    "with dashes": lambda text: re.sub(r"\s", "-", text),
    "with dots": lambda text: re.sub(r"[\s-]", ".", text),
    "in brackets": lambda text: re.sub(r"^(\+?\d+)", r"(\1)", text),
    "with hard blanks": lambda text: re.sub(r"[\s-]", "\u00a0", text),
    "with soft dashes": lambda text: re.sub(r"[\s-]", "\u2011", text),
    "without anything": lambda text: re.sub(r"[^\d+]", "", text),
    "digits only": lambda text: re.sub(r"\D", "", text),
    "with 00": lambda text: text.replace("+", "00"),
    "between marks": lambda text: f"\u2066{text}\u2069",
    "in Arabic": lambda text: text.translate(_ARABIC),
    "in Persian": lambda text: text.translate(_PERSIAN),
    "in an address": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "as a conversation in an address": lambda text: quote("whatsapp:" + text, safe=""),
}
#: Every way in which the library writes a number.
_FORMS = {
    **{f"format {form}": partial(phonenumbers.format_number, num_format=form) for form in range(4)},
    "from abroad": lambda number: phonenumbers.format_out_of_country_calling_number(number, "GB"),
    "from Australia": lambda number: phonenumbers.format_out_of_country_calling_number(number, "AU"),
    "dialled on a mobile": lambda number: phonenumbers.format_number_for_mobile_dialing(
        number, "US", with_formatting=True
    ),
    "with a carrier": lambda number: phonenumbers.format_national_number_with_carrier_code(number, "15"),
}
_AROUND = [
    "{}",
    "To {}: failed",
    "({})",
    "'{}'",
    "a={}&b=1",
    "whatsapp:{}",
    "user{}",
    "{}@s.whatsapp.net",
    "\n{}\n",
    "x_{}",
]


@st.composite
def numbers(draw):
    """Return a valid number of any country."""
    country = draw(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    kinds = [phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]
    example_of = phonenumbers.example_number_for_type(country, draw(st.sampled_from(kinds)))
    sample = example_of or phonenumbers.example_number_for_type("EG", kinds[0])
    # Other digits at its end, as long as there is such a number.
    end = draw(st.text("0123456789", min_size=4, max_size=4))
    whole = phonenumbers.national_significant_number(sample)
    other = phonenumbers.parse(f"+{sample.country_code}{whole[:-4]}{end}")
    return other if phonenumbers.is_valid_number(other) else sample


def digits_in(text):
    return [letter for letter in re.sub(r"%(?:[0-9A-F]{2})", "", text) if letter.isdecimal()]


@given(
    numbers(),
    st.sampled_from(sorted(_FORMS)),
    st.sampled_from(sorted(_SPELLINGS)),
    st.sampled_from(_AROUND),
)
@example(phonenumbers.parse("+201888000004"), "format 1", "as a conversation in an address", "a={}&b=1")
@example(phonenumbers.parse("+201888000004"), "format 2", "with dashes", "{}")
def test_of_a_number_in_any_spelling_three_digits_are_left(number, form, spelling, around):
    written = _FORMS[form](number)
    if len(digits_in(written)) < 7:
        return  # a local number of a very small country, without that country
    text = around.format(_SPELLINGS[spelling](written))

    masked = mask(text)

    left = digits_in(masked.replace("b=1", ""))
    assert len(left) <= 3, (text, masked)
    assert "…" in masked


@given(numbers(), st.binary(min_size=9, max_size=9), st.sampled_from(_AROUND), st.booleans())
def test_a_message_id_that_holds_a_number_has_a_short_name_always_the_same(number, chance, around, named):
    digits = phonenumbers.format_number(number, 0)[1:].encode()
    inside = (
        b"\x1c\x18"
        + bytes([len(digits)])
        + digits
        + b"\x15\x02\x00\x11\x18\x12"
        + chance.hex().upper().encode()
        + b"\x00"
    )
    id_ = ("wamid." if named else "") + b64encode(inside).decode()
    text = (around if named else "{}").format(id_)

    masked = mask(text)

    for hidden in (b64encode, urlsafe_b64encode):
        for shift in range(3):
            piece = hidden(b"\0" * shift + digits).decode().rstrip("=")[2 * shift : -2]
            assert piece not in masked
    assert digits.decode() not in masked
    name = mask(id_)
    assert name in masked
    assert re.fullmatch(r"wamid~[a-p]{12}", name)
    assert mask("wamid." + id_.removeprefix("wamid.").replace("=", "%3D")) == name


@given(st.text() | st.text("0123456789+-. ()…%wamidUS.user~", max_size=200))
def test_what_is_remembered_is_masked_in_the_same_way(text):
    assert [mask_again(text), mask_again(text)] == [mask(text)] * 2


@given(st.text() | st.text("0123456789+-. ()…%wamidUS.user~", max_size=60))
def test_masked_text_stays_unchanged(text):
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("whatsapp:+201001234567", "whatsapp:…567"),
        ("whatsapp:estate:+201001234567", "whatsapp:estate:…567"),
        ("meta:106540352242922", "meta:…922"),
        ("US.13491208655302741918", "US.…918"),
        ("US.ENT.11815799212886844830", "US.ENT.…830"),
        ("whatsapp:user.937ab48c2d", "whatsapp:user.…c2d"),
        ("to +20 188 800 0004, 0188-800-0004 or (0188) 800 0004", "to …004, …004 or (…004"),
        ("tel:+20-188-800-0004;ext=1", "tel:…004;ext=1"),
        ("?conversation=whatsapp%3A%2B201888000004&reply=x.0", "?conversation=whatsapp%3A%2B…004&reply=x.0"),
    ],
)
def test_the_visible_digits_identify_a_known_number(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "131026: Message undeliverable",
        "(#131030) Recipient not in allowed list, HTTP 400",
        "Error 111 connecting to 192.168.100.200:6390. Connection refused.",
        "redis://10.20.30.40:6379/0",
        "[orig: 2026-11-28 22:16:19.123456 recv: 2026-11-28T22:16:20,5]",
        "succeeded in 0.0123456780000s",
        "Task take_turn[018f1234-5678-7123-9012-123456789012] raised",
        "SM0123456789abcdef0123456789012345",
        "Trying again in 12.00 seconds... (6/100)",
        "v5.7.0 on 8 cores, line 1234, port 65535",
        "EG.Word, user.name",
    ],
)
def test_other_numbers_stay_readable(text):
    assert mask(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "+",
        "%2",
        "%20",
        "1....",
        "wamid.",
        "HBg",
        "US.",
        "user.",
        "2026-11-28",
        "1.1.1.",
        "٣ ",
        "0.",
    ],
)
@pytest.mark.slow
def test_it_takes_no_longer_than_the_text_is_long(piece):
    def seconds(length):
        text = (piece * length)[:length]
        begun = time.process_time()
        mask(text)
        return time.process_time() - begun

    assert seconds(400_000) < 40 * seconds(40_000) + 0.5


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("telegram:123456789", "telegram:…789"),
        ("to telegram:estate:12345, late", "to telegram:estate:…345, late"),
        ("telegram:12 wrote", "telegram:… wrote"),
        ("telegram:123456789/45", "telegram:…789/kl"),
        ("telegram:123456789/tap/4382", "telegram:…789/tap/kjoi"),
        ("telegram: 401 is an error", "telegram: 401 is an error"),
    ],
)
def test_ids_of_telegram_show_their_end_and_their_messages_can_be_told_apart(text, masked):
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("from +201001234567 to 106540352242922", "from …567 to …922"),
        ("whatsapp:+201001234567", "whatsapp:…567"),
        ("EG.77abCD12xyz", "EG.…xyz"),
        ("call 123", "call 123"),
        ("5.25 s, attempt 3 of 5", "5.25 s, attempt 3 of 5"),
        ("", ""),
    ],
)
def test_of_a_number_only_the_end_shows(text, masked):
    assert mask(text) == masked


@given(
    st.integers(10**7, 10**15), st.text(st.characters(codec="ascii", categories=["L", "P", "Z"]), max_size=10)
)
def test_no_phone_number_passes_the_mask(number, around):
    around = around.replace(".", " ").replace("_", " ")

    assert str(number) not in mask(f"{around} +{number} {around}")


HOSTILE = [*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)), *"\u2028\u2029\u202a\u202d\u202e\u2066\u2069\ud800"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello, مرحبا 👋🏽", "hello, مرحبا 👋🏽"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc", "a\\r\\nb c"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("\ud83d", "⟨U+D83D⟩"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text, shown):
    assert visible(text) == shown


def test_lines_after_the_first_do_not_look_like_ours():
    assert visible("one\r\n12:00 assistant: two\x1b", lines=True) == "one\n    12:00 assistant: two\\x1b"


@given(st.text(st.characters(codec=None) | st.sampled_from(HOSTILE)), st.booleans())
def test_nothing_is_left_that_anything_would_obey(text, lines):
    shown = visible(text, lines=lines)

    assert not [
        one for one in shown.replace("\n    ", "") if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")
    ]
    assert not set(shown) & (set(HOSTILE) - {"\n"})
    assert lines or "\n" not in shown
    shown.encode()


@given(st.dictionaries(st.text(), st.text(st.characters(codec=None) | st.sampled_from(HOSTILE))))
def test_printed_json_is_the_same_value_without_control_characters(value):
    for indent in (None, 2):
        written = visible_json(value, indent=indent)

        assert json.loads(written) == value
        assert not set(written) & (set(HOSTILE) - {"\n"})
        written.encode()


@pytest.mark.parametrize(("number", "words"), [(0, "0 replies"), (1, "1 reply"), (2, "2 replies")])
def test_a_count_agrees_with_its_noun(number, words):
    assert counted(number, "reply", "replies") == words
    assert counted(number, "trace") == f"{number} trace{'' if number == 1 else 's'}"
