"""The nodes of a cluster: which one has a key, and how to send a command to all of them."""

from collections.abc import Sequence
from typing import Any

from redis import exceptions
from redis.cluster import RedisCluster

from session.store.calls import Call, Value, Where
from session.store.failures import FAILURES
from session.store.wire import Wire, Words, sendable


class Nodes:
    """The primaries of a cluster, each with connections of its own for what is sent together."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._wires: dict[str, Wire] = {}
        self._lost = False  # whether a node was lost since the map of the slots was read

    def call(self, words: Words) -> Any:
        """Send a command and return its answer; the library finds the node of its key, and follows slots that move."""
        return self._client.execute_command(*words)

    def call_many(self, commands: Sequence[Words]) -> list[Any]:
        """Do what `Wire.call_many` does, in one write for each node that has one of the keys."""
        answers: list[Any] = [None] * len(commands)
        try:
            if self._lost:
                self._client.nodes_manager.initialize()
                self._lost = False
            by_node: dict[str, list[int]] = {}
            for place, words in enumerate(commands):
                by_node.setdefault(self._node_of(words), []).append(place)
        except FAILURES as error:
            return [error] * len(commands)
        for node, places in by_node.items():
            found = self._on(node, [commands[place] for place in places])
            for place, answer in zip(places, found, strict=True):
                answers[place] = answer
        return answers

    def _node_of(self, words: Words) -> str:
        node = node_of(self._client, words)
        if node.name not in self._wires:
            self._wires[node.name] = Wire(self._client.get_redis_connection(node))
        return str(node.name)

    def _on(self, node: str, commands: Sequence[Words]) -> list[Any]:
        try:
            answers = self._wires[node].call_many(commands)
        except exceptions.RedisError as error:  # it could not be reached
            answers = [error] * len(commands)
        if any(isinstance(one, exceptions.ConnectionError | exceptions.TimeoutError) for one in answers):
            self._lost = True
            self._wires.pop(node)
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
