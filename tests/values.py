"""The values that tests are made of: a customer, a message, a session, a delivery."""

from datetime import datetime
from typing import Any

from session import Reply, Session, testing
from session.agent_actions import AgentAction, AgentActionType
from session.content_parts import Kind
from session.conversations import conversation_of
from session.events import MessagesTaken
from session.messages import Delivery, Message
from session.models import new_session
from session.records import Kept, to_ms
from session.testing import CUSTOMER, ROUTE
from session.turn_result import TurnResult
from tests.clocks import START

CONVERSATION = conversation_of(CUSTOMER)
OTHER = conversation_of("+919840930854")
#: Kinds that only the business sends.
OF_BUSINESS = frozenset({Kind.OPTIONS, Kind.LINK, Kind.LOCATION_REQUEST, Kind.FLOW, Kind.TEMPLATE})


def message(id: str = "wamid.1", text: str = "hello", **fields: Any) -> Message:  # noqa: A002
    return testing.message(text, id=id, **fields)


def action(
    action_type: AgentActionType | str = AgentActionType.TAKE_OVER, *, agent: str = "mona", **fields: Any
) -> AgentAction:
    action_type = AgentActionType(action_type)
    fields = {"id": f"a.{action_type}.{agent}", "customer": CUSTOMER, "received_at": to_ms(START)} | fields
    return AgentAction(type=action_type, agent=agent, **fields)


def delivery(id: str = "t1.0", text: str = "hello yourself", *, conversation: str = CONVERSATION) -> Delivery:  # noqa: A002
    return Delivery(
        id=id, conversation=conversation, route=ROUTE, reply=Reply(text=text), queued_at=to_ms(START)
    )


def session(customer: str = CUSTOMER, *, now: datetime = START, **fields: Any) -> Session:
    return new_session(customer, id="s1", now=now, agent_id="default").change(**fields)


def turn_result(consumed: int = 1, *, replies: tuple[Delivery, ...] = (), **fields: Any) -> TurnResult:
    fields = {"session": session(route=ROUTE), "event": MessagesTaken(received=())} | fields
    return TurnResult(consumed=consumed, deliveries=replies, **fields)


def read_back(one: Any) -> Any:
    """Return a record as it is read back from Redis. The format is that of the record, and not of what is in it."""
    read = type(one).model_validate_json(one.to_json().encode("utf-8"))
    return read.model_copy(update={"format": None}) if isinstance(one, Kept) else read
