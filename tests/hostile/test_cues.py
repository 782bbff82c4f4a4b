"""The words that the system listens for, again and again: a loop over words must not begin anew at each of them."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.costs import cost
from worker.assistants.understanding.handoff import wants_human
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.vocabulary import read

pytestmark = pytest.mark.slow

#: Of a message so many characters are understood.
UNDERSTOOD = 2000
#: Four times the text may cost so many times as much; what grows with the square costs sixteen times as much.
GROWTH = 8
ALWAYS = 0.003  #: seconds


def phrases(table: Any) -> Iterator[str]:
    if isinstance(table, str):
        yield table
    elif isinstance(table, dict | list):
        for part in table.values() if isinstance(table, dict) else table:
            yield from phrases(part)


DATA = files("worker.assistants.understanding").joinpath("data")
#: Of all word lists but those of names.
CUES = sorted(
    {
        phrase
        for file in DATA.iterdir()
        if file.name not in {"places.toml", "cities.toml", "professions.toml"}
        for phrase in phrases(read(file.name))
        if len(phrase) < 60
    }
)
ASKING = sorted(set(phrases([*read("acts.toml")["concept"].values()])))


def grows_with_the_square(read: Callable[[str], Any], piece: str, length: int) -> bool:
    # Whole pieces only: half a cue may be another one, which is heard at another price.
    text, quarter = (piece * max(1, most // len(piece)) for most in (length, length // 4))
    allowed = ALWAYS + GROWTH * cost(read, quarter)
    return cost(read, text, enough=allowed) > allowed


def test_there_are_cues():
    assert len(CUES) > 3000
    assert len(ASKING) > 200


@pytest.mark.timeout(600)  # thousands of words, each of them read in two lengths
def test_asking_for_a_person_again_and_again():
    wants_human("a person, please")

    assert [phrase for phrase in ASKING if grows_with_the_square(wants_human, f"{phrase} ", UNDERSTOOD)] == []


@pytest.mark.parametrize("domain", ["property", "member"])
@settings(max_examples=60, deadline=None)
@given(
    first=st.sampled_from(CUES),
    between=st.sampled_from(["", "5 ", "1000 ", "maadi ", "or ", "qwert ", "2 million "]),
    other=st.sampled_from(["", *CUES]),
)
def test_saying_any_cues_again_and_again(domain, first, between, other):
    understand("a villa in Maadi", domain=domain)

    def heard(text: str) -> None:
        understand(text, domain=domain)

    assert not grows_with_the_square(heard, f"{first} {between}{other} ", UNDERSTOOD)
