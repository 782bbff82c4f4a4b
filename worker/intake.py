"""Drains the intake: parses raw bodies, puts their messages into the mailboxes, wakes their conversations."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta

from loguru import logger

from session.agent_actions import AgentAction
from session.bodies import Body, IntakeEmpty
from session.clock import Clock
from session.dead_letters import BodyLetter
from session.hearing import came_too_late
from session.leases import Held, Stale
from session.messages import Message, Route
from session.pauses import sender_of
from session.printable import counted
from session.store import (
    AsyncRunner,
    Drained,
    GatherFor,
    IntakeStore,
    MailboxStore,
)
from worker.alarms import Alarms
from worker.channels.gathering import FOREIGN, NOT_SHARED, TEST
from worker.channels.outcomes import Broken, Parsed
from worker.channels.protocols import BodyParser
from worker.channels.reading import text_of
from worker.continuing import Continue, continue_nowhere
from worker.provider_reports import ProviderReports, Reports
from worker.wakeups import Waker

#: Up to so many conversations are continued in this process when the intake is empty.
_FEW = 4
#: Bodies taken at once; large ones are limited by their total size.
_BODIES = 64
#: After so many, or so long, the rest goes to a new wake-up: others have their turns, and a worker can be stopped.
_IN_A_ROW, _PATIENCE = 1024, timedelta(seconds=5)


@dataclass(slots=True)
class _Found:
    """The content of a batch of bodies."""

    entries: list[Message | AgentAction] = field(default_factory=list)
    reports: Reports = field(default_factory=Reports)
    dead: list[BodyLetter] = field(default_factory=list)


@dataclass(kw_only=True, eq=False, repr=False)
class IntakeDrainer:
    """Empties the intakes, one shard after the other."""

    run: AsyncRunner
    store: IntakeStore
    mailboxes: MailboxStore
    reports: ProviderReports
    parsers: Mapping[str, BodyParser]
    waker: Waker
    clock: Clock
    new_id: Callable[[], str]
    alarms: Alarms
    gather_for: GatherFor | None = None  #: None: the turns of no message wait
    take_here: Continue = continue_nowhere
    fetch_here: Continue = continue_nowhere
    #: In it the process takes nothing else from tasks.
    undisturbed: Callable[[], AbstractContextManager[None]] = nullcontext
    scopes: Mapping[str, str] = field(default_factory=dict)  #: of the senders that have one

    async def drain(self, shard: int) -> None:
        """Take bodies until none are left or another worker holds the lease.

        It can be interrupted anywhere: the bodies stay until they are settled, and receiving them again changes nothing.
        """
        woken: list[str] = []
        with ExitStack() as at_last:
            at_last.callback(self.waker.turns, woken)  # what an error has left
            await self._drain(shard, woken, at_last)

    async def _drain(self, shard: int, woken: list[str], at_last: ExitStack) -> None:
        """Do this; `woken` are the conversations that are still to be continued."""
        holder, until, bodies = self.new_id(), self.clock.now() + _PATIENCE, 0
        while True:
            taken = await self.run(self.store.take(shard, holder=holder, limit=_BODIES))
            if isinstance(taken, IntakeEmpty | Held):
                return
            found = self._read(taken.bodies)
            await self.reports.note(found.reports, shard, taken.now)
            handled = [body.id for body in taken.bodies]
            bodies += len(handled)
            go_on = bodies < _IN_A_ROW and self.clock.now() < until
            drained = Drained(shard=shard, lease=taken.lease, handled=handled, go_on=go_on, dead=found.dead)
            put = self.mailboxes.receive(found.entries, drained=drained, gather_for=self.gather_for)
            received = await self.run(put)
            woken += received.woken
            if received.fetch:
                self.waker.fetches(self.fetch_here(received.fetch))
            if received.overflowed:
                logger.warning(
                    "{} not stored because their mailboxes are full; dead letters count them",
                    counted(received.overflowed, "message"),
                )
            if isinstance(received.left, Stale):
                return
            _log(found.entries)
            logger.debug(
                "intake read",
                bodies=len(handled),
                entries=received.accepted,
                known=received.duplicates,
                statuses=len(found.reports.statuses),
                unreadable=len(found.dead),
            )
            # Many are shared with other processes; while bodies wait, more messages may come for the same conversations.
            few = received.left == 0 and len(woken) + len(received.gathering) <= _FEW
            for conversation, wait in received.gathering.items():
                self.alarms.set(conversation, wait, here=few)
            self.waker.turns(self.take_here(woken) if few else woken)
            woken.clear()
            if received.left == 0:
                return
            if received.left >= _BODIES:
                at_last.enter_context(self.undisturbed())
            if not drained.go_on:
                self.waker.intake(shard)
                return

    def _read(self, bodies: tuple[Body, ...]) -> _Found:
        found = _Found()
        for body in bodies:
            parsed = self._parse(body)
            found.entries += (self._scoped(message, message.route) for message in parsed.messages)
            found.entries += (self._scoped(echo.action, echo.route) for echo in parsed.echoes)
            found.entries += parsed.actions
            found.reports.statuses += parsed.statuses
            found.reports.news += parsed.news
            found.reports.templates += parsed.templates
            found.dead += [BodyLetter.of(body, broken.raw, broken.why) for broken in parsed.broken]
            for broken in parsed.broken:
                logger.warning(
                    "unreadable part of a {} body moved to the dead letters: {}", body.source[:6], broken.why
                )
            for name, count in parsed.ignored.items():
                logger.debug("ignored {} x {}", count, name)
            found.reports.foreign += parsed.ignored.get(FOREIGN, 0)
            found.reports.ignored.update(
                {name: count for name, count in parsed.ignored.items() if name != FOREIGN}
            )
            if NOT_SHARED in parsed.ignored:
                logger.info("the business shares no history of its phone")
            if TEST in parsed.ignored:
                logger.info(
                    "test request of the provider: the webhook was reached, and the signature is valid"
                )
        return found

    def _scoped(self, entry: Message | AgentAction, route: Route) -> Message | AgentAction:
        scope = self.scopes.get(sender_of(route)) if self.scopes else None
        return entry.model_copy(update={"scope": scope}) if scope else entry

    def _parse(self, body: Body) -> Parsed:
        parser = self.parsers.get(body.source.partition("?")[0].partition("-")[0])
        if parser is None:
            return Parsed(
                broken=(Broken(why=f"unknown channel: {body.source[:20]}", raw=text_of(body.body)),)
            )
        try:
            return parser.parse(body.body, source=body.source, received_at=body.at)
        except Exception as error:  # noqa: BLE001  (one body must not stop the others, whatever is in it)
            logger.opt(exception=error).error("a body could not be parsed")
            return Parsed(
                broken=(Broken(why=f"{type(error).__name__} in the parser", raw=text_of(body.body)),)
            )


def _log(entries: Sequence[Message | AgentAction]) -> None:
    """Log a line for each entry, with which it can be followed; `at` is that of its body in the webhook."""
    for entry in entries:
        what = entry.counted_as if isinstance(entry, Message) else entry.type
        logger.info(
            "{} in the mailbox",
            what,
            message=entry.id,
            conversation=entry.conversation,
            at=entry.received_at,
        )
    late = sum(isinstance(entry, Message) and came_too_late(entry) for entry in entries)
    if late:
        logger.warning(
            "{} came after the customer service window: kept, not answered", counted(late, "message")
        )
