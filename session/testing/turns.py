"""One turn with any history, and records to search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from session.conversations import conversation_of
from session.messages import Message
from session.models import HistoryEntry, Member, Role, Session, new_session
from session.testing.messages import CUSTOMER, NOW, messages_of
from session.turn import Catalogue, SearchBudget, Turn

#: Time until the next search is allowed when none is left.
WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class Records:
    """A catalogue that always finds the same records, and stores the queries.

    It replaces the operator's own (`CATALOGUE`). The concierge needs a loaded one: `worker.assistants.catalogue.open_catalogue`.
    """

    found: Sequence[Any] = ()
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  #: kind, query, filters

    def __call__(self, kind: str, query: str, /, **filters: Any) -> Sequence[Any]:
        """Return the records."""
        self.asked.append((kind, query, filters))
        return self.found


def turn(
    *said: str | Message,
    history: Sequence[str | HistoryEntry] = (),
    known: Mapping[str, Any] | None = None,
    language: str | None = None,
    member: Member | None = None,
    kind: str = "",
    catalogue: Catalogue | None = None,
    searches_left: int = 30,
    customer: str = CUSTOMER,
    now: datetime = NOW,
    session: Session | None = None,
) -> Turn:
    """Return a turn with new messages of a customer, at least one text or message.

    A `history` of texts alternates between customer and assistant, beginning with the customer. `known` are facts from
    earlier turns. `session` replaces the new session; the other arguments change it.
    """
    messages = messages_of(said, customer)
    session = session or new_session(conversation_of(customer), id="s", now=now, agent_id="default")
    before = [_said(n, one, now) for n, one in enumerate(history)]
    new = [
        HistoryEntry(role=Role.USER, content=one.text or f"[{one.kind}]", timestamp=now, message_id=one.id)
        for one in messages
    ]
    context = session.context
    session = session.change(
        route=session.route or messages[-1].route,
        member=member or session.member,
        message_count=session.message_count + len(messages),
    ).change_context(
        message_history=(*context.message_history, *before, *new),
        extracted_info=context.extracted_info.updated(dict(known or {})),
        language=language or context.language,
    )
    return Turn(
        session=session,
        messages=messages,
        now=now,
        budget=SearchBudget(left=searches_left, again_in=WINDOW),
        kind=kind,
        catalogue=catalogue,
    )


def _said(number: int, said: str | HistoryEntry, now: datetime) -> HistoryEntry:
    if isinstance(said, HistoryEntry):
        return said
    role = Role.ASSISTANT if number % 2 else Role.USER
    return HistoryEntry(role=role, content=said, timestamp=now, message_id=f"old.{number}")
