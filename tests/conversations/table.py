"""Counts the verdicts, and writes them as a table with the worst turns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conversations.expectations import Verdict, judge, may_hand_over
from tests.conversations.playing import DOES, PEOPLE, Records, Seen, conversations, play
from worker.assistants.catalogue import LoadedCatalogue

_WORST = (Verdict.WRONG, Verdict.SILENT, Verdict.USELESS)
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One turn with its verdict."""

    conversation: str
    person: str
    language: str
    number: int
    did: str  #: what the customer did
    answer: str
    verdict: Verdict
    why: str


def judged(catalogue: LoadedCatalogue, folder: Path = PEOPLE) -> list[Judged]:
    """Play all conversations of a folder, and judge each turn."""
    records = Records(catalogue)
    return [turn for one in conversations(folder) for turn in _judged(one, records)]


def _judged(conversation: dict[str, Any], records: Records) -> Iterable[Judged]:
    language = conversation["language"]
    for number, (turn, seen) in enumerate(play(conversation, records), 1):
        language = turn.get("language", language)
        verdict, why = judge(turn, seen, language)
        if (
            seen.hands_over
            and verdict is not Verdict.USEFUL
            and (why == "not understood" or not may_hand_over(turn))
        ):
            seen.told_to_wait = False  # the rest of the conversation is lost
        yield Judged(
            conversation=conversation["name"],
            person=conversation["person"],
            language=conversation["language"],
            number=number,
            did=_did(turn),
            answer=_answer(seen),
            verdict=verdict,
            why=why,
        )
        if seen.error:
            return


def share(turns: Sequence[Judged], verdict: Verdict) -> float:
    """Return the share of turns with a verdict, from 0 to 1."""
    return sum(turn.verdict is verdict for turn in turns) / len(turns)


def table(turns: Sequence[Judged]) -> str:
    """Return the shares by language and by person."""
    lines = [f"{'':34}{'turns':>7}" + "".join(f"{verdict:>9}" for verdict in Verdict)]
    for name, of in [
        *(
            (f"language {one}", [turn for turn in turns if turn.language == one])
            for one in ("en", "ar", "franco")
        ),
        *(
            (one, [turn for turn in turns if turn.person == one])
            for one in sorted({turn.person for turn in turns})
        ),
        ("all", list(turns)),
    ]:
        if of:
            shares = "".join(f"{share(of, verdict):>8.0%} " for verdict in Verdict)
            lines.append(f"{name:34}{len(of):>7}{shares}")
    return "\n".join(lines)


def worst(turns: Sequence[Judged], most: int = 10) -> str:
    """Return the worst turns: wrong ones first, then silent, then useless ones."""
    bad = sorted(
        (turn for turn in turns if turn.verdict in _WORST), key=lambda turn: _WORST.index(turn.verdict)
    )
    lines = []
    for turn in bad[:most]:
        lines += [
            f"{turn.verdict}: {turn.conversation}, turn {turn.number} ({turn.person}, {turn.language})",
            f"  customer: {turn.did}",
            *(f"  answer:   {line}" for line in (turn.answer or "-").splitlines()),
            f"  why:      {turn.why}",
            "",
        ]
    left = Counter(turn.verdict.value for turn in bad[most:])
    if left:
        lines.append("and " + ", ".join(f"{count} more {verdict}" for verdict, count in left.items()))
    return "\n".join(lines)


def _did(turn: dict[str, Any]) -> str:
    (does,) = (name for name in DOES if name in turn)
    return str(turn[does]) if does == "says" else f"{does} {turn[does]}"


def _answer(seen: Seen) -> str:
    words = seen.words[:_LONGEST]
    reason = seen.answer.escalated if seen.answer else None
    return "\n".join(filter(None, [words, f"[handed over: {reason}]" if reason else ""]))
