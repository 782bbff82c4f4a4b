"""Replies that have waited until their customer service window was over: a message template is sent in their place."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from session.history import Role, entry
from session.messages import Delivery
from session.models import Session
from session.outgoing import said_in
from session.policy import Policy
from session.reading import read_session
from session.replies import Reply
from session.results import Updated
from session.store import AsyncRunner, SessionStore
from worker.delivery_policy import Attempt, Decision, Wait, too_late
from worker.templates import Templates

#: How long a reply waits for a turn that is in progress.
_TURN = timedelta(seconds=2)


@dataclass(kw_only=True, eq=False, repr=False)
class LateReplies:
    """Replaces them. The history says so first: whatever is killed then, it says what is sent, and not what is not."""

    run: AsyncRunner
    templates: Templates
    sessions: SessionStore
    policy: Policy

    async def instead_of(self, attempt: Attempt, now: datetime) -> Attempt | Decision:
        """Return the attempt to send a template instead; or what becomes of the reply if that is not possible, or not now."""
        delivery = attempt.delivery
        found = await self.templates.in_place_of(delivery.route, [delivery.reply])
        if not isinstance(found, Reply):
            return too_late(delivery, found, now)
        delivery = delivery.model_copy(update={"reply": found, "window_until": 0})
        if not await self._is_said(delivery, now):
            return Wait(wait=_TURN, attempts=attempt.number - 1, doubts=attempt.doubts)
        return replace(attempt, delivery=delivery)

    async def _is_said(self, delivery: Delivery, now: datetime) -> bool:
        """Whether the history says it; False while a turn is in progress."""
        raw, _ = await self.run(self.sessions.read(delivery.conversation, now=now))
        session = read_session(raw, delivery.conversation) if raw else None
        if not isinstance(session, Session):
            return True  # there is no history, or none that can be read
        after = with_it(session, delivery, now, self.policy)
        if after == session:
            return True
        return isinstance(await self.run(self.sessions.update(after, was=raw)), Updated)


def with_it(session: Session, delivery: Delivery, now: datetime, policy: Policy) -> Session:
    """Return a session whose history says what a delivery says, in the place of what was to be said."""
    content, history = said_in(delivery.reply), session.context.message_history
    role = Role.AGENT if delivery.by_agent else Role.ASSISTANT
    if not any(one.message_id == delivery.id for one in history):
        return session.with_entry(entry(role, content, at=now, id=delivery.id), policy)
    changed = tuple(
        entry(one.role, content, at=one.timestamp, id=one.message_id, agent=one.agent)
        if one.message_id == delivery.id
        else one
        for one in history
    )
    return session.change_context(message_history=changed)
