"""What a message does, besides what it describes: it asks to visit, complains, asks for the price, says goodbye. Pure.

`data/acts.toml` has the acts as patterns of concepts, and the concepts as words. An act never changes slots by itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from worker.assistants.understanding.concepts import FILLER, Said
from worker.assistants.understanding.slots import TraceEntry
from worker.assistants.understanding.vocabulary import read

Span = tuple[int, int]
#: How many words there may be between two concepts, unless the act says otherwise.
_REACH = 4
#: How near a concept must be that rules an act out.
_NEAR = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What is done, and the patterns of concepts that show it. Each pattern is enough."""

    name: str
    any: tuple[tuple[str, ...], ...] = ()  #: all near each other, in any order
    close: tuple[tuple[str, ...], ...] = ()  #: one directly after the other, only fillers between them
    alone: tuple[tuple[str, ...], ...] = ()  #: all, in any order, and nothing else in the message
    unless: tuple[str, ...] = ()  #: none of these near it
    not_after: tuple[str, ...] = ()  #: none of these directly before it
    not_before: tuple[str, ...] = ()  #: none of these directly after it, or after fillers there
    unless_before: tuple[str, ...] = ()  #: none of these near before it
    beside: tuple[str, ...] = ()  #: one of these, anywhere in the message
    nowhere: tuple[str, ...] = ()  #: none of these, anywhere in the message
    nowhere_close: tuple[tuple[str, ...], ...] = ()  #: none of these directly after each other, anywhere
    reach: int = _REACH
    begins: frozenset[str]  #: one of these, the first of each pattern

    @property
    def patterns(self) -> tuple[tuple[str, ...], ...]:
        """All its patterns."""
        return (*self.any, *self.close, *self.alone)


def acts_in(said: Said, among: Collection[Act]) -> list[TraceEntry]:
    """Return what a message does of these acts, each with the words that show it."""
    found: dict[str, TraceEntry] = {}
    mentioned = {concept for concept, spans in said.mentions.items() if spans}
    for act in among:
        begun = act.name not in found and not mentioned.isdisjoint(act.begins)
        shown = _shown(act, said, mentioned) if begun and _is_possible(act, mentioned, said) else None
        if shown is not None:
            pattern, span = shown
            rule = f"act: {' '.join(pattern)}"
            found[act.name] = TraceEntry(
                rule=rule, slot="act", value=act.name, words=" ".join(said.words[slice(*span)])
            )
    return [*found.values()]


@cache
def acts() -> tuple[Act, ...]:
    """Return all acts, in the order of the file."""
    return tuple(_act(table.get("as", name), table) for name, table in _table()["act"].items())


@cache
def _table() -> dict[str, Any]:
    return read("acts.toml")


def _act(name: str, table: Mapping[str, Any]) -> Act:
    def patterns(kind: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(pattern) for pattern in table.get(kind, ()))

    found = {kind: patterns(kind) for kind in ("any", "close", "alone")}
    return Act(
        name=name,
        **found,
        begins=frozenset(pattern[0] for kind in found.values() for pattern in kind),
        unless=tuple(table.get("unless", ())),
        not_after=tuple(table.get("not_after", ())),
        not_before=tuple(table.get("not_before", ())),
        unless_before=tuple(table.get("unless_before", ())),
        beside=tuple(table.get("beside", ())),
        nowhere=tuple(table.get("nowhere", ())),
        nowhere_close=patterns("nowhere_close"),
        reach=table.get("reach", _REACH),
    )


def _is_possible(act: Act, mentioned: set[str], said: Said) -> bool:
    """Return whether the rest of the message lets an act be done."""
    if not mentioned.isdisjoint(act.nowhere) or (act.beside and mentioned.isdisjoint(act.beside)):
        return False
    refused = (pattern for pattern in act.nowhere_close if mentioned.issuperset(pattern))
    return not any(_in_order(pattern, said, act.reach) for pattern in refused)


def _shown(act: Act, said: Said, mentioned: set[str]) -> tuple[tuple[str, ...], Span] | None:
    """Return the first pattern that is found, and where."""
    for patterns, find in ((act.any, _near), (act.close, _in_order), (act.alone, _alone)):
        for pattern in patterns:
            if mentioned.issuperset(pattern):
                for span in find(pattern, said, act.reach):
                    if not _is_ruled_out(act, pattern, span, said):
                        return pattern, span
    return None


def _near(pattern: Sequence[str], said: Said, reach: int) -> list[Span]:
    """Return where all concepts are mentioned, each within reach of the next, and none on the words of another."""
    wanted = set(pattern)
    mentioned = sorted((span, concept) for concept in wanted for span in said.mentions[concept].items())
    latest: dict[str, Span] = {}
    before: dict[str, Span] = {}
    found = list[Span]()
    for span, concept in mentioned:
        # Where the latest mention of another concept is on these words, the one before it counts.
        others = [
            last if last[1] <= span[0] else before.get(other, last)
            for other, last in latest.items()
            if other != concept
        ]
        before, latest = (
            before | ({concept: latest[concept]} if concept in latest else {}),
            latest | {concept: span},
        )
        spans = sorted([*others, span])
        if len(spans) == len(wanted) and all(
            one[1] <= other[0] <= one[1] + reach for one, other in pairwise(spans)
        ):
            found.append((spans[0][0], spans[-1][1]))
    return found


def _in_order(pattern: Sequence[str], said: Said, reach: int) -> list[Span]:  # noqa: ARG001  (one signature for all)
    """Return where the concepts are mentioned one directly after the other; fillers may stand between them."""
    first, *others = pattern
    found = list(said.mentions[first].items())
    for concept in others:
        spans = said.mentions[concept]
        nexts = ((start, next(filter(spans.get, _past_fillers(end, said)), None)) for start, end in found)
        found = [(start, spans[after]) for start, after in nexts if after is not None]
    return found


def _past_fillers(at: int, said: Said) -> Iterator[int]:
    """Yield the positions that count as directly after a word, in its clause: the next one, and those after fillers there."""
    fillers = said.mentions.get(FILLER, {})
    for _ in range(_REACH):
        if at in said.breaks:
            return
        yield at
        if at not in fillers:
            return
        at = fillers[at]


def _before_fillers(at: int, said: Said) -> Iterator[int]:
    """Yield the positions that count as directly before a word: its own, and those of the fillers before it."""
    fillers = said.mentions.get(FILLER, {})
    for _ in range(_REACH):
        yield at
        if fillers.get(at - 1) != at:
            return
        at -= 1


def _alone(pattern: Sequence[str], said: Said, reach: int) -> list[Span]:  # noqa: ARG001
    """Return the whole message if it has these concepts and nothing else."""
    own = {
        at
        for concept in (*pattern, *_table()["courtesies"])
        for span in said.mentions.get(concept, {}).items()
        for at in range(*span)
    }
    return [(0, len(said.words))] if len(own) == len(said.words) else []


def _is_ruled_out(act: Act, pattern: Sequence[str], span: Span, said: Said) -> bool:
    start, end = span
    return (
        any(
            concept not in pattern and said.around(concept, start, end, _NEAR, _NEAR)
            for concept in act.unless
        )
        or any(said.around(concept, start, start, _NEAR, 0) for concept in act.unless_before)
        or any(said.ends(concept, at) for at in _before_fillers(start, said) for concept in act.not_after)
        or any(
            after in said.mentions.get(concept, {})
            for after in _past_fillers(end, said)
            for concept in act.not_before
        )
    )
