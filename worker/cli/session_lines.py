"""What `inturn sessions` says of a session, and of its history. Pure."""

from collections.abc import Sequence
from typing import Any

from session.content_parts import Kind
from session.conversations import short_name
from session.history import HistoryEntry
from session.models import Session
from session.printable import visible
from session.records import from_ms
from session.timers import Planned


def planned_as_json(plan: Planned) -> dict[str, Any]:
    """Return a timer, or an approval that is open, as JSON."""
    return {
        "name": plan.name,
        "at": plan.at.isoformat(timespec="seconds"),
        "text": plan.text,
        "payload": plan.payload,
        "untilTakeover": plan.until_takeover,
        **({"asks": True} if plan.asks else {}),
        "outlivesClose": plan.outlives_close,
    }


def name_of(session: Session) -> str:
    """Return the customer as the commands take it."""
    return short_name(session.conversation)


def summary_of(session: Session) -> dict[str, Any]:
    """Return what a session is, without its history."""
    ad = session.referral and (session.referral.headline or session.referral.source_url)
    return {
        "customerId": session.customer_id,
        **({"scope": session.scope} if session.scope else {}),
        "state": session.state.value,
        "agentId": session.agent_id,
        "createdAt": session.created_at.isoformat(timespec="seconds"),
        "lastActivity": session.last_activity.isoformat(timespec="seconds"),
        "messageCount": session.message_count,
        "searchCount": session.search_count,
        **({"ad": ad} if ad else {}),
        **marketing_of(session),
    }


def marketing_of(session: Session) -> dict[str, Any]:
    """Return what the customer wishes about marketing messages; nothing if that is not known."""
    wish = session.marketing
    return {"marketing": f"{wish.wish} since {from_ms(wish.at):%Y-%m-%d %H:%M:%S}"} if wish else {}


def line_of(said: HistoryEntry) -> str:
    """Return an entry of the history as text: when, who, what a text alone does not say, and the text."""
    return f"{said.timestamp:%H:%M:%S} {said.role:>9}{_marks(said)}: {visible(said.text, lines=True)}"


def with_states(session: dict[str, Any], history: Sequence[HistoryEntry]) -> dict[str, Any]:
    """Return the JSON of a session whose replies have the `state` of their delivery, as far as it is known."""
    states = {said.message_id: said.state for said in history if said.state}
    for said in session["context"]["messageHistory"]:
        if state := states.get(said["messageId"]):
            said["state"] = state
    return session


def _marks(said: HistoryEntry) -> str:
    """Return the marks before the text: so no text looks like them."""
    # That of a timer is its role.
    kind = said.full.kind if said.full and said.full.kind is not Kind.TIMER else None
    marks = [said.agent, kind, "forwarded" if said.forwarded else None]
    marks += ["edited" if said.edited_at else None, "deleted" if said.deleted_at else None, said.state]
    marks += [one.emoji for one in said.reactions or ()]
    found = ", ".join(visible(mark) for mark in marks if mark)
    return f" ({found})" if found else ""
