"""One chaos run: start the system, let customers write, strike, let everything drain, audit."""

import random
import shutil
import tempfile
import threading
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from tests.chaos.agents import Agents
from tests.chaos.auditing_agents import audit_agents
from tests.chaos.auditing_approvals import audit_approvals
from tests.chaos.auditing_campaigns import audit_campaigns
from tests.chaos.auditing_effects import audit_calls, audit_replies, audit_turns
from tests.chaos.auditing_hooks import audit_hooks
from tests.chaos.auditing_media import audit_media
from tests.chaos.auditing_names import audit_names
from tests.chaos.auditing_records import audit_records
from tests.chaos.auditing_sends import audit_sends
from tests.chaos.auditing_silence import audit_silence
from tests.chaos.auditing_steps import audit_bookings
from tests.chaos.auditing_timers import audit_timers
from tests.chaos.campaigns import Campaigners, note_rows
from tests.chaos.clock import now
from tests.chaos.cluster import cluster_with_replicas
from tests.chaos.crowd import Crowd
from tests.chaos.deciders import Deciders
from tests.chaos.expected import expected_story
from tests.chaos.faults import FAILOVERS, Field
from tests.chaos.findings import Findings
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.loads import Loads
from tests.chaos.options import Options
from tests.chaos.programs import Programs, note_sendings
from tests.chaos.storm import Calm, Storm
from tests.chaos.strikes import Strikes
from tests.chaos.system import System, running_system
from tests.chaos.witness import Witness, settled
from tests.e2e.servers import rabbitmq, valkey_cluster
from tests.sentinel import watched_servers


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run was, and what came of it."""

    options: Options
    folder: Path
    seconds: float = 0.0  #: from the first fault's time to the last
    findings: Findings = field(default_factory=Findings)
    strikes: Strikes = field(default_factory=Strikes)
    calms: list[Calm] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return not self.findings.broken


def run(options: Options, *, stop: threading.Event | None = None) -> Result:
    """Run chaos and return what the audit found; everything that was started is ended, whatever happens."""
    folder = options.folder or Path(tempfile.mkdtemp(prefix="inturn-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    result = Result(options=options, folder=folder)
    with ExitStack() as servers, _with_servers(options, folder, servers) as system:
        _replay(system, result, stop or threading.Event())
    result.findings.figures["tracebacks in logs"] = _tracebacks(folder)
    if result.kept and not options.keep and options.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _with_servers(options: Options, folder: Path, servers: ExitStack) -> AbstractContextManager[System]:
    """Return the system, on the servers of a larger deployment where the options ask for them without saying where they are."""
    rabbit, cluster, watched = None, None, None
    if options.broker == "rabbitmq":
        rabbit = servers.enter_context(rabbitmq(folder / "rabbitmq"))
    if options.cluster and options.redis_url is None:
        if options.replicas:
            cluster = servers.enter_context(cluster_with_replicas(folder, options.appendfsync))
            options = replace(options, redis_url=cluster.url)
        else:
            options = replace(options, redis_url=servers.enter_context(valkey_cluster()))
    if options.sentinel:
        watched = servers.enter_context(watched_servers(folder, appendfsync=options.appendfsync))
        options = replace(options, redis_url=watched.url)
    return running_system(options, folder, cluster=cluster, rabbit=rabbit, watched=watched)


def _replay(system: System, result: Result, stop: threading.Event) -> None:
    options, ledger = system.options, Ledger()
    load = Load(options, system.webhook_url, system.secrets, ledger)
    witness = Witness(system, ledger)
    crowd = Crowd(system, ledger, load)
    witness.start()
    load.start()
    crowd.start()
    began = now()
    with httpx.Client(base_url=system.simulator_url, timeout=20, trust_env=False) as simulator:
        dice = random.Random(f"{options.seed} faults")
        storm = Storm(
            options, Field(system=system, ledger=ledger, dice=dice, simulator=simulator), witness, load, stop
        )
        result.strikes, result.calms = storm.strikes, storm.calms
        try:
            with (
                Agents(system, ledger, load.quiet).at_work(),
                Programs(system, ledger, load).at_work(),
                Campaigners(system, ledger, load).at_work(),
                Loads(system).at_work(),
                Deciders(system, ledger).at_work(),
            ):
                storm.run(began + options.seconds)
        finally:
            result.seconds = now() - began
            crowd.stop(within=options.bound)
            load.stop(within=options.bound)
    ended = now()
    system.receiver.calm = True
    last = settled(system, witness, patience=options.drain)
    witness.stop()
    if options.fails_over:
        witness.read_again()
    _audit(system, ledger, witness, result, drained=last - ended)


def _audit(system: System, ledger: Ledger, witness: Witness, result: Result, *, drained: float) -> None:
    found, options = result.findings, system.options
    seen = witness.seen
    note_sendings(system, ledger)
    note_rows(ledger)
    told = expected_story(options, ledger, seen)
    audit_turns(ledger, seen, found)
    audit_replies(told, found)
    audit_calls(options, system.calls, found)
    audit_bookings(told, system.calls, result.strikes, found)
    audit_sends(told, result.strikes, found)
    audit_timers(system, told, found)
    audit_approvals(told, system.calls, result.strikes, found)
    audit_media(system, told, found)
    audit_names(system, told, result.strikes, found)
    audit_agents(system, told, found)
    audit_silence(told, result.strikes, found)
    audit_records(system, told, found)
    audit_hooks(system, found)
    audit_campaigns(system, told, found)
    found.figures["ended by themselves"] = system.fallen
    # A message that kills its process ends two of them, then its turn is taken alone; in a pool of children these end.
    expected = 0 if options.pool == "prefork" else 2 * options.killers
    for words in system.fallen[expected:]:
        found.add("ended by itself", "", words)
    slowest = max((calm.seconds for calm in result.calms), default=0.0)
    found.figures["slowest recovery, s"] = round(slowest, 2)
    found.figures["drained after, s"] = round(drained, 2)
    for calm in result.calms:
        if calm.seconds > calm.bound:
            found.add(
                "slow recovery",
                "",
                f"{calm.seconds:.1f} s after {', '.join(calm.after)}; {calm.left} conversations still waited, the bound was {calm.bound:.1f} s",
            )
    if any(strike.kind in FAILOVERS for strike in result.strikes.done):
        # A lease is not waited for: around a failover two workers may ask the assistant, and one of them commits.
        found.leave_outside(*(["not one at a time"] if options.durability == "replica" else []))


def _tracebacks(folder: Path) -> int:
    return sum(log.read_text(errors="replace").count("Traceback (most") for log in folder.glob("*.log"))
