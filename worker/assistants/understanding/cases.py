"""Cases: messages and what must be understood of them, one JSON object on each line.

A case is either one message (`text`, `lang`, `domain`, `expected`; optional: `excluded`, `withdrawn`, `signals`, and
`last`, the language so far), or several messages of one customer (`turns`) and what is `known` after them.
The tests have theirs in `tests/worker/assistants/understanding/cases.jsonl`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from session.errors import InturnError
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Domain, merged


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One field of one case."""

    text: str
    language: str  #: of the case
    field: str
    expected: Any  #: None if nothing was expected here
    got: Any

    @property
    def hit(self) -> bool:
        """Whether the expected value was found."""
        return bool(self.expected == self.got)


class CasesError(InturnError):
    """Raised when a file of cases cannot be read or has a line that is not a case; its text says which."""


class _OneMessage(BaseModel):
    text: str
    domain: Domain
    expected: dict[str, Any]


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
        wanted = 'a JSON object with "text", "domain" and "expected", or with "turns", "domain" and "known"'
        raise CasesError(f"{path}, line {number} is not a case: it must be {wanted}") from None
    return case


def check(case: Mapping[str, Any]) -> Iterator[Checked]:
    """Yield every field of a case that was expected or was found."""
    if "turns" in case:
        known: dict[str, Any] = {}
        for turn in case["turns"]:
            known = merged(known, understand(turn, domain=case["domain"]))
        yield from _fields(" / ".join(case["turns"]), "turns", case["known"], known)
        return
    understood = understand(case["text"], domain=case["domain"], last_language=case.get("last"))
    expected = {key: value for key, value in case["expected"].items() if key != "intent"}
    got = dict(understood.entities)
    for name, value in (
        ("intent", understood.intent),
        ("language", understood.language),
    ):
        wanted = case["expected"].get("intent") if name == "intent" else case.get("lang")
        if wanted is not None:
            expected[name], got[name] = wanted, value
    expected |= {f"not {slot}": values for slot, values in case.get("excluded", {}).items()}
    got |= {f"not {slot}": list(values) for slot, values in understood.excluded.items()}
    expected |= {f"no {slot}": True for slot in case.get("withdrawn", ())}
    got |= {f"no {slot}": True for slot in understood.withdrawn}
    expected |= {f"signal {name}": True for name in case.get("signals", ())}
    got |= {f"signal {name}": name in understood.signals for name in case.get("signals", ())}
    yield from _fields(case["text"], case.get("lang", ""), expected, got)


def _fields(
    text: str, language: str, expected: Mapping[str, Any], got: Mapping[str, Any]
) -> Iterator[Checked]:
    for field in (*expected, *(name for name in got if name not in expected)):
        yield Checked(
            text=text, language=language, field=field, expected=expected.get(field), got=got.get(field)
        )
