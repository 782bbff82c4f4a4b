"""The system as real processes on free ports of this machine: server, webhook, workers, beats, simulator."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from pydantic import SecretStr
from redis.cluster import RedisCluster

from session.addresses import is_sentinel
from session.connection import connect
from session.keys import Keys
from tests.chaos.bugs import write_altered_scripts
from tests.chaos.clock import wait_until
from tests.chaos.cluster import Cluster
from tests.chaos.forbidden import Forbidden
from tests.chaos.options import Options
from tests.chaos.program import Program
from tests.chaos.proxy import Proxy
from tests.chaos.receiver import SECRET, WANTED, Receiver
from tests.chaos.releases import unpack_release
from tests.e2e.servers import RabbitMq
from tests.faked_clocks import FakedClock
from tests.ports import free_ports
from tests.sentinel import Watched
from tests.valkey import server_binary
from worker.cli.running.probes import http_answers
from worker.cli.running.simulated import simulated_environment

ROOT = Path(__file__).parents[2]
_STARTS_WITHIN = 60
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class System:
    """Everything that runs. Start it, hurt it, end it."""

    def __init__(
        self,
        options: Options,
        folder: Path,
        *,
        cluster: Cluster | None = None,
        rabbit: RabbitMq | None = None,
        watched: Watched | None = None,
    ) -> None:
        self.options = options
        self.cluster = cluster
        self.rabbit = rabbit
        self.watched = watched
        self.folder = folder
        self.keys = Keys(options.shards)
        self._ports = dict(zip(("valkey", "webhook", "simulator"), free_ports(3), strict=True))
        self.webhook_url = f"http://127.0.0.1:{self._ports['webhook']}"
        self.simulator_url = f"http://127.0.0.1:{self._ports['simulator']}"
        self.proxies: list[Proxy] = []
        self.fallen: list[str] = []  #: programs that have ended by themselves
        self.valkey = self._valkey() if self.brings_server else None
        own_url = f"redis://127.0.0.1:{self._ports['valkey']}/0"
        #: past every proxy: what the audit looks at
        self.direct_url = options.redis_url or own_url
        # A cluster and Sentinels tell addresses of their own: nothing can stand in between.
        direct = options.cluster or options.sentinel
        self.redis_way = None if direct else self._way(self.direct_url)
        broker_url = (
            (watched.url if watched else own_url)[:-1] + "1" if options.broker == "redis" else options.broker
        )
        if rabbit:
            broker_url = rabbit.url
        self.broker_way = None if is_sentinel(broker_url) else self._way(broker_url)
        self.direct_broker_url = broker_url
        self.secrets = simulated_environment(webhook_url=self.webhook_url, simulator_url=self.simulator_url)
        self.broker_url = _through(broker_url, self.broker_way) if self.broker_way else broker_url
        redis_url = _through(self.direct_url, self.redis_way) if self.redis_way else self.direct_url
        self.env = {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            "REDIS_URL": redis_url,
            "BROKER_URL": self.broker_url,
            **options.settings(),
            **self.secrets,
        }
        self.media = folder / "media"  #: where the files of customers are kept
        self.env["MEDIA_DIR"] = str(self.media)
        self.forbidden = Forbidden()
        self.env["CHAOS_FORBIDDEN"] = str(self.forbidden.port)
        self.receiver = Receiver(options.seed)
        if not options.old:  # a release that knows no hooks would leave them to others
            hook = {"HOOK_URL": self.receiver.url, "HOOK_SECRET": SECRET, "HOOKS_ALLOW_PRIVATE": "true"}
            # Not all kinds: each is a request, and this machine is busy enough.
            self.env.update(hook | {"HOOK_EVENTS": ",".join(sorted(WANTED))})
        self.calls = folder / "calls"  #: where the assistants note what they were asked
        self.calls.mkdir()
        self.env["CHAOS_CALLS"] = str(self.calls)
        self._old = unpack_release(ROOT, options.old, folder / "old") if options.old else None
        #: of the programs whose machines may have wrong ones
        self.clocks: dict[str, FakedClock] = {}
        self.webhook = self._served("webhook")
        self.simulator = self._served("simulator")
        app = "worker.app"
        if options.bug:
            self.env["CHAOS_BUG"] = options.bug
            self.env["CHAOS_SCRIPTS"] = str(write_altered_scripts(options.bug, folder / "scripts"))
            app = "tests.chaos.flawed"
        self.workers = [self._worker(app, f"worker{n}") for n in range(1, options.workers + 1)]
        self.beats = [self._beat(app, f"beat{n}") for n in range(1, max(2, options.beats) + 1)]

        if self._old:
            for program in (self.webhook, *self.workers, *self.beats):
                self.swap_release(program)

    def swap_release(self, program: Program) -> str:
        """Have a program be that of the other release at its next start; returns which."""
        old = program.release == "present"
        path = str(self._old if old else ROOT)
        env = {**self.env, "PYTHONPATH": path}
        clock = self.clocks.get(program.name)
        program.become("old" if old else "present", clock.on(env) if clock else env)
        return program.release

    @property
    def brings_server(self) -> bool:
        return self.options.redis_url is None or (self.options.broker == "redis" and not self.watched)

    def programs(self) -> list[Program]:
        everything = [*self.beats, *self.workers, self.webhook, self.simulator, self.valkey]
        return [program for program in everything if program]

    def client(self) -> redis.Redis | RedisCluster:
        """Return a client past the proxies."""
        return connect(SecretStr(self.direct_url), timeout=3, cluster=self.options.cluster)

    def start(self) -> None:
        if self.valkey:
            self.valkey.start()
            self.must(self.valkey_answers, "the server answers")
        for program in (self.simulator, self.webhook, *self.workers, *self.beats[: self.options.beats]):
            program.start()
        self.must(http_answers(f"{self.simulator_url}/simulator/faults"), "the simulator answers")
        self.must(self.webhook_answers, "the webhook answers")
        for worker in self.workers:
            self.must(worker.is_ready, f"{worker.name} is ready")
        if not self.options.old:
            self.must(self.hook_begins, "the hook begins")
        if self.options.mailing:
            # Who sends must know which template is for marketing.
            pull = [sys.executable, "-m", "worker.cli", "templates", "pull"]
            subprocess.run(pull, env=self.env, check=True, capture_output=True)

    def hook_begins(self) -> bool:
        """Whether a sweep has seen the hook: it gets what happens from then on."""
        states = [self.keys.shard(number).hook("default")[0] for number in range(self.options.shards)]
        with self.client() as client:
            return all(client.exists(state) for state in states)

    def look_after(self) -> None:
        """Start again what has ended by itself, as a supervisor would, and remember it."""
        for program in self.programs():
            if program.has_fallen:
                self.fallen.append(f"{program.name}: {program.last_words()}")
                program.signal(signal.SIGKILL)
                program.start()

    def must(self, holds, what: str) -> None:
        """Wait for a condition; fails with the ends of all logs if it does not come."""
        if not wait_until(holds, within=_STARTS_WITHIN):
            logs = "\n".join(f"--- {one.name}\n{one.tail()}" for one in self.programs())
            raise RuntimeError(f"waited in vain until {what}\n{logs}")

    def webhook_answers(self) -> bool:
        return http_answers(f"{self.webhook_url}/healthz")()

    def valkey_answers(self) -> bool:
        try:
            with redis.Redis.from_url(f"redis://127.0.0.1:{self._ports['valkey']}/0", retry=None) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def valkey_writes(self) -> bool:
        try:
            with redis.Redis.from_url(self.direct_url, retry=None) as client:
                return bool(client.set("trial", "", px=1000))
        except redis.RedisError:
            return False

    def end(self) -> None:
        """End everything: first by asking, then by force. Nothing is left behind."""
        for way in self.proxies:
            way.open()
        for program in self.programs():
            program.signal(signal.SIGCONT)
        for program in (*self.beats, *self.workers, self.webhook):
            program.signal(signal.SIGTERM)
        wait_until(lambda: not any(one.runs for one in (*self.beats, *self.workers, self.webhook)), within=6)
        for program in self.programs():
            program.kill()
        for way in self.proxies:
            way.close()
        self.forbidden.close()
        self.receiver.close()

    def _way(self, url: str) -> Proxy:
        parts = urlsplit(url)
        proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or (5672 if "amqp" in parts.scheme else 6379))
        self.proxies.append(proxy)
        return proxy

    def _valkey(self) -> Program:
        data = self.folder / "valkey"
        data.mkdir()
        flags = {
            "bind": "127.0.0.1",
            "port": str(self._ports["valkey"]),
            "dir": str(data),
            "appendonly": "yes",
            "appendfsync": self.options.appendfsync,
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        words = [word for name, value in flags.items() for word in (f"--{name}", value)]
        return Program("valkey", [server_binary(), *words], env=os.environ, folder=self.folder)

    def _served(self, name: str) -> Program:
        where = ["--host", "127.0.0.1", "--port", str(self._ports[name])]
        argv = [sys.executable, "-m", "webhook.serving", name, *where]
        if name == "simulator":
            argv = [sys.executable, "-m", "tests.chaos.simulated", str(self._ports[name])]
        env = self.env if name == "simulator" else self._env_of(name)
        return Program(name, argv, env=env, folder=self.folder)

    def _env_of(self, name: str) -> dict[str, str]:
        """Return the environment of a program, on a machine with a clock of its own."""
        if not self.options.clocks:
            return self.env
        clock = FakedClock(self.folder / f"{name}.clock", 300 if name == "worker1" else 0)
        self.clocks[name] = clock
        return clock.on(self.env)

    def _worker(self, app: str, name: str) -> Program:
        options = self.options
        flags = "--without-gossip --without-mingle"
        if options.pool != "loop":
            flags += f" --pool {options.pool} --concurrency {options.concurrency}"
        argv = [sys.executable, "-m", "celery", "-q", "-A", app, "worker", "-n", f"{name}@chaos"]
        env = self._env_of(name)
        return Program(name, [*argv, *flags.split()], env=env, folder=self.folder, says=" ready.")

    def _beat(self, app: str, name: str) -> Program:
        schedule = self.folder / name
        schedule.mkdir()
        argv = [sys.executable, "-m", "celery", "-q", "-A", app, "beat", "-s", str(schedule / "schedule")]
        return Program(name, argv, env=self._env_of(name), folder=self.folder)


def _through(url: str, way: Proxy) -> str:
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    where = f"127.0.0.1:{way.port}"
    return urlunsplit(parts._replace(netloc=f"{user}@{where}" if user else where))


@contextmanager
def running_system(
    options: Options,
    folder: Path,
    *,
    cluster: Cluster | None = None,
    rabbit: RabbitMq | None = None,
    watched: Watched | None = None,
) -> Iterator[System]:
    """Start the system; end it whatever happens."""
    system = System(options, folder, cluster=cluster, rabbit=rabbit, watched=watched)
    try:
        system.start()
        yield system
    finally:
        system.end()
