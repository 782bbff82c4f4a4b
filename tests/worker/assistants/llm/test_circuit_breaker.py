"""A model server that fails is not called for a while."""

from datetime import timedelta

from tests.clocks import START
from tests.worker.assistants.llm.model_server import answers, refuses

SAID = "the concierge answers"


def test_a_server_that_fails_is_not_called_for_a_while(bench, server, turn_of):
    server.then = refuses(503)
    here = bench()
    for _ in range(10):
        assert here.assistant(turn_of("hello")) == SAID
    assert len(server.requests) == 3

    later = START + timedelta(seconds=31)
    server.then = answers("I am back.", intent="greeting")
    turn = turn_of("hello", now=later)
    assert here.assistant(turn) is None
    assert here.assistant(turn_of("hello", now=later)) is None


def test_a_text_that_the_server_refuses_does_not_open_the_circuit(bench, server, turn_of):
    server.script = [refuses(400)] * 5
    here = bench()
    for _ in range(5):
        assert here.assistant(turn_of("hello")) == SAID
    assert here.assistant(turn_of("hello")) is None
