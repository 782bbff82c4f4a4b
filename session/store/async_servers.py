"""The nodes of a cluster, for coroutines: a connection to each primary that is asked, and slots that move."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis import cluster, exceptions

from session.store.async_wire import AsyncWire
from session.store.failures import FAILURES
from session.store.servers import node_of
from session.store.wire import Words

_new_node: Any = cluster.ClusterNode  # the library declares no types for it

#: How often a command is sent again while its slot moves, and after a connection was lost or the cluster was down.
_MOVES, _LOSSES = 8, 2
#: Seconds that the cluster has to complete what it is doing.
_PAUSE = 0.05
_MOVING = (exceptions.MovedError, exceptions.AskError, exceptions.TryAgainError)
_LOST = (exceptions.ConnectionError, exceptions.ClusterDownError)


class AsyncNodes:
    """Asks the primaries of a cluster, by the map of the slots that the client library keeps."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._wires: dict[str, AsyncWire] = {}
        self._reading: asyncio.Task[None] | None = None
        self._stale = False  # whether a node was lost since the map of the slots was read

    async def ask(self, commands: Sequence[Words]) -> list[Any]:
        """Do what `AsyncWire.ask` does, in one write for each node that has one of the keys.

        A slot that has moved is followed. A lost node is asked once more, then the node that has the slot by a map that is
        read again. A command whose answer does not come in time is never sent twice.
        """
        if self._stale:
            await self._read_map()
        answers: list[Any] = await _all([self._submit(words) for words in commands])
        for tried in range(_MOVES):
            again = [place for place, answer in enumerate(answers) if _is_sent_again(answer, tried)]
            if not again:
                break
            await self._follow([answers[place] for place in again], tried)
            found = await _all([self._submit(commands[place], answers[place]) for place in again])
            for place, answer in zip(again, found, strict=True):
                answers[place] = answer
        if any(isinstance(answer, (*_LOST, exceptions.TimeoutError)) for answer in answers):
            self._stale = True
        return answers

    async def close(self) -> None:
        """Close the connections when what is in flight has been answered."""
        wires, self._wires = self._wires, {}
        for wire in wires.values():
            await wire.close()

    def _submit(self, words: Words, refusal: Exception | None = None) -> Any:
        """Send a command, again after the answer `refusal`; return the future of its answer, or the error."""
        try:
            if isinstance(refusal, exceptions.AskError):
                # A node that is quite new is not on the map yet.
                node = self._client.get_node(*refusal.node_addr) or _new_node(*refusal.node_addr)
                return self._wire(node).submit(words, asking=True)
            return self._wire(node_of(self._client, words)).submit(words)
        except FAILURES as error:
            return error

    def _wire(self, node: Any) -> AsyncWire:
        name = str(node.name)
        if name not in self._wires:
            self._wires[name] = AsyncWire(self._client.get_redis_connection(node))
        return self._wires[name]

    async def _follow(self, refusals: Sequence[Exception], tried: int) -> None:
        """Learn where the slots are after these answers, the first ones or those of a later try."""
        moved = [refusal for refusal in refusals if isinstance(refusal, exceptions.MovedError)]
        for refusal in moved:
            self._client.nodes_manager.move_slot(refusal)
        if tried == 0:
            return
        if any(
            isinstance(refusal, exceptions.TryAgainError | exceptions.ClusterDownError)
            for refusal in refusals
        ):
            await asyncio.sleep(_PAUSE)
        if moved or any(isinstance(refusal, _LOST) for refusal in refusals):
            await self._read_map()

    async def _read_map(self) -> None:
        """Read the map of the slots again; all that want it meanwhile wait for the same. It stays as it is without a node."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(asyncio.to_thread(self._initialize))
        await asyncio.shield(self._reading)

    def _initialize(self) -> None:
        try:
            self._client.nodes_manager.initialize()
        except FAILURES:
            return
        self._stale = False


def _is_sent_again(answer: Any, tried: int) -> bool:
    return isinstance(answer, _MOVING) or (isinstance(answer, _LOST) and tried < _LOSSES)


async def _all(asked: Sequence[Any]) -> list[Any]:
    return [one if isinstance(one, Exception) else await one for one in asked]
