"""How calls and programs advance: what they ask for in each round trip, and what they return in the end.

A runner asks for the calls of a round and sends back their results; this is the same whether it waits for them in a thread or
in a coroutine. No input or output.
"""

from collections.abc import Generator
from typing import Any, TypeVar

from session.store.calls import Call, Program, Together

_T = TypeVar("_T")

#: Yields the calls that can be asked for together, and is sent the result of each, or its error in the place of it.
Rounds = Generator[list[Call[Any]], list[Any], _T]


def rounds(work: Call[_T] | Program[_T]) -> Rounds[_T]:
    """Return the rounds of a call or a program, and at last its result. An error that it does not catch is raised."""
    result: _T
    if isinstance(work, Call):
        (found,) = yield [work]
        result = _or_raise(found)
        return result
    try:
        step = next(work)
        while True:
            try:
                if isinstance(step, Together):
                    answer: Any = yield from together(step)
                else:
                    (found,) = yield [step]
                    answer = _or_raise(found)
            except Exception as error:  # noqa: BLE001  (a program decides what its errors mean)
                step = work.throw(error)
            else:
                step = work.send(answer)
    except StopIteration as ended:
        result = ended.value
        return result


def together(step: Together) -> Rounds[list[Any]]:
    """Return the rounds of works that do not depend on each other: as many as the longest has, and at last their results."""
    results: list[Any] = [None] * len(step.works)
    going = [rounds(work) for work in step.works]
    sent: dict[int, list[Any] | None] = dict.fromkeys(range(len(going)))
    while True:
        asked: dict[int, list[Call[Any]]] = {}
        for place, answers in sent.items():
            try:
                asked[place] = next(going[place]) if answers is None else going[place].send(answers)
            except StopIteration as ended:
                results[place] = ended.value
            except Exception as error:  # noqa: BLE001  (the others continue)
                results[place] = error
        if not asked:
            return results if step.errors else [_or_raise(result) for result in results]
        found = iter((yield [call for calls in asked.values() for call in calls]))
        sent = {place: [next(found) for _ in calls] for place, calls in asked.items()}


def _or_raise(result: Any) -> Any:
    if isinstance(result, Exception):
        raise result
    return result
