"""Notes what providers report besides messages: statuses of deliveries, and warnings about accounts and senders."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from loguru import logger

from session.dead_letters import ReplyLetter, StatusLetter
from session.messages import Delivery, DeliveryState, Status
from session.pauses import sender_of
from session.printable import mask
from session.records import to_ms
from session.results import Accepted
from session.store import AsyncRunner, PauseStore, StatusStore, TroubleStore
from session.template_definitions import TemplateChange
from worker.channels.error_classes import ErrorClass
from worker.channels.outcomes import AccountNews
from worker.delivery_policy import PROBE_AFTER
from worker.price_table import NO_PRICES, PriceTable
from worker.refusals import Refusals

#: Waiting times before an accepted reply that failed later is sent again; after the last one it is a dead letter.
_AGAIN_AFTER = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=4))
#: Failures that tell something beyond their own reply.
_TELLING = frozenset(ErrorClass) - {ErrorClass.RETRY, ErrorClass.REJECT, ErrorClass.DOUBT}


@dataclass(slots=True)
class Reports:
    """What a batch of bodies reports."""

    statuses: list[Status] = field(default_factory=list)
    foreign: int = 0  #: statuses of messages that others have sent through our senders
    ignored: Counter[str] = field(default_factory=Counter)  #: other parts of which nothing is kept, by name
    news: list[AccountNews] = field(default_factory=list)
    templates: list[TemplateChange] = field(default_factory=list)


@dataclass(kw_only=True, eq=False, repr=False)
class ProviderReports:
    """Writes what was reported, and carries out what a failure demands."""

    run: AsyncRunner
    statuses: StatusStore
    pauses: PauseStore
    troubles: TroubleStore
    class_of: Callable[[str, str | None], ErrorClass]  #: of a code of a channel
    refusals: Refusals
    note_failure: Callable[[Delivery, str | None], Awaitable[None]]  #: tells the channel of a delivery
    prices: PriceTable = NO_PRICES
    assistant_of: Callable[[str], str] = lambda _: ""  #: the name of who answers at a sender
    tell_hooks: Callable[[str], None] = lambda _: None  #: that an event of a conversation is written

    async def note(self, found: Reports, shard: int, now: datetime) -> None:
        """Note everything of a batch; `shard` is that of its intake. To do it again changes nothing but what is only counted."""
        if found.foreign or found.ignored:
            await self.run(self.statuses.count_ignored(shard, found.ignored, foreign=found.foreign))
        if found.statuses:
            await self._note_all([self._priced(status, now) for status in found.statuses], now)
            for status in found.statuses:
                self.tell_hooks(status.conversation)
        for news in found.news:
            await self._note_trouble(news, now)
        for change in found.templates:
            await self.refusals.change(change)

    def _priced(self, status: Status, now: datetime) -> Status:
        return self.prices.priced(status, now, self.assistant_of(status.sender))

    async def _note_all(self, statuses: Sequence[Status], now: datetime) -> None:
        """Note statuses in their order; those that follow each other without a failure together."""
        for failed, several in groupby(statuses, lambda status: status.state is DeliveryState.FAILED):
            if not failed:
                await self.run(self.statuses.note_all(list(several)))
                continue
            for status in several:
                await self._note_failure(status, now)

    async def _note_failure(self, status: Status, now: datetime) -> None:
        code, words = status.code or "failed", status.words or "the provider gives no reason"
        accepted = await self.run(self.statuses.sent(status))
        if accepted and accepted.of_the_past:
            return
        if accepted and await self._is_sent_again(accepted, status):
            logger.warning("failed at the provider, will be sent again: {} {}", code, mask(words))
            return
        sent = accepted.delivery if accepted else None
        if sent:
            await self.note_failure(sent, status.code)
        tells = self.class_of(sent.route.channel if sent else status.sender.partition(":")[0], status.code)
        if tells in _TELLING:
            # Before it is noted: if this process dies in between, it is done again.
            if not await self.run(self.statuses.is_new(status)):
                return
            await self._carry_out(tells, status, sent, words, now)
        letter = (
            ReplyLetter.of(sent, f"{code}: {words}", now)
            if sent
            else StatusLetter.of(status, f"{code}: {words}", now)
        )
        if await self.run(self.statuses.note(status, dead=letter)):
            logger.error("failed at the provider: {} {}", code, mask(words))

    async def _carry_out(
        self, tells: ErrorClass, status: Status, sent: Delivery | None, words: str, now: datetime
    ) -> None:
        """Do what a failure demands beyond its own reply. Of one that comes late only what concerns the customer is known."""
        code = status.code or ""
        match tells:
            case ErrorClass.OPT_OUT:
                await self.run(self.pauses.opt_out(sent.conversation if sent else status.conversation))
            case ErrorClass.STOP if sent:
                await self.run(
                    self.pauses.pause(sent.route, until=now + PROBE_AFTER, code=code, words=words, needs=1)
                )
                logger.critical("sender {} is paused, replies wait: {}", sender_of(sent.route), code)
            case ErrorClass.NO_MARKETING if not sent:
                told = status.delivery or status.provider_id
                await self.refusals.stops_marketing(status.conversation, told, status.at or to_ms(now))
            case _ if sent:
                await self.refusals.note(sent, tells, words, now)

    async def _is_sent_again(self, accepted: Accepted, status: Status) -> bool:
        """Put a reply back that may succeed later, unless a newer one was sent, because order matters more."""
        sent = accepted.delivery
        if self.class_of(sent.route.channel, status.code) is not ErrorClass.RETRY or len(
            sent.failed_as
        ) >= len(_AGAIN_AFTER):
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
