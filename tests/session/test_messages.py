"""Messages, and the routes on which replies go back."""

from session.messages import Message, Route
from tests.values import ROUTE, message


def test_silent_kinds_know_themselves():
    assert [message(kind=kind).is_silent for kind in ("text", "reaction", "system", "revoke", "edit")] == [
        False,
        True,
        True,
        True,
        True,
    ]
    assert Message.model_validate_json(message(kind="edit").to_json()).kind == "edit"


def test_a_route_is_written_and_read_under_the_name_that_every_release_knows():
    written = '{"channel":"meta","line":"106540352242922","address":"201001234567"}'
    assert Route.model_validate_json(written) == ROUTE
    assert ROUTE.to_json() == written
