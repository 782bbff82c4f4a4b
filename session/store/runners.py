"""Carries out calls and programs: one after the other, or many together in one write for each server.

The rest of Inturn uses Redis only through a `Runner`.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import redis
from redis import exceptions
from redis.cluster import RedisCluster

from session.store.calls import Call, Program, Together, Where
from session.store.failures import FAILURES, unavailable
from session.store.servers import Nodes, on_each, scan
from session.store.wire import Wire, sendable

#: One server or a cluster; answers are decoded as UTF-8 with `surrogateescape`, so that any bytes survive.
Redis = redis.Redis | RedisCluster

_T = TypeVar("_T")

#: Calls in one write. More would only wait in the buffers of the server.
_MOST = 100
#: After one of these errors a call that was sent with others is sent alone: the server did not know its script, its key has
#: moved, or its values must be encoded one by one.
_ALONE = (
    exceptions.NoScriptError,
    exceptions.MovedError,
    exceptions.AskError,
    exceptions.TryAgainError,
    UnicodeEncodeError,
)


class Runner:
    """Carries out calls and programs on one Redis. Any thread may use it."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        server = Nodes(client) if isinstance(client, RedisCluster) else Wire(client)
        self._send, self._send_many = server.call, server.call_many

    def __call__(self, work: Call[_T] | Program[_T]) -> _T:
        """Carry out a call, or a program call by call, and return its result.

        Raises:
            StoreUnavailable: Redis is unreachable, hangs or is full; the last call may or may not have been executed. The error
                contains the name of the call, never its values.

        """
        result: _T
        if isinstance(work, Call):
            result = self._ask(work)
            return result
        try:
            step = next(work)
            while True:
                try:
                    answer = self._ask(step) if isinstance(step, Call) else self._together(step)
                except Exception as error:  # noqa: BLE001  (a program decides what its errors mean)
                    step = work.throw(error)
                else:
                    step = work.send(answer)
        except StopIteration as ended:
            result = ended.value
            return result

    def together(self, works: Sequence[Call[_T] | Program[_T]]) -> list[_T]:
        """Carry out calls and programs that do not depend on each other; return their results in order.

        It takes as many round trips as the longest program has calls. All are completed, even if others fail; then the first
        error is raised, if there was one.
        """
        return self._together(Together(works))

    def outcomes(self, works: Sequence[Call[_T] | Program[_T]]) -> list[Any]:
        """Do the same, and return each error in the place of its result."""
        if len(works) == 1:
            return [_outcome(self, works[0])]
        programs = [_program(work) if isinstance(work, Call) else work for work in works]
        results: list[Any] = [None] * len(programs)
        answers: dict[int, Any] = dict.fromkeys(range(len(programs)))
        while answers:
            steps: dict[int, Call[Any] | Together] = {}
            for place, answer in answers.items():
                try:
                    go_on = programs[place].throw if isinstance(answer, Exception) else programs[place].send
                    steps[place] = go_on(answer)
                except StopIteration as ended:
                    results[place] = ended.value
                except Exception as error:  # noqa: BLE001  (the other calls continue)
                    results[place] = error
            answers = dict(zip(steps, self._ask_all(list(steps.values())), strict=True))
        return results

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _ask(self, call: Call[_T]) -> _T:
        try:
            try:
                answer = self._send(call.words) if call.where is Where.OF_ITS_KEY else self._elsewhere(call)
            except exceptions.NoScriptError:
                # It teaches the server the script as well, on the node of the keys, for the next call.
                answer = self._send(("EVAL", call.text, *call.words[2:]))
            except UnicodeEncodeError:
                # Nothing was sent. Checking every value beforehand would cost more than the rest of a call.
                words = tuple(sendable(word) if isinstance(word, str) else word for word in call.words)
                return self._ask(call._replace(words=words))
        except FAILURES as error:
            away = unavailable(call.name, error)
            if away is None:
                raise
            raise away from error
        return call.read(answer) if call.read else answer

    def _elsewhere(self, call: Call[Any]) -> Any:
        return on_each(self.client, call.words) if call.where is Where.EACH else scan(self.client, call)

    def _together(self, step: Together) -> list[Any]:
        results = self.outcomes(step.works)
        if not step.errors:
            for result in results:
                if isinstance(result, Exception):
                    raise result
        return results

    def _ask_all(self, steps: Sequence[Call[Any] | Together]) -> list[Any]:
        """Return the result or the error of each step."""
        results: list[Any] = [None] * len(steps)
        batch: dict[int, Call[Any]] = {}
        for place, step in enumerate(steps):
            if isinstance(step, Call) and step.where is Where.OF_ITS_KEY and len(steps) > 1:
                batch[place] = step
            else:
                results[place] = _outcome(self, _program(step))
        places = list(batch)
        for first in range(0, len(places), _MOST):
            some = places[first : first + _MOST]
            for place, answer in zip(some, self._send_many([batch[n].words for n in some]), strict=True):
                try:
                    results[place] = self._result(batch[place], answer)
                except Exception as error:  # noqa: BLE001  (an unreadable answer concerns only its call)
                    results[place] = error
        return results

    def _result(self, call: Call[Any], answer: Any) -> Any:
        if isinstance(answer, _ALONE):
            return _outcome(self, call)
        if isinstance(answer, FAILURES):
            away = unavailable(call.name, answer)
            if away is not None:
                away.__cause__ = answer
            return away or answer
        return call.read(answer) if call.read else answer


def _program(step: Call[Any] | Together) -> Program[Any]:
    return (yield step)


def _outcome(runner: Runner, work: Call[Any] | Program[Any]) -> Any:
    try:
        return runner(work)
    except Exception as error:  # noqa: BLE001  (the other calls continue)
        return error
