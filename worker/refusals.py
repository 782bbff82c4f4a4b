"""What a refused message tells beyond itself: that its customer wants no marketing, or that its template is paused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from loguru import logger

from session.agent_actions import AgentAction, AgentActionType
from session.conversations import customer_of, scope_of
from session.marketing import Marketing
from session.messages import Delivery
from session.printable import mask
from session.records import to_ms
from session.store import AsyncRunner, MailboxStore, TemplateStore
from session.template_definitions import TemplateChange
from worker.channels.error_classes import ErrorClass

#: The status of a template after a refusal of this class.
_STATUSES = {ErrorClass.PAUSED: "PAUSED", ErrorClass.DISABLED: "DISABLED"}


@dataclass(kw_only=True, eq=False, repr=False)
class Refusals:
    """Keeps what refusals tell. To do it again changes nothing."""

    run: AsyncRunner
    mailboxes: MailboxStore
    templates: TemplateStore
    wake_turns: Callable[[Sequence[str]], object]

    async def note(self, delivery: Delivery, tells: str, words: str, now: datetime) -> None:
        """Note what the class of a refusal tells about a delivery; most tell nothing."""
        if tells == ErrorClass.NO_MARKETING:
            await self.stops_marketing(delivery.conversation, delivery.id, to_ms(now))
        elif (
            status := _STATUSES.get(ErrorClass(tells) if tells else ErrorClass.REJECT)
        ) and delivery.reply.template:
            template = delivery.reply.template
            change = TemplateChange(
                account=template.account or f"{delivery.route.channel}:unknown",
                name=template.name,
                language=template.language,
                what="status",
                after=status,
                why=mask(words),
            )
            await self.change(change)

    async def change(self, change: TemplateChange) -> None:
        """Note a change of a template, with its event."""
        if await self.run(self.templates.note(change)):
            log = logger.info if change.after == "APPROVED" else logger.warning
            log("template {} ({}): its {} is {} now", change.name, change.language, change.what, change.after)

    async def stops_marketing(self, conversation: str, delivery: str, at: int) -> None:
        """Keep the wish that a refusal of a delivery tells, like one that the provider reports by itself: it takes its turn.

        `at` is when it was refused, in ms since the epoch.
        """
        wish = AgentAction(
            type=AgentActionType.PREFERENCE,
            id=f"{AgentActionType.PREFERENCE}:stop:{delivery}",
            customer=customer_of(conversation),
            scope=scope_of(conversation),
            received_at=at,
            marketing=Marketing(wish="stop", at=at),
        )
        received = await self.run(self.mailboxes.receive([wish]))
        self.wake_turns(received.woken)
