"""The wire of a loop: many coroutines on one connection, and each gets the answer of its own command."""

import asyncio
from contextlib import suppress

import hiredis
import pytest
import redis as redis_py
from hypothesis import example, given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError

from session.store.async_link import Link
from session.store.async_wire import AsyncWire
from tests.chaos.proxy import Proxy
from tests.ports import free_ports
from tests.valkey import OPTIONS, running_server, until


@pytest.fixture
def client(valkey_socket):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=10, **OPTIONS) as own:
        yield own


def on_a_loop(wire, main):
    """Run a coroutine function on a loop of its own, and close the connection."""

    async def closing():
        try:
            return await asyncio.wait_for(main(), 20)
        finally:
            await asyncio.wait_for(wire.close(), 20)

    return asyncio.run(closing())


async def one(wire, *words):
    (answer,) = await wire.ask([words])
    return answer


def blocked(valkey):
    """Return the connections that wait for a list."""
    return [client["id"] for client in valkey.client_list() if "b" in client["flags"]]


# -- on a real server


def test_many_coroutines_share_one_connection(client):
    wire = AsyncWire(client)

    async def main():
        return await asyncio.gather(*(one(wire, "CLIENT", "ID") for _ in range(100)))

    assert len(set(on_a_loop(wire, main))) == 1


def test_each_gets_the_answer_of_its_own_command_and_errors_are_answers(client):
    wire = AsyncWire(client)

    async def main():
        return await asyncio.gather(*(one(wire, "ECHO" if n % 3 else "NONSENSE", str(n)) for n in range(200)))

    answers = on_a_loop(wire, main)

    assert [answer for n, answer in enumerate(answers) if n % 3] == [str(n) for n in range(200) if n % 3]
    assert {type(answer) for answer in answers[::3]} == {ResponseError}


def test_what_cannot_be_encoded_is_not_sent(client):
    wire = AsyncWire(client)

    async def main():
        return await wire.ask([("ECHO", "a"), ("ECHO", "\udcff"), ("ECHO", "b")])

    first, wrong, last = on_a_loop(wire, main)

    assert (first, type(wrong), last) == ("a", UnicodeEncodeError, "b")


def test_bytes_that_are_no_text_come_back_as_they_were_sent(client):
    wire = AsyncWire(client)

    assert on_a_loop(wire, lambda: one(wire, "ECHO", b"\xff")) == "\udcff"


def test_a_large_value_comes_back_whole_among_others(client):
    wire, large = AsyncWire(client), "x" * 3_000_000

    async def main():
        return await asyncio.gather(*(one(wire, "ECHO", word) for word in ("a", large, "b", large)))

    assert on_a_loop(wire, main) == ["a", large, "b", large]


def test_a_loop_after_another_has_a_connection_of_its_own(client):
    wire = AsyncWire(client)

    assert on_a_loop(wire, lambda: one(wire, "ECHO", "a")) == "a"
    assert on_a_loop(wire, lambda: one(wire, "ECHO", "b")) == "b"


def test_a_closed_wire_opens_a_connection_for_a_later_command(client, valkey):
    wire = AsyncWire(client)

    async def main():
        before = await one(wire, "CLIENT", "ID")
        await wire.close()
        return before, await one(wire, "CLIENT", "ID")

    before, after = on_a_loop(wire, main)

    assert before != after


def test_closing_waits_for_what_is_in_flight(client):
    wire = AsyncWire(client)

    async def main():
        asked = [asyncio.ensure_future(one(wire, "ECHO", str(n))) for n in range(20)]
        await asyncio.sleep(0)
        await wire.close()
        return [task.result() for task in asked if task.done()], await asyncio.gather(*asked)

    _, answers = on_a_loop(wire, main)

    assert answers == [str(n) for n in range(20)]


def test_an_idle_connection_that_the_server_has_closed_is_replaced(client, valkey):
    wire = AsyncWire(client)

    async def main():
        valkey.client_kill_filter(_id=await one(wire, "CLIENT", "ID"))
        return await asyncio.gather(*(one(wire, "ECHO", str(n)) for n in range(30)))

    assert on_a_loop(wire, main) == [str(n) for n in range(30)]


def test_what_is_in_flight_on_a_connection_that_is_cut_is_sent_once_more_on_a_new_one(client, valkey):
    wire = AsyncWire(client)

    async def main():
        waiting = asyncio.ensure_future(one(wire, "BLPOP", "box", 0))
        behind = [asyncio.ensure_future(one(wire, "ECHO", str(n))) for n in range(5)]
        await asyncio.to_thread(until, lambda: blocked(valkey), "somebody waits")
        before = blocked(valkey)
        valkey.client_kill_filter(_id=before[0])
        await asyncio.to_thread(until, lambda: blocked(valkey) not in ([], before), "somebody waits again")
        valkey.lpush("box", "for you")
        return await waiting, await asyncio.gather(*behind)

    assert on_a_loop(wire, main) == (["box", "for you"], ["0", "1", "2", "3", "4"])


def test_a_missing_answer_takes_those_behind_it_along_and_nothing_of_it_is_sent_again(valkey_socket, valkey):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=0.5, **OPTIONS) as client:
        wire = AsyncWire(client)

        async def main():
            missing, behind = await asyncio.gather(
                one(wire, "BLPOP", "nothing", 0), wire.ask([("INCR", "behind"), ("INCR", "behind")])
            )
            return missing, *behind, await one(wire, "ECHO", "on a new connection")

        *lost, after = on_a_loop(wire, main)

    assert [type(answer) for answer in lost] == [redis_py.TimeoutError] * 3
    assert after == "on a new connection"
    until(lambda: not blocked(valkey), "nobody waits, nor does anybody again")
    assert valkey.get("behind") is None


def test_a_server_that_answers_again_and_again_is_in_time_however_long_all_of_it_takes(valkey_socket, valkey):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=1, **OPTIONS) as client:
        wire = AsyncWire(client)

        async def main():
            return await wire.ask([("BLPOP", "nothing", 0.4)] * 4)

        assert on_a_loop(wire, main) == [None] * 4


def test_a_cancelled_coroutine_leaves_the_answers_of_others_in_their_order(client):
    wire = AsyncWire(client)

    async def main():
        await one(wire, "PING")
        tasks = [asyncio.ensure_future(one(wire, "ECHO", str(n))) for n in range(60)]
        await asyncio.sleep(0)  # all are sent
        for task in tasks[::2]:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await tasks[0]
        return await asyncio.gather(*tasks[1::2])

    assert on_a_loop(wire, main) == [str(n) for n in range(1, 60, 2)]


def test_a_server_that_has_become_a_replica_costs_its_connection():
    with running_server() as socket, redis_py.Redis(unix_socket_path=socket, **OPTIONS) as client:
        wire = AsyncWire(client)

        async def main():
            before = await one(wire, "CLIENT", "ID")
            client.replicaof("127.0.0.1", 1)
            refused, same = await wire.ask([("SET", "x", "y"), ("CLIENT", "ID")])
            return before, type(refused), same, await one(wire, "CLIENT", "ID")

        before, refused, same, after = on_a_loop(wire, main)

    # Behind a name or a proxy it may be another server by now; what was in flight is answered still.
    assert (refused, same) == (ReadOnlyError, before)
    assert after != before


def test_a_password_and_a_database_are_those_of_the_url():
    with running_server("--requirepass", "secret") as socket:
        right, wrong, far = (
            redis_py.Redis(unix_socket_path=socket, password=password, db=db, **OPTIONS)
            for password, db in (("secret", 3), ("guess", 0), ("secret", 99))
        )

        found = on_a_loop(wire := AsyncWire(right), lambda: one(wire, "CLIENT", "INFO"))
        refused = on_a_loop(wire := AsyncWire(wrong), lambda: one(wire, "PING"))
        outside = on_a_loop(wire := AsyncWire(far), lambda: one(wire, "PING"))

    assert " db=3 " in found
    assert isinstance(refused, redis_py.AuthenticationError)
    assert isinstance(outside, ResponseError)


def test_a_server_that_is_not_there_refuses_all_that_wait_for_it():
    (port,) = free_ports(1)
    with redis_py.Redis(port=port, **OPTIONS) as client:
        wire = AsyncWire(client)

        async def main():
            return await asyncio.gather(*(one(wire, "PING") for _ in range(20)))

        assert {type(answer) for answer in on_a_loop(wire, main)} == {RedisConnectionError}


def test_a_network_that_swallows_everything_is_noticed_and_forgotten_when_it_is_back():
    (port,) = free_ports(1)
    with running_server(port=port), redis_py.Redis(port=port, **OPTIONS) as direct:
        proxy = Proxy("127.0.0.1", port)
        try:
            with redis_py.Redis(
                port=proxy.port, socket_timeout=0.5, socket_connect_timeout=5, **OPTIONS
            ) as client:
                wire = AsyncWire(client)

                async def main():
                    assert await one(wire, "PING") == "PONG"
                    await asyncio.to_thread(proxy.swallow)
                    lost = await asyncio.gather(*(one(wire, "INCR", "n") for _ in range(40)))
                    await asyncio.to_thread(proxy.open)
                    return lost, await asyncio.gather(*(one(wire, "ECHO", str(n)) for n in range(40)))

                lost, answers = on_a_loop(wire, main)
        finally:
            proxy.close()
        executed = int(direct.get("n") or 0)

    assert {type(answer) for answer in lost} == {redis_py.TimeoutError}
    assert answers == [str(n) for n in range(40)]
    assert executed in (0, 40)  # they may arrive late, and never twice


# -- on a transport that is looked at


class Recording:
    """The transport to a server that answers when it is told to: "ECHO x" with x, "FAIL x" with an error that names x."""

    def __init__(self, link):
        self.link = link
        self.writes = []
        self.answers = b""
        self.closed = False
        self._commands = hiredis.Reader()

    def write(self, data):
        self.writes.append(data)
        self._commands.feed(data)
        while (command := self._commands.gets()) is not False:
            what, word = command
            self.answers += (
                b"$%d\r\n%s\r\n" % (len(word), word) if what == b"ECHO" else b"-WRONG %s\r\n" % word
            )

    def answer(self, count):
        """Have so many bytes arrive, which may end within an answer."""
        data, self.answers = self.answers[:count], self.answers[count:]
        if data and not self.closed:
            self.link.data_received(data)

    def hang_up(self):
        self.abort()
        self.link.connection_lost(None)

    def abort(self):
        self.closed = True


class Servers:
    """Connects as many recording transports as are asked for; a connection takes a turn of the loop."""

    def __init__(self):
        self.transports = []

    async def connect(self, pool, unusable):
        await asyncio.sleep(0)
        link = Link(pool.get_encoder(), None, unusable)
        self.transports.append(Recording(link))
        link.connection_made(self.transports[-1])
        return link

    def serve(self):
        """Answer everything."""
        for transport in self.transports:
            transport.answer(len(transport.answers))

    @property
    def writes(self):
        return [data.count(b"*2\r\n") for transport in self.transports for data in transport.writes]


@pytest.fixture
def servers():
    return Servers()


@pytest.fixture
def recorded(servers):
    with redis_py.Redis(**OPTIONS) as client:
        yield AsyncWire(client, connect=servers.connect)


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


def test_what_is_ready_in_the_same_turn_is_one_write(recorded, servers):
    async def main():
        tasks = [asyncio.ensure_future(one(recorded, "ECHO", str(n))) for n in range(10)]
        await turns()
        servers.serve()
        tasks += [asyncio.ensure_future(one(recorded, "ECHO", str(n))) for n in range(10)]
        await turns()
        servers.serve()
        await asyncio.gather(*tasks)

    on_a_loop(recorded, main)

    assert servers.writes == [10, 10]


def test_a_burst_is_sent_while_it_is_made(recorded, servers):
    async def main():
        first = asyncio.ensure_future(one(recorded, "ECHO", "x"))
        await turns()
        tasks = [asyncio.ensure_future(one(recorded, "ECHO", str(n))) for n in range(40)]
        await turns()
        servers.serve()
        await asyncio.gather(first, *tasks)

    on_a_loop(recorded, main)

    assert servers.writes == [1, 16, 16, 8]


def test_nothing_is_sent_for_whoever_has_gone_before_the_end_of_the_turn(recorded, servers):
    async def main():
        tasks = [asyncio.ensure_future(one(recorded, "ECHO", str(n))) for n in range(4)]
        asyncio.get_running_loop().call_soon(tasks[1].cancel)
        await turns()
        servers.serve()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, gone, *others = on_a_loop(recorded, main)

    assert (first, type(gone), others) == ("0", asyncio.CancelledError, ["2", "3"])
    assert servers.writes == [3]


def test_an_answer_to_no_command_ends_the_connection(recorded, servers):
    async def main():
        task = asyncio.ensure_future(one(recorded, "ECHO", "a"))
        await turns()
        servers.serve()
        await task
        servers.transports[0].link.data_received(b"+what?\r\n")
        task = asyncio.ensure_future(one(recorded, "ECHO", "b"))
        await turns()
        servers.serve()
        return await task

    assert on_a_loop(recorded, main) == "b"
    assert [transport.closed for transport in servers.transports] == [True, True]


def test_what_is_no_answer_of_this_protocol_fails_all_that_wait(recorded, servers):
    async def main():
        tasks = [asyncio.ensure_future(one(recorded, "ECHO", str(n))) for n in range(3)]
        await turns()
        servers.transports[0].link.data_received(b"HTTP/1.1 400 Bad Request\r\n")
        return await asyncio.gather(*tasks)

    assert {type(answer) for answer in on_a_loop(recorded, main)} == {redis_py.InvalidResponse}


STEPS = st.one_of(
    st.tuples(st.just("ask"), st.lists(st.sampled_from(["ECHO", "FAIL", "HALF"]), min_size=1, max_size=20)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("answer"), st.integers(1, 120)),
    st.tuples(st.just("turn"), st.integers(1, 3)),
    st.tuples(st.just("hang up"), st.just(0)),
)


@given(st.lists(STEPS, max_size=40))
@example([("ask", ["ECHO"]), ("turn", 3), ("turn", 3), ("turn", 3), ("cancel", 0), ("turn", 3)])
def test_whatever_is_asked_cancelled_answered_in_pieces_and_cut_off_everybody_gets_the_own_answers(steps):
    servers, hung_up = Servers(), 0

    async def main(wire):
        nonlocal hung_up
        tasks, cancelled = [], set()
        for what, much in steps:
            if what == "ask":
                first = sum(len(words) for words, _ in tasks)
                words = [
                    ("ECHO", f"{n}\udcff") if kind == "HALF" else (kind, str(n))
                    for n, kind in enumerate(much, first)
                ]
                tasks.append((words, asyncio.ensure_future(wire.ask(words))))
            elif what == "cancel" and much < len(tasks):
                cancelled.add(much)
                tasks[much][1].cancel()
            elif what == "answer" and servers.transports:
                servers.transports[-1].answer(much)
            elif what == "hang up" and servers.transports:
                hung_up += 1
                servers.transports[-1].hang_up()
            elif what == "turn":
                await turns(much)
        while not all(task.done() for _, task in tasks):
            await turns()
            servers.serve()
        await turns()
        servers.serve()  # also what was sent for those who have gone: to close waits for it
        for place, (words, task) in enumerate(tasks):
            if task.cancelled():
                assert place in cancelled
            else:
                for asked, answer in zip(words, task.result(), strict=True):
                    check(asked, answer)

    def check(asked, answer):
        what, word = asked
        if isinstance(answer, RedisConnectionError):
            assert hung_up >= 2  # once is no reason
        elif "\udcff" in word:
            assert isinstance(answer, UnicodeEncodeError)
        elif what == "FAIL":
            assert (type(answer), str(answer)) == (ResponseError, f"WRONG {word}")
        else:
            assert answer == word

    with redis_py.Redis(**OPTIONS) as client:
        wire = AsyncWire(client, connect=servers.connect)
        on_a_loop(wire, lambda: main(wire))
