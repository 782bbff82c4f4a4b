"""Every case of cases.jsonl is understood exactly."""

from pathlib import Path

import pytest

from worker.assistants.understanding.cases import check, read_cases

CASES = read_cases(Path(__file__).with_name("cases.jsonl"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.get("text") or " / ".join(case["turns"]))
def test_a_message_is_understood(case):
    misses = [field for field in check(case) if not field.hit]

    assert misses == []


def misses(text, **case):
    """Return the fields of a case in which what was understood is not right."""
    case = {"text": text, "domain": "property", "expected": {}, **case}
    return [field.field for field in check(case) if not field.hit]


def test_a_value_may_have_alternatives_that_are_as_good():
    assert misses("villa in Zayed", expected={"propertyType": "villa", "location": "Cairo"}) == ["location"]
    assert not misses(
        "villa in Zayed",
        expected={"propertyType": "villa", "location": "Cairo"},
        alternatives={"location": ["Sheikh Zayed"]},
    )


def test_what_nobody_said_must_not_be_found_unless_it_is_optional():
    assert misses("villa") == ["propertyType"]
    assert misses("villa", absent=["propertyType"]) == ["propertyType"]
    assert not misses("villa", optional={"propertyType": ["villa"]})
    assert misses("villa", optional={"propertyType": ["land"]}) == ["propertyType"]


def test_what_is_refused_is_judged_unless_the_wanted_value_says_it():
    assert misses("not in Maadi") == ["not location"]
    assert not misses("not in Maadi", excluded={"location": ["Maadi"]})
    assert not misses("a villa, not an apartment", expected={"propertyType": "villa"})


def test_an_intent_that_it_must_not_be_is_a_miss():
    assert misses("hello", notIntent=["greeting"]) == ["intent"]
    assert not misses("hello", notIntent=["find_property"])


def test_the_language_that_is_asked_for_counts_more_than_that_of_the_words():
    assert misses("do you speak arabic?", lang="en") == ["language"]
    assert not misses("do you speak arabic?", lang="en", lang_of_answer="ar")


def test_what_a_message_does_is_judged_without_what_it_describes():
    bye = {"text": "villa in Maadi, bye", "domain": "property"}

    assert [field.field for field in check({**bye, "acts": ["goodbye"]}) if not field.hit] == ["act goodbye"]
    assert not [field for field in check({**bye, "notActs": ["goodbye"]}) if not field.hit]
    assert [field.field for field in check({**bye, "notActs": ["find_property"]}) if not field.hit]


def test_there_are_cases_of_every_language_and_domain():
    assert len(CASES) >= 170
    assert {case["lang"] for case in CASES if "lang" in case} == {"en", "ar", "franco"}
    assert {case["domain"] for case in CASES} == {"property", "member", "any"}
