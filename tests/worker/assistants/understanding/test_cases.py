"""Every case of cases.jsonl is understood exactly."""

from pathlib import Path

import pytest

from worker.assistants.understanding.cases import check, read_cases

CASES = read_cases(Path(__file__).with_name("cases.jsonl"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.get("text") or " / ".join(case["turns"]))
def test_a_message_is_understood(case):
    misses = [field for field in check(case) if not field.hit]

    assert misses == []


def test_there_are_cases_of_every_language_and_domain():
    assert len(CASES) >= 170
    assert {case["lang"] for case in CASES if "lang" in case} == {"en", "ar", "franco"}
    assert {case["domain"] for case in CASES} == {"property", "member", "any"}
