"""The runners: calls and programs one after the other, and many together in one write."""

import socket
import threading

import pytest
import redis as redis_py
from redis.exceptions import ResponseError

from session.errors import StoreUnavailable
from session.store import Runner, Scripts, Together
from session.store.calls import command
from tests.stores import OnALoop
from tests.valkey import OPTIONS

SCRIPTS = Scripts.load()


def push(word):
    return command("push", "RPUSH", "list", word)


def put(field, value):
    return SCRIPTS.put_field(hash="hash", field=field, value=value)


@pytest.fixture(params=[Runner, OnALoop])
def run(request, valkey, valkey_socket):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=10, **OPTIONS) as client:
        runner = request.param(client)
        yield runner
        runner.close()
    valkey.delete("list", "hash", "text")


class Counting(redis_py.UnixDomainSocketConnection):
    """Counts the writes."""

    writes = 0

    def send_packed_command(self, command, check_health=True):  # noqa: FBT002
        Counting.writes += 1
        return super().send_packed_command(command, check_health)


def test_a_program_is_sent_the_answers_of_its_calls_and_returns_its_result(run):
    def program():
        first = yield push("a")
        second = yield push("b")
        return first, second

    assert run(program()) == (1, 2)


def test_a_call_says_how_its_answer_is_read(run):
    assert run(command("length", "RPUSH", "list", "a", read=str)) == "1"


def test_an_error_is_thrown_into_the_program_which_may_go_on(run, valkey):
    valkey.set("text", "no list", ex=60)

    def program():
        try:
            yield command("push", "RPUSH", "text", "x")
        except ResponseError:
            return (yield push("a"))

    assert run(program()) == 1


def test_an_error_that_a_program_does_not_catch_ends_it(run, valkey):
    valkey.set("text", "no list", ex=60)

    def program():
        yield command("push", "RPUSH", "text", "x")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        run(program())


def test_what_is_done_together_is_answered_in_its_order(run):
    assert run.together([push(str(n)) for n in range(250)]) == list(range(1, 251))


def test_nothing_together_is_nothing(run):
    assert run.together([]) == []


def test_calls_together_are_one_write(valkey_socket, run):
    pool = redis_py.ConnectionPool(Counting, path=valkey_socket, **OPTIONS)
    with redis_py.Redis(connection_pool=pool) as client:
        counted = Runner(client)
        counted(put("warm", ""))
        Counting.writes = 0

        counted.together([push("a"), push("b"), put("c", "d")])

    assert Counting.writes == 1


def test_programs_together_take_as_many_round_trips_as_the_longest_has_calls(valkey_socket, run):
    def program(*words):
        answers = [0] * len(words)
        for place, word in enumerate(words):
            answers[place] = yield push(word)
        return answers

    pool = redis_py.ConnectionPool(Counting, path=valkey_socket, **OPTIONS)
    with redis_py.Redis(connection_pool=pool) as client:
        counted = Runner(client)
        counted(push("warm"))
        Counting.writes = 0

        assert counted.together([program("a", "b", "c"), program("d"), program()]) == [[2, 4, 5], [3], []]

    # The last call of the longest is alone, and one write like the others.
    assert Counting.writes == 3


def test_an_error_hits_no_neighbour(run, valkey):
    valkey.set("text", "no list", ex=60)

    first, wrong, last = run.outcomes([push("a"), command("push", "RPUSH", "text", "x"), push("b")])

    assert (first, last) == (1, 2)
    assert "WRONGTYPE" in str(wrong)


def test_together_everything_is_done_before_the_first_error_is_raised(run, valkey):
    valkey.set("text", "no list", ex=60)

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        run.together([command("push", "RPUSH", "text", "x"), push("a"), push("b")])

    assert valkey.lrange("list", 0, -1) == ["a", "b"]


def test_a_program_that_stumbles_among_others_is_told_and_goes_on(run, valkey):
    valkey.set("text", "no list", ex=60)

    def mended():
        try:
            yield command("push", "RPUSH", "text", "x")
        except ResponseError:
            yield command("mend", "DEL", "text")
        return (yield command("push", "RPUSH", "text", "x"))

    assert run.together([mended(), push("a")]) == [1, 1]
    valkey.expire("text", 60)


def test_a_script_that_the_server_has_forgotten_is_taught_among_others(run, valkey):
    valkey.script_flush()

    run.together([put("a", "1"), push("x"), put("b", "2")])

    assert valkey.hgetall("hash") == {"a": "1", "b": "2"}


def test_half_a_character_among_others_is_sent_as_its_bytes(run, valkey):
    run.together([push("\udcff"), push("b")])

    assert sorted(valkey.lrange("list", 0, -1)) == sorted(["\udcff", "b"])


def test_a_program_may_ask_for_several_things_together(run, valkey):
    valkey.set("text", "no list", ex=60)

    def program():
        numbers = yield Together([push("a"), push("b")])
        answers = yield Together([push("c"), command("push", "RPUSH", "text", "x")], errors=True)
        return numbers, answers[0], type(answers[1])

    assert run(program()) == ([1, 2], 3, ResponseError)
    assert run.together([program(), push("z")])[0][2] is ResponseError


class Vanishing:
    """A server that answers so many commands of a write, and then hangs up."""

    def __init__(self, answers):
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(b":1\r\n" * self._answers)

    def close(self):
        self._listening.close()


@pytest.fixture(params=[0, 1, 2])
def vanishing(request):
    server = Vanishing(request.param)
    options = OPTIONS | {"protocol": 2, "driver_info": None}
    with redis_py.Redis(port=server.port, retry=None, socket_timeout=5, **options) as client:
        yield request.param, client
    server.close()


def test_a_connection_that_breaks_fails_all_that_is_in_flight_and_nothing_else(vanishing):
    answered, client = vanishing
    run = Runner(client)

    found = run.outcomes([push(str(n)) for n in range(4)])

    assert found[:answered] == [1] * answered
    assert [type(one) for one in found[answered:]] == [StoreUnavailable] * (4 - answered)
    assert str(found[-1]) == "push: ConnectionError"


def test_on_a_loop_each_call_whose_answer_is_lost_with_its_connection_is_sent_once_more(vanishing):
    answered, client = vanishing
    run = OnALoop(client)

    found = run.outcomes([push(str(n)) for n in range(5)])
    run.close()

    assert found[: 2 * answered] == [1] * 2 * answered
    assert [type(one) for one in found[2 * answered :]] == [StoreUnavailable] * (5 - 2 * answered)
    assert str(found[-1]) == "push: ConnectionError"
