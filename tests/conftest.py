"""What all tests share: a real Valkey beside fakeredis, a clock that obeys, and an environment without surprises."""

import os
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any

import fakeredis
import pytest
import redis as redis_py
from fakeredis.commands_mixins.scripting_mixin import ScriptingCommandsMixin
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from loguru import logger

from session.logs import mask_record
from session.policy import Policy
from session.settings import BaseSettings
from tests.clocks import ManualClock
from tests.fakes import CountingIds, RecordingWaker
from tests.stores import Stores, immortal
from tests.valkey import OPTIONS, running_server

pytest_plugins = ["tests.tiers"]

ROOT = Path(__file__).parent.parent

# Two cores are shared by many: an example may take long without being wrong.
hypothesis_settings.register_profile(
    "inturn",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("inturn")


@pytest.fixture(autouse=True, scope="session")
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the developer's own settings: those of the environment, and the `.env` in the working directory."""
    names = {name for settings in _all_settings(BaseSettings) for name in settings.names()}
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper() in names]:
            patch.delenv(name)
        # What is started from here finds the packages from wherever it runs.
        patch.setenv(
            "PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        )
        patch.chdir(tmp_path_factory.mktemp("nothing-here"))
        yield


def _all_settings(root: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    yield root
    for child in root.__subclasses__():
        yield from _all_settings(child)


@pytest.fixture(autouse=True, scope="session")
def _fakeredis_hashes() -> Iterator[None]:
    """Give the scripts of fakeredis the one function that they use of a server and that it lacks."""
    plain = ScriptingCommandsMixin._get_server_runtime

    def with_hashes(self: ScriptingCommandsMixin, server: fakeredis.FakeServer) -> Any:
        runtime = plain(self, server)
        runtime.globals()[b"redis"][b"sha1hex"] = lambda text: sha1(text).hexdigest().encode()
        return runtime

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptingCommandsMixin, "_get_server_runtime", with_hashes)
        yield


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    """Keep the system from logging into every test."""
    logger.remove()


@pytest.fixture(autouse=True, scope="session")
def _flags_of_scripts() -> Iterator[None]:
    """Let fakeredis read scripts whose first line tells the server what they may do; to its Lua it is an error."""
    runtime_of = ScriptingCommandsMixin._get_server_runtime
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ScriptingCommandsMixin,
            "_get_server_runtime",
            lambda self, server: _WithoutFlags(runtime_of(self, server)),
        )
        yield


class _WithoutFlags:
    """A Lua that takes the first line of a script for a comment."""

    def __init__(self, lua: Any) -> None:
        self._lua = lua

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lua, name)

    def execute(self, script: Any) -> Any:
        return self._lua.execute(b"--" + script[2:] if script[:2] == b"#!" else script)


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The lines that the system logs, "LEVEL message", with what was bound to them, masked as in every program."""
    lines: list[str] = []
    logger.remove()
    logger.configure(patcher=mask_record)
    logger.add(lambda line: lines.append(str(line)), format="{level} {message} {extra}", level="DEBUG")
    yield lines
    logger.remove()


@pytest.fixture(scope="session")
def valkey_socket() -> Iterator[str]:
    """The unix socket of a real server; one for the whole run."""
    with running_server() as socket:
        yield socket


@pytest.fixture
def valkey(valkey_socket: str) -> Iterator[redis_py.Redis]:
    """A client of a real and empty server. Whatever the test leaves there must be going to vanish by itself."""
    with redis_py.Redis(unix_socket_path=valkey_socket, **OPTIONS) as client:
        client.flushall()
        yield client
        left = immortal(client)
        client.flushall()
    assert left == [], "these keys would stay for ever"


@pytest.fixture
def fake() -> Iterator[redis_py.Redis]:
    """A client of an empty fakeredis, with the same rule."""
    with fakeredis.FakeRedis(server=fakeredis.FakeServer(), **OPTIONS) as client:
        yield client
        left = immortal(client)
    assert left == [], "these keys would stay for ever"


@pytest.fixture(params=["fakeredis", "valkey"])
def redis(request: pytest.FixtureRequest) -> redis_py.Redis:
    """A client of an empty store: the quick one, then the true one."""
    client: redis_py.Redis = request.getfixturevalue("fake" if request.param == "fakeredis" else "valkey")
    return client


@pytest.fixture
def policy() -> Policy:
    return Policy()


@pytest.fixture
def stores(redis: redis_py.Redis, policy: Policy, clock: ManualClock) -> Stores:
    return Stores.on(redis, policy=policy, clock=clock)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def new_id() -> CountingIds:
    return CountingIds()


@pytest.fixture
def waker() -> RecordingWaker:
    return RecordingWaker()
