"""Reads events as they stand in a stream. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

from session import delivery_events, events, merge_events, timer_events
from session.event_values import Event
from session.records import moment_of
from session.template_events import TemplateChanged

#: The field by which a stored event is recognised; the first one that it has decides.
_RECOGNISED_BY: tuple[tuple[str, type[Event]], ...] = (
    ("forgotten", events.CustomerForgotten),
    ("unreadable", events.RecordsSetAside),
    ("revived", events.LetterRevived),
    ("overflow", events.MailboxOverflowed),
    ("rang", timer_events.TimersRang),
    ("door", events.SignInNoted),
    ("trouble", events.TroubleNoted),
    ("template_change", TemplateChanged),
    ("early", events.RepliesQueuedEarly),
    ("action", events.ActionTaken),
    ("moved", merge_events.ConversationMoved),
    ("merged", merge_events.ConversationsMerged),
    ("received", events.MessagesTaken),
    ("sent", delivery_events.ReplySent),
    ("failed", delivery_events.ReplyFailed),
    ("cancelled", delivery_events.ReplyCancelled),
    ("status", delivery_events.StatusNoted),
    ("unknown", delivery_events.SendInDoubt),
    ("consent", events.OptOutNoted),
    *((name, events.SessionChanged) for name in events.SessionChanged.model_fields),
)


def from_fields(fields: Mapping[str, str]) -> events.AnyEvent:
    """Return a stored event."""
    found = next((kind for name, kind in _RECOGNISED_BY if name in fields), None)
    if found is None:
        return events.UnknownEvent(readable=True)
    try:
        return cast("events.AnyEvent", found.model_validate(fields))
    except ValueError:
        return events.UnknownEvent(readable=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """An event as it stands in a stream."""

    shard: int = 0
    id: str = "0-0"  #: in the stream of its shard
    at: int  #: ms since the epoch, when it was written
    conversation: str = ""  #: "" if it names no customer
    event: events.AnyEvent
    fields: dict[str, str]  #: all of it, as it stands

    @classmethod
    def of(cls, fields: dict[str, str], *, shard: int = 0, id: str = "0-0") -> Self:  # noqa: A002
        """Return the entry of a stream."""
        return cls(
            shard=shard,
            id=id,
            at=moment_of(id, fields.get("at", "")),
            conversation=fields.get("conversation", ""),
            event=from_fields(fields),
            fields=fields,
        )
