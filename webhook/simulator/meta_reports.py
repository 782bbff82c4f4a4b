"""Meta's webhook bodies about a conversation besides messages: who has it, what was written elsewhere, a wish. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from session.records import Record
from webhook.simulator.inbound import Channel
from webhook.simulator.meta_envelopes import DISPLAY_NUMBER, envelope, seconds_of

#: The usual time between two old messages.
_APART = timedelta(minutes=1)
#: Who had the conversation, and who has it now (Meta, "messaging_handovers webhook reference").
_ROLES = {
    "control_taken": {"previous_owner_role": "ai_agent", "new_owner_role": "escalation"},
    "control_passed": {"previous_owner_role": "escalation", "new_owner_role": "ai_agent"},
}
_Text = Annotated[str, Field(min_length=1)]
_Id = Annotated[str | None, Field(min_length=1)]


class _Report(Record):
    """What all reports have."""

    model_config = ConfigDict(extra="forbid")  # a mistyped field is an error

    channel: Channel = "meta"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the messages in it."""
        return ()

    def with_ids(self, new_id: Callable[[], str]) -> Self:  # noqa: ARG002  (most have no messages)
        """Return the same with an id for each message that has none."""
        return self


class StandbyEcho(_Report):
    """What another app wrote to the customer."""

    field: Literal["standby"]
    text: _Text
    id: _Id = None  #: the same id again is a redelivery

    @property
    def ids(self) -> tuple[str, ...]:
        """The id of the message, if it has one yet."""
        return (self.id,) if self.id else ()

    def with_ids(self, new_id: Callable[[], str]) -> Self:
        """Return the same with an id."""
        return self if self.id else self.model_copy(update={"id": f"wamid.{new_id()}"})

    def change_value(self, customer: str, at: datetime) -> dict[str, Any]:
        """Return the value of the change."""
        said = _said(self.text, self.id, at)
        return {"message_echoes": [{"from": DISPLAY_NUMBER, **_named(customer, "to", "to_user_id"), **said}]}


class Handover(_Report):
    """Another app has the conversation from now on, or no longer."""

    field: Literal["messaging_handovers"]
    type: Literal["control_taken", "control_passed"]

    def change_value(self, customer: str, at: datetime) -> dict[str, Any]:
        """Return the value of the change."""
        sender = {"phone_number": customer} if customer.startswith("+") else {"user_id": customer}
        return {
            "type": self.type,
            "timestamp": seconds_of(at),
            "sender": sender,
            self.type: _ROLES[self.type],
        }


class Preference(_Report):
    """The customer wants no more marketing messages, or wants them again."""

    field: Literal["user_preferences"]
    value: Literal["stop", "resume"]

    def change_value(self, customer: str, at: datetime) -> dict[str, Any]:
        """Return the value of the change."""
        names = _named(customer, "wa_id", "user_id")
        wish = {
            **names,
            "detail": f"User requested to {self.value} marketing messages",
            "category": "marketing_messages",
            "value": self.value,
            "timestamp": int(at.timestamp()),
        }
        contact = {"profile": {"name": "Simulated Customer"}, **names}
        return {"contacts": [contact], "user_preferences": [wish]}


class PastMessage(Record):
    """One message that was written before."""

    model_config = ConfigDict(extra="forbid")

    text: _Text
    by: Literal["customer", "business"] = "customer"
    id: _Id = None
    #: how old it is; by default each is a minute older than the next, and the last one is a minute old
    age_seconds: float | None = Field(None, ge=0, le=400 * 86_400)


class Past(_Report):
    """What was written in a thread before the business connected its number."""

    field: Literal["history"]
    messages: tuple[PastMessage, ...] = Field(min_length=1, max_length=1000)  #: oldest first

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the messages that have one."""
        return tuple(one.id for one in self.messages if one.id)

    def with_ids(self, new_id: Callable[[], str]) -> Self:
        """Return the same with an id for each message that has none."""
        messages = tuple(
            one if one.id else one.model_copy(update={"id": f"wamid.{new_id()}"}) for one in self.messages
        )
        return self.model_copy(update={"messages": messages})

    def change_value(self, customer: str, at: datetime) -> dict[str, Any]:
        """Return the value of the change."""
        told = []
        for place, one in enumerate(self.messages):
            usual = _APART * (len(self.messages) - place)
            age = usual if one.age_seconds is None else timedelta(seconds=one.age_seconds)
            theirs, ours = _named(customer, "from", "from_user_id"), _named(customer, "to", "to_user_id")
            names = theirs if one.by == "customer" else {"from": DISPLAY_NUMBER, **ours}
            context = {"history_context": {"status": "READ"}}
            told.append({**names, **_said(one.text, one.id, at - age), **context})
        thread = {**_named(customer, "id", "user_id"), "messages": told}
        phase = {"phase": 0, "chunk_order": 1, "progress": 100}
        return {"history": [{"metadata": phase, "threads": [thread]}]}


Report = Annotated[StandbyEcho | Handover | Preference | Past, Field(discriminator="field")]


def report_envelope(report: Report, *, customer: str, at: datetime, sender: str) -> dict[str, Any]:
    """Return the body of a report. `customer` is "+" and digits or a business-scoped user id; `sender` a phone_number_id."""
    return envelope(report.change_value(customer, at), sender, field=report.field)


def _named(customer: str, phone: str, user_id: str) -> dict[str, str]:
    return {phone: customer.removeprefix("+")} if customer.startswith("+") else {user_id: customer}


def _said(text: str, id_: str | None, at: datetime) -> dict[str, Any]:
    return {"id": id_, "timestamp": seconds_of(at), "type": "text", "text": {"body": text}}
