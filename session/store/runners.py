"""Carries out calls and programs: one after the other, or many together in one write for each server.

The rest of Inturn uses Redis only through a `Runner`, or an `AsyncRunner` where coroutines wait for it.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import redis
from redis import exceptions
from redis.cluster import RedisCluster

from session.store.answers import in_other_words, result
from session.store.calls import Call, Program, Together, Where
from session.store.failures import FAILURES
from session.store.rounds import Rounds, rounds, together
from session.store.servers import Nodes, elsewhere
from session.store.wire import Wire

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
        return self._carry_out(rounds(work))

    def together(self, works: Sequence[Call[_T] | Program[_T]]) -> list[_T]:
        """Carry out calls and programs that do not depend on each other; return their results in order.

        It takes as many round trips as the longest program has calls. All are completed, even if others fail; then the first
        error is raised, if there was one.
        """
        return self._carry_out(together(Together(works)))

    def outcomes(self, works: Sequence[Call[_T] | Program[_T]]) -> list[Any]:
        """Do the same, and return each error in the place of its result."""
        return self._carry_out(together(Together(works, errors=True)))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _carry_out(self, asking: Rounds[_T]) -> _T:
        try:
            calls = next(asking)
            while True:
                calls = asking.send(self._ask(calls))
        except StopIteration as ended:
            value: _T = ended.value
            return value

    def _ask(self, calls: list[Call[Any]]) -> list[Any]:
        """Return the result or the error of each call."""
        results: list[Any] = [None] * len(calls)
        batch = [place for place, call in enumerate(calls) if call.where is Where.OF_ITS_KEY]
        if len(batch) == 1:
            batch = []
        for first in range(0, len(batch), _MOST):
            some = batch[first : first + _MOST]
            wait = next((calls[place].wait for place in some if calls[place].wait), None)
            answers = self._send_many([calls[place].words for place in some], wait)
            for place, answer in zip(some, answers, strict=True):
                alone = isinstance(answer, _ALONE)
                results[place] = self._alone(calls[place]) if alone else result(calls[place], answer)
        for place in set(range(len(calls))).difference(batch):
            results[place] = self._alone(calls[place])
        return results

    def _alone(self, call: Call[Any]) -> Any:
        try:
            answer = (
                self._send(call.words, call.wait)
                if call.where is Where.OF_ITS_KEY
                else elsewhere(self.client, call)
            )
        except (*FAILURES, UnicodeEncodeError) as error:
            again = in_other_words(call, error)
            return self._alone(again) if again else result(call, error)
        return result(call, answer)
