"""Cases: messages and what must be understood of them, one JSON object on each line.

A case is either one message (`text`, `domain`, `expected`; see `check` for the other keys), or several messages of one
customer (`turns`) and what is `known` after them. The tests have theirs in `tests/worker/assistants/understanding/cases.jsonl`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, model_validator

from session.errors import InturnError
from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Domain, Understanding, merged
from worker.assistants.understanding.vocabulary import vocabulary

#: Judged only where a case names it: files of cases exist that are older than this slot.
_OFTEN_UNNAMED = frozenset({"finishing"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One field of one case."""

    text: str
    language: str  #: of the case
    field: str
    expected: Any  #: None if nothing was expected here
    got: Any
    as_good: tuple[Any, ...] = ()  #: values that are as good as the expected one

    @property
    def hit(self) -> bool:
        """Whether the expected value was found, or one that is as good."""
        return bool(self.got == self.expected or self.got in self.as_good)


class CasesError(InturnError):
    """Raised when a file of cases cannot be read or has a line that is not a case; its text says which."""


class _OneMessage(BaseModel):
    text: str
    domain: Domain
    expected: dict[str, Any] = {}
    acts: list[str] = []
    notActs: list[str] = []  # noqa: N815  (as the files write it)
    alternatives: dict[str, list[Any]] = {}
    optional: dict[str, list[Any]] = {}
    excluded: dict[str, list[Any]] = {}
    absent: list[str] = []
    notIntent: list[str] = []  # noqa: N815  (as the files write it)
    signals: list[str] = []
    withdrawn: list[str] = []

    @model_validator(mode="after")
    def _is_judged(self) -> Self:
        if not self.model_fields_set & {"expected", "acts", "notActs"}:
            raise ValueError("nothing is expected")
        return self


class _SeveralMessages(BaseModel):
    turns: list[str]
    domain: Domain
    known: dict[str, Any]


def read_cases(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a file. Raises `CasesError` if it has none, or a line that is not a case."""
    try:
        rows = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeError) as error:
        raise CasesError(f"{path} cannot be read ({type(error).__name__})") from None
    cases = [_case(path, number, row) for number, row in enumerate(rows, start=1) if row.strip()]
    if not cases:
        raise CasesError(f"{path} has no cases: write one JSON object on each line")
    return cases


def _case(path: Path, number: int, row: str) -> dict[str, Any]:
    try:
        case: dict[str, Any] = json.loads(row)
        (_SeveralMessages if "turns" in case else _OneMessage).model_validate(case)
    except (ValueError, TypeError, RecursionError):
        wanted = 'a JSON object with "text", "domain" and "expected" or "acts", or with "turns", "domain" and "known"'
        raise CasesError(f"{path}, line {number} is not a case: it must be {wanted}") from None
    return case


def check(case: Mapping[str, Any]) -> Iterator[Checked]:
    """Yield every field of a case that was expected, must be absent, or was found although nobody said it.

    `acts` names what must be heard of acts, signals and the intent, `notActs` what must not. A case without `expected` is
    judged by these and the language alone. `expected` has slots, and optionally the intent; `alternatives` has values that are as good, `optional` values that may
    be found or not. `absent` names slots that must not be there, `notIntent` intents that it must not be, `excluded` the
    refused values, `withdrawn` and `signals` what must be among them. `lang` is the language, `lang_of_answer` the one
    that is asked for, `last` the language so far. Any other slot that was found is invented. A place or a finishing may
    have any of its names.
    """
    if "turns" in case:
        known: dict[str, Any] = {}
        for turn in case["turns"]:
            known = merged(known, understand(turn, domain=case["domain"]))
        for field in (*case["known"], *(name for name in known if name not in case["known"])):
            yield Checked(
                text=" / ".join(case["turns"]),
                language="turns",
                field=field,
                expected=case["known"].get(field),
                got=known.get(field),
            )
        return
    understood = understand(case["text"], domain=case["domain"], last_language=case.get("last"))
    described = (*_slots(case, understood), *_rest(case, understood)) if "expected" in case else ()
    for field, expected, got, as_good in (*described, *_done(case, understood)):
        yield Checked(
            text=case["text"],
            language=case.get("lang", ""),
            field=field,
            expected=expected,
            got=got,
            as_good=as_good,
        )


_Field = tuple[str, Any, Any, tuple[Any, ...]]


def _slots(case: Mapping[str, Any], understood: Understanding) -> Iterator[_Field]:
    expected = {name: value for name, value in case["expected"].items() if name != "intent"}
    alternatives, optional = case.get("alternatives", {}), case.get("optional", {})
    for name in dict.fromkeys((*expected, *case.get("absent", ()), *understood.entities)):
        got = understood.entities.get(name)
        if name in expected:
            as_good = (_canonical(name, value, case) for value in alternatives.get(name, ()))
            yield name, _canonical(name, expected[name], case), got, tuple(as_good)
        elif got not in optional.get(name, ()) and name not in _OFTEN_UNNAMED:
            yield name, None, got, ()


def _canonical(slot: str, value: Any, case: Mapping[str, Any]) -> Any:
    """Return the value that the session keeps for one of the names of a place or a finishing."""
    if slot == "location":
        place = Gazetteer.of(case["domain"]).phrases.get(str(value))
        return value if place is None else place.name
    if slot == "finishing":
        senses = vocabulary().phrases.get(str(value)) or {}
        return senses.get(slot, (value,))[0]
    return value


def _rest(case: Mapping[str, Any], understood: Understanding) -> Iterator[_Field]:
    if "intent" in case["expected"]:
        yield "intent", case["expected"]["intent"], understood.intent, ()
    elif "notIntent" in case:
        wrong = understood.intent if understood.intent in case["notIntent"] else None
        yield "intent", None, wrong, ()
    refused, wanted = case.get("excluded", {}), case["expected"]
    for name in dict.fromkeys((*refused, *understood.excluded)):
        # Beside a wanted value a refused one says nothing more: "3 rooms, not 2".
        if name in refused or name not in wanted:
            yield (
                f"not {name}",
                sorted(_canonical(name, value, case) for value in refused.get(name, ())),
                sorted(understood.excluded.get(name, ())),
                (),
            )
    for name in dict.fromkeys((*case.get("withdrawn", ()), *understood.withdrawn)):
        if name in case.get("withdrawn", ()) or name not in case.get("absent", ()):
            yield f"no {name}", name in case.get("withdrawn", ()), name in understood.withdrawn, ()
    for name in case.get("signals", ()):
        yield f"signal {name}", True, name in understood.signals, ()


def _done(case: Mapping[str, Any], understood: Understanding) -> Iterator[_Field]:
    heard = {*understood.acts, *understood.signals, understood.intent}
    for name in case.get("acts", ()):
        yield f"act {name}", True, name in heard, ()
    for name in case.get("notActs", ()):
        yield f"act {name}", False, name in heard, ()
    language = case.get("lang_of_answer", case.get("lang"))
    if language is not None:
        yield "language", language, understood.language, ()
