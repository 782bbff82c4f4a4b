"""Conversations as the API shows them. Pure: sessions become answers."""

from collections.abc import Callable
from typing import Any

from session.content_parts import Media
from session.contents import readable
from session.models import Session
from session.pauses import sender_of
from session.records import from_ms
from session.results import ConversationSnapshot
from webhook.api.answers import Conversation, ConversationSummary, HistoryFile, HistoryItem
from webhook.desk.listing import name_of
from webhook.desk.transcript import TranscriptMessage, transcript

#: Returns where a kept file can be fetched, None if it cannot.
AddressOf = Callable[[Media], str | None]
#: What a content says beside its kind, its text and its files, which stand beside it.
_BESIDE = {"kind", "text", "media"}


def summary_of(session: Session, id_: str) -> ConversationSummary:
    """Return a session as a list shows it; `id_` is the pseudonym of its conversation."""
    return ConversationSummary(**_summary(session, id_))


def conversation_with(
    session: Session, snapshot: ConversationSnapshot, id_: str, address_of: AddressOf
) -> Conversation:
    """Return a session with its history."""
    said = (one for one in transcript(session, snapshot) if isinstance(one, TranscriptMessage))
    return Conversation(
        **_summary(session, id_),
        opted_out=snapshot.opted_out,
        marketing=session.marketing.wish if session.marketing else None,
        language=session.context.language,
        known=session.context.extracted_info.stored(),
        messages=session.message_count,
        history=[_item(one, address_of) for one in said if not one.pending],
    )


def _summary(session: Session, id_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "customer": session.customer_id,
        "scope": session.scope,
        "name": name_of(session) or None,
        "state": session.state,
        "sender": sender_of(session.route) if session.route else None,
        "held_by": session.held_by,
        "waiting_since": session.waiting_since,
        "escalation": session.escalation,
        "created_at": session.created_at,
        "last_activity": session.last_activity,
        "window_until": session.window_until,
    }


def _item(said: TranscriptMessage, address_of: AddressOf) -> HistoryItem:
    content = said.content
    media: tuple[Media, ...] = getattr(content, "media", ())
    return HistoryItem.model_validate(
        {
            "id": said.id,
            "role": said.role,
            "by": said.by or None,
            "at": from_ms(said.at),
            "kind": content.kind,
            "text": readable(content),
            "content": content.model_dump(mode="json", exclude=_BESIDE, exclude_none=True),
            "files": [_file(one, address_of) for one in media],
            "state": said.state,
            "edited_at": said.edited_at,
            "deleted_at": said.deleted_at,
        }
    )


def _file(medium: Media, address_of: AddressOf) -> HistoryFile:
    return HistoryFile(
        mime_type=medium.mime_type,
        filename=medium.filename,
        size=medium.size,
        url=address_of(medium) if medium.stored else None,
        words=medium.words,
    )
