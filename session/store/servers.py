"""The nodes of a cluster: which one has a key, and how to send a command to all of them."""

import time
from collections.abc import Sequence
from typing import Any

from redis import cluster, exceptions
from redis.cluster import RedisCluster

from session.store.calls import Call, Value, Wait, Where
from session.store.failures import FAILURES
from session.store.wire import Wire, Words, sendable

_new_node: Any = cluster.ClusterNode  # the library declares no types for it

#: How often a command is sent again while its slot moves, and after a connection was lost or the cluster was down.
_MOVES, _LOSSES = 8, 1
#: Seconds that the cluster has to complete what it is doing.
_PAUSE = 0.05
_LOST = (exceptions.ConnectionError, exceptions.ClusterDownError)


class Nodes:
    """The primaries of a cluster, each with connections of its own for what is sent together."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._wires: dict[str, Wire] = {}
        self._lost = False  # whether a node was lost since the map of the slots was read

    def call(self, words: Words, wait: Wait | None = None) -> Any:
        """Send a command and return its answer. Follow slots that move, and ask once more if a node is lost or the cluster is down.

        With a wait, the answer is an `Unconfirmed` one unless it is reached on that node.
        """
        losses = 0
        for _ in range(_MOVES):
            (answer,) = self.call_many([words], wait)
            if isinstance(answer, exceptions.AskError) and not isinstance(answer, exceptions.MovedError):
                # The key has moved, its slot has not: the node is told to answer in the same write.
                node = self._client.get_node(*answer.node_addr) or _new_node(*answer.node_addr)
                _, answer = self._on(self._wire(node), [("ASKING",), words], wait)
            match answer:
                case exceptions.MovedError():
                    self._client.nodes_manager.move_slot(answer)
                case exceptions.TryAgainError():
                    time.sleep(_PAUSE)
                case exceptions.ConnectionError() | exceptions.ClusterDownError() if losses < _LOSSES:
                    losses += 1
                    time.sleep(_PAUSE)
                case _:
                    break
        if isinstance(answer, Exception):
            raise answer
        return answer

    def call_many(self, commands: Sequence[Words], wait: Wait | None = None) -> list[Any]:
        """Do what `Wire.call_many` does, in one write for each node that has one of the keys."""
        answers: list[Any] = [None] * len(commands)
        try:
            if self._lost:
                self._client.nodes_manager.initialize()
                self._lost = False
            by_wire: dict[Wire, list[int]] = {}
            for place, words in enumerate(commands):
                by_wire.setdefault(self._wire(node_of(self._client, words)), []).append(place)
        except FAILURES as error:
            return [error] * len(commands)
        for wire, places in by_wire.items():
            found = self._on(wire, [commands[place] for place in places], wait)
            for place, answer in zip(places, found, strict=True):
                answers[place] = answer
        return answers

    def _wire(self, node: Any) -> Wire:
        wire = self._wires.get(node.name)
        if wire is None:
            wire = self._wires[node.name] = Wire(self._client.get_redis_connection(node))
        return wire

    def _on(self, wire: Wire, commands: Sequence[Words], wait: Wait | None) -> list[Any]:
        try:
            answers = wire.call_many(commands, wait)
        except exceptions.RedisError as error:  # it could not be reached
            answers = [error] * len(commands)
        if any(isinstance(one, (*_LOST, exceptions.TimeoutError)) for one in answers):
            # Another thread may see the same.
            self._lost = True
            self._wires = {name: kept for name, kept in self._wires.items() if kept is not wire}
        return answers


def node_of(client: Any, words: Words) -> Any:
    """Return the primary that has the key of a command, by the map that the client library keeps. Raises what it raises."""
    key = words[3] if words[0] in ("EVALSHA", "EVAL") else words[1]
    slot = client.keyslot(sendable(key) if isinstance(key, str) else key)
    return client.nodes_manager.get_node_from_slot(slot)


def _is_cluster(client: object) -> bool:
    return isinstance(client, RedisCluster)


def elsewhere(client: Any, call: Call[Any]) -> Any:
    """Carry out a call that is not for the server of its key, see `Where`; return the answer."""
    return _on_each(client, call.words) if call.where is Where.EACH else _scan(client, call)


def _on_each(client: Any, words: Sequence[Value]) -> list[Any]:
    """Return the answer, or the error, of every server, replicas included."""
    servers = [client]
    if _is_cluster(client):
        servers = [client.get_redis_connection(node) for node in client.get_nodes()]
    answers: list[Any] = []
    for server in servers:
        try:
            answers.append(server.execute_command(*words))
        except FAILURES as error:
            answers.append(error)
    return answers


def _scan(client: Any, call: Call[Any]) -> tuple[list[str], str]:
    """Scan a page of one primary; the position is "<number of the primary>:<cursor>"."""
    number, _, cursor = str(call.words[1] or "0:0").partition(":")
    words = ("SCAN", cursor, *call.words[2:])
    if _is_cluster(client):
        nodes = sorted(client.get_primaries(), key=lambda node: str(node.name))
        if int(number) >= len(nodes):
            return [], ""
        found = client.get_redis_connection(nodes[int(number)]).execute_command(*words)
        more = int(number) + 1 < len(nodes)
    else:
        found, more = client.execute_command(*words), False
    following, keys = int(found[0]), list(found[1])
    if following:
        return keys, f"{number}:{following}"
    return keys, f"{int(number) + 1}:0" if more else ""
