"""Drains the intake: parses raw bodies, puts their messages into the mailboxes, wakes their conversations."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loguru import logger

from session.agent_actions import AgentAction
from session.clock import Clock
from session.dead_letters import BodyLetter, ReplyLetter, StatusLetter
from session.leases import Body, Held, IntakeEmpty, Stale
from session.messages import DeliveryState, Message, Route, Status
from session.pauses import sender_of
from session.printable import counted, mask
from session.records import to_ms
from session.results import Accepted
from session.store import (
    AsyncRunner,
    Drained,
    IntakeStore,
    MailboxStore,
    PauseStore,
    StatusStore,
    TroubleStore,
)
from worker.channels.error_classes import ErrorClass
from worker.channels.gathering import FOREIGN, TEST
from worker.channels.outcomes import AccountNews, Broken, Parsed
from worker.channels.protocols import BodyParser
from worker.channels.reading import text_of
from worker.continuing import Continue, continue_nowhere
from worker.delivery_policy import PROBE_AFTER
from worker.wakeups import Waker

#: Up to so many conversations are continued in this process when the intake is empty.
_FEW = 4
#: Bodies taken at once; large ones are limited by their total size.
_BODIES = 64
#: After so many, or so long, the rest goes to a new wake-up: others have their turns, and a worker can be stopped.
_IN_A_ROW, _PATIENCE = 1024, timedelta(seconds=5)
#: Waiting times before an accepted reply that failed later is sent again; after the last one it is a dead letter.
_AGAIN_AFTER = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=4))


@dataclass(slots=True)
class _Found:
    """The content of a batch of bodies."""

    entries: list[Message | AgentAction] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    foreign: int = 0  #: statuses of messages that others have sent through our senders
    news: list[AccountNews] = field(default_factory=list)
    dead: list[BodyLetter] = field(default_factory=list)


@dataclass(kw_only=True, eq=False, repr=False)
class IntakeDrainer:
    """Empties the intakes, one shard after the other."""

    run: AsyncRunner
    store: IntakeStore
    mailboxes: MailboxStore
    statuses: StatusStore
    pauses: PauseStore
    parsers: Mapping[str, BodyParser]
    class_of: Callable[[Route, str | None], ErrorClass]
    waker: Waker
    clock: Clock
    new_id: Callable[[], str]
    troubles: TroubleStore
    take_here: Continue = continue_nowhere
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
            if found.foreign:
                await self.run(self.statuses.count_foreign(shard, found.foreign))
            await self._note_all(found.statuses, taken.now)
            for news in found.news:
                await self._note_trouble(news, taken.now)
            handled = [body.id for body in taken.bodies]
            bodies += len(handled)
            go_on = bodies < _IN_A_ROW and self.clock.now() < until
            drained = Drained(shard=shard, lease=taken.lease, handled=handled, go_on=go_on, dead=found.dead)
            received = await self.run(self.mailboxes.receive(found.entries, drained=drained))
            woken += received.woken
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
                statuses=len(found.statuses),
                unreadable=len(found.dead),
            )
            # Many are shared with other processes; while bodies wait, more messages may come for the same conversations.
            few = received.left == 0 and len(woken) <= _FEW
            self.waker.turns(self.take_here(woken) if few else woken)
            woken.clear()
            if received.left == 0:
                return
            if received.left >= _BODIES:
                at_last.enter_context(self.undisturbed())
            if not drained.go_on:
                self.waker.intake(shard)
                return

    async def _note_all(self, statuses: Sequence[Status], now: datetime) -> None:
        """Note statuses in their order; those that follow each other without a failure together."""
        others: list[Status] = []
        for status in statuses:
            if status.state is not DeliveryState.FAILED:
                others.append(status)
                continue
            await self.run(self.statuses.note_all(others))
            others = []
            await self._note_failure(status, now)
        await self.run(self.statuses.note_all(others))

    async def _note_failure(self, status: Status, now: datetime) -> None:
        code, words = status.code or "failed", status.words or "the provider gives no reason"
        accepted = await self.run(self.statuses.sent(status))
        if accepted and accepted.of_the_past:
            return
        if accepted and await self._is_sent_again(accepted, status):
            logger.warning("failed at the provider, will be sent again: {} {}", code, mask(words))
            return
        sent = accepted.delivery if accepted else None
        letter = (
            ReplyLetter.of(sent, f"{code}: {words}", now)
            if sent
            else StatusLetter.of(status, f"{code}: {words}", now)
        )
        if not await self.run(self.statuses.note(status, dead=letter)):
            return
        logger.error("failed at the provider: {} {}", code, mask(words))
        match self.class_of(sent.route, status.code) if sent else None:
            case ErrorClass.STOP if sent:
                await self.run(
                    self.pauses.pause(sent.route, until=now + PROBE_AFTER, code=code, words=words, needs=1)
                )
                logger.critical("sender {} is paused, replies wait: {}", sender_of(sent.route), code)
            case ErrorClass.OPT_OUT:
                await self.run(self.pauses.opt_out(status.conversation))

    async def _is_sent_again(self, accepted: Accepted, status: Status) -> bool:
        """Put a reply back that may succeed later, unless a newer one was sent, because order matters more."""
        sent = accepted.delivery
        if self.class_of(sent.route, status.code) is not ErrorClass.RETRY or len(sent.failed_as) >= len(
            _AGAIN_AFTER
        ):
            return False
        wait = _AGAIN_AFTER[len(sent.failed_as)]
        return await self.run(self.statuses.send_again(accepted, status, wait=wait))

    async def _note_trouble(self, news: AccountNews, now: datetime) -> None:
        trouble = news.trouble.model_copy(update={"at": to_ms(now), "words": mask(news.trouble.words)})
        if await self.run(self.troubles.note(trouble, over=news.over)):
            about, what = trouble.about, f"{trouble.code} {trouble.words}".strip()
            if news.over:
                logger.info("{}: the provider has withdrawn its warning {}", about, what)
            else:
                logger.warning(
                    "{}: warning of the provider: {} ({}); see inturn channels list",
                    about,
                    what,
                    trouble.kind,
                )

    def _read(self, bodies: tuple[Body, ...]) -> _Found:
        found = _Found()
        for body in bodies:
            parsed = self._parse(body)
            found.entries += (self._scoped(message, message.route) for message in parsed.messages)
            found.entries += (self._scoped(echo.action, echo.route) for echo in parsed.echoes)
            found.entries += parsed.actions
            found.statuses += parsed.statuses
            found.news += parsed.news
            found.dead += [BodyLetter.of(body, broken.raw, broken.why) for broken in parsed.broken]
            for broken in parsed.broken:
                logger.warning(
                    "unreadable part of a {} body moved to the dead letters: {}", body.source[:6], broken.why
                )
            for name, count in parsed.ignored.items():
                logger.debug("ignored {} x {}", count, name)
            found.foreign += parsed.ignored.get(FOREIGN, 0)
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
