"""What a customer can do while a person is awaited, and what nobody has answered by then. Pure."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from session.content_parts import Kind
from session.contents import Tap
from session.history import HistoryEntry, Role
from session.messages import Message
from session.models import Session, State, Waiting
from session.records import MS, to_ms

#: The id of the button that brings the assistant back.
BACK = "back_to_the_assistant"
#: What is written within this time, in ms, is one question: many people write five short messages instead of one.
_TOGETHER: Final = timedelta(minutes=1) // MS
#: More questions are asked together with the last one: a model takes seconds for each.
_MOST: Final = 5


def wants_nobody_back(_text: str) -> bool:
    """Return False: no text brings the assistant back."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class WhileWaiting:
    """What may happen while a customer waits for a person, and nobody has the conversation."""

    #: whether the whole meaning of a text is that the assistant shall come back
    wants_back: Callable[[str], bool] = wants_nobody_back
    assists: bool = False  #: the assistant is asked meanwhile
    #: a budget is used up: the assistant cannot come back, and nothing more is said
    used_up: bool = False


#: Nothing is said meanwhile.
ONLY_WAITS = WhileWaiting()


def waits_for_nobody(session: Session) -> bool:
    """Whether a person is awaited, and nobody has the conversation yet."""
    return session.state is State.WAITING_AGENT and session.held_by is None


def is_back_button(message: Message) -> bool:
    """Whether a message is the tap on the button that brings the assistant back."""
    return isinstance(message.content, Tap) and message.content.payload == BACK


def brings_back(message: Message, how: WhileWaiting) -> bool:
    """Whether a message brings the assistant back."""
    return is_back_button(message) or (message.kind is Kind.TEXT and how.wants_back(message.text))


def with_open(session: Session, ids: Iterable[str], *, most: int, told: bool = False) -> Session:
    """Return a session with messages that wait for an answer, `most` at most; `told` if they are acknowledged."""
    wait = session.wait or Waiting()
    waiting = tuple(dict.fromkeys((*wait.open, *ids)))[-most:]
    return session.change(wait=wait.model_copy(update={"open": waiting, "told": wait.told or told}))


def without_open(session: Session, ids: Iterable[str]) -> Session:
    """Return a session after messages have been answered while a person is awaited."""
    if session.wait is None:
        return session
    answered = frozenset(ids)
    left = tuple(one for one in session.wait.open if one not in answered)
    return session.change(wait=session.wait.model_copy(update={"open": left}))


def open_messages(session: Session) -> tuple[Message, ...]:
    """Return the messages that nobody has answered, oldest first, as far as the history still has them."""
    wanted = frozenset(session.wait.open if session.wait else ())
    return tuple(
        _as_message(one, session)
        for one in session.context.message_history
        if one.role is Role.USER and one.message_id in wanted and one.deleted_at is None
    )


def questions(
    answer: Sequence[Message], received: Collection[str], begins: Collection[str] = ()
) -> tuple[tuple[Message, ...], ...]:
    """Return messages as the questions that the assistant is asked one by one: what was open in its order, then what was received.

    `received` are the ids of the messages of this turn. What is open and was written in one go is one question; one of `begins`,
    with which a turn began that has kept steps, begins one, so that its steps are found.
    """
    asked: list[tuple[Message, ...]] = []
    for one in answer:
        if one.id in received:
            continue
        together = asked and one.sent_at - asked[-1][-1].sent_at < _TOGETHER and one.id not in begins
        if together or len(asked) == _MOST:
            asked[-1] = (*asked[-1], one)
        else:
            asked.append((one,))
    new = tuple(one for one in answer if one.id in received)
    return (*asked, new) if new else tuple(asked)


def _as_message(said: HistoryEntry, session: Session) -> Message:
    assert session.route is not None  # noqa: S101  (the customer has written)
    at = to_ms(said.timestamp)
    return Message(
        id=said.message_id,
        customer=session.customer_id,
        scope=session.scope,
        route=session.route,
        content=said.content,
        sent_at=at,
        received_at=at,
        name=session.profile_name,
        reply_to=said.quoted.id if said.quoted else None,
        quoted=said.quoted,
        forwarded=said.forwarded,
        cut=bool(said.cut),
    )
