"""Edits, deletions and reactions: what a customer does to earlier messages. Pure."""

from collections.abc import Mapping

from session.content_parts import Kind
from session.history import change_entry, deleted, edited, heard, reacted, with_quoted
from session.messages import Message
from session.models import Session
from session.policy import Policy


def changed(
    session: Session, answer: list[Message], change: Message, policy: Policy, ids: Mapping[str, str]
) -> tuple[Session, list[Message]]:
    """Return the session and the messages to answer after an edit, a deletion or a reaction."""
    history = session.context.message_history
    match change.kind:
        case Kind.REACTION:
            after = change_entry(history, change, reacted, ids, own=False)
        case Kind.REVOKE:
            after = change_entry(history, change, deleted, ids)
            answer = [one for one in answer if one.id != change.reply_to]
        case Kind.EDIT:
            after = change_entry(history, change, edited, ids)
            answer = [
                one.model_copy(update={"content": change.edit_of(one.content), "cut": change.cut})
                if one.id == change.reply_to
                else one
                for one in answer
            ]
            if after is None:
                # Its original is not known any more; what it says must not be lost.
                said = edited(heard(with_quoted(change, history, ids)), change)
                return session.with_entry(said, policy), answer
        case _:
            return session, answer
    return session if after is None else session.change_context(message_history=after), answer
