"""A customer has one primary name, however a body spells it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.conversations import is_customer
from session.identities import Names, canonical, is_phone, names_in

#: The other spelling of a number, and the canonical one.
SPELLINGS = [
    ("+558887650109", "+5588987650109"),  # Brazil: an account from before the ninth digit
    ("+555196543210", "+5551996543210"),
    ("+5215512345678", "+525512345678"),  # Mexico: the 1 of mobile numbers
    ("+541151234567", "+5491151234567"),  # Argentina: without the 9 of mobile numbers
    ("+542615123456", "+5492615123456"),
]
#: They look alike, and are no second spelling of anything.
OTHERS = [
    "+551132345678",  # a landline in Sao Paulo
    "+551177650109",  # trunked radio keeps eight digits
    "+550087650109",  # no such area
    "+52155123456",  # too short
    "+201001234567",
    "+16505550107",
    "US.13491208655302740107",
    "telegram:5215512345678",
    "",
]


@pytest.mark.parametrize(("other", "written"), SPELLINGS)
def test_two_spellings_of_a_number_are_one_name(other, written):
    assert canonical(other) == canonical(written) == written


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_looks_alike_stays_as_it_is(name):
    assert canonical(name) == name


@given(st.from_regex(r"\+(55|52|54|20|1)[0-9]{4,13}", fullmatch=True))
def test_a_canonical_name_is_a_customer_and_stays_the_same(number):
    written = canonical(number)

    assert is_customer(written)
    assert canonical(written) == written
    assert written[1:3] == number[1:3]


WORDS = st.sampled_from(
    [None, "", "x", "558887650109", "5588987650109", "201001234567", "US.77ab", "US.ENT.1", "+558887650109"]
)


@given(st.lists(WORDS, max_size=8))
def test_the_names_are_every_customer_once_and_a_number_comes_first(words):
    names = names_in(words)

    if names is None:
        assert not any(word and word[-1].isalnum() and len(word) > 1 for word in words)
        return
    every = [names.customer, *names.also]
    assert len(set(every)) == len(every)
    assert all(map(is_customer, every))
    assert is_phone(names.customer) is any(map(is_phone, every))
    assert names.customer == canonical(names.customer)
    assert names.reached_at in every


def test_the_spelling_that_came_is_a_name_too_and_the_one_to_send_to():
    assert names_in(["US.77ab", "558887650109"]) == Names(
        "+5588987650109", ("+558887650109", "US.77ab"), "+558887650109"
    )
