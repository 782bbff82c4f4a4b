from collections.abc import Callable, Iterator
from typing import Any

import flask
import jinja2
import pytest

from tests.webhook.desk.office import Office
from webhook.desk import passwords

# A hash takes a tenth of a second on purpose. The test modules make theirs when they are imported, which is after this.
_PRODUCTION_COST = passwords._N
passwords._N = 2**4


@pytest.fixture(autouse=True, scope="session")
def _compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile each template once. Every test has an application of its own, which would compile them again."""
    cache = jinja2.FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flask.Flask, "jinja_options", {"bytecode_cache": cache})
        yield


@pytest.fixture(autouse=True)
def _true_cost_of_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as in production in tests that share hashes with another process."""
    if request.node.get_closest_marker("processes"):
        monkeypatch.setattr(passwords, "_N", _PRODUCTION_COST)


def helpful(turn: Any) -> None:
    """An assistant that escalates when it is asked to."""
    if "person" in turn.text:
        turn.escalate("wants a person")
        turn.reply("One moment, please.")
    else:
        turn.reply(f"You said: {turn.text}")


@pytest.fixture
def open_office() -> Iterator[Callable[..., Office]]:
    """Opens systems with a desk."""
    offices: list[Office] = []

    def begin(**settings: Any) -> Office:
        offices.append(Office(**{"assistant": helpful, **settings}))
        return offices[-1]

    yield begin
    for office in offices:
        office.redis.close()


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """A system with a desk and one password for all."""
    return open_office()
