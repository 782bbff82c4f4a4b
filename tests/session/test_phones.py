"""What a person types, or a file holds, for a phone number."""

from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.phones import BadNumber, e164, is_country


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+91 98408 30854", "", "+919840830854"),
        ("+91 (0) 98408-30854", "", "+919840830854"),
        ("(+91) 98408 30854", "EG", "+919840830854"),
        ("00919840830854", "", "+919840830854"),
        ("tel:+91-98408-30854", "", "+919840830854"),
        ("\u200e+91\u00a098408\u201130854\u202c", "", "+919840830854"),
        ("+1 (415) 555-2671", "IN", "+14155552671"),
        ("919840830854", "IN", "+919840830854"),
        ("09840830854", "IN", "+919840830854"),
        ("98408.30854", "IN", "+919840830854"),
        ("9840830854.0", "IN", "+919840830854"),
        ("080-2345 6789", "IN", "+918023456789"),
        ("٠١٠٠١٢٣٤٥٦٧", "EG", "+201001234567"),
        ("(0100) 123 4567", "EG", "+201001234567"),
        ("201001234567", "EG", "+201001234567"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_a_number_has_one_form(written, country, number):
    assert e164(written, country) == number


@pytest.mark.parametrize("country", ["", "IN", "EG"])
@pytest.mark.parametrize(
    "written",
    [
        "",
        "+",
        "12",
        "no number",
        "IN.abcdef",
        "+1 800 FLOWERS",
        "9.84083E+09",
        "9840830854 / 9840830855",
        "+20" + "1" * 60,
    ],
)
def test_an_invalid_number_is_invalid_in_every_country(written, country):
    with pytest.raises(BadNumber):
        e164(written, country)


def test_a_number_is_of_no_other_country_than_the_one_that_was_said():
    with pytest.raises(BadNumber, match="set DEFAULT_COUNTRY"):
        e164("01001234567", "")
    with pytest.raises(BadNumber, match="not a phone number of IN"):
        e164("01001234567", "IN")


@given(
    country=st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    kind=st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]),
    form=st.sampled_from([0, 1, 2, 3]),
)
def test_every_form_in_which_a_number_can_be_written_is_read(country, kind, form):
    number = phonenumbers.example_number_for_type(country, kind)
    if number is None or len(phonenumbers.national_significant_number(number)) < 4:
        return
    written = phonenumbers.format_number(number, form)

    assert e164(written, country) == phonenumbers.format_number(number, 0)


@given(st.text(max_size=80), st.sampled_from(["", "IN", "EG", "US"]))
def test_nothing_that_is_typed_is_another_error(text, country):
    with suppress(BadNumber):
        assert e164(text, country)[1:].isdecimal()


@pytest.mark.parametrize(
    ("code", "known"), [("IN", True), ("EG", True), ("in", False), ("XX", False), ("", False)]
)
def test_a_country_is_two_letters(code, known):
    assert is_country(code) is known
