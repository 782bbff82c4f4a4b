"""The session: the stored state of a conversation. Pure; `machine` decides how it changes."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from session.bounds import LONGEST_TEXT, bounded
from session.content_parts import Kind
from session.conversations import conversation_of, customer_of, namespace_of, scope_of
from session.facts import KnownFacts, json_length
from session.history import HistoryEntry, Role, is_more_than_text, newest
from session.marketing import Marketing
from session.messages import Referral, Route
from session.policy import Policy
from session.records import Instant, Kept, Moment, Ms, Record

#: Characters of JSON: what one search was about.
MOST_ENTITIES = 8_192


class State(StrEnum):
    """The state of a session."""

    NEW = "NEW"  # new, no message taken yet
    ACTIVE = "ACTIVE"  # the assistant answers
    WAITING_AGENT = "WAITING_AGENT"  # an agent answers, the assistant is silent
    IDLE = "IDLE"  # quiet since the idle time-out
    CLOSED = "CLOSED"  # over; the next message begins a new session


class SearchEntry(Record):
    """One search that counted."""

    query: str
    timestamp: Instant
    intent: str | None = None
    entities: dict[str, Any] = Field(default_factory=dict)
    result_count: int = 0


class Member(Record):
    """The member record of the customer."""

    user_id: str
    name: str
    role: str


class Offered(Record):
    """An option that the customer selects by number, where a channel has nothing to tap."""

    kind: Kind  #: the kind of the tap: BUTTON or CHOICE
    id: str
    title: str
    description: str | None = None


class Context(Record):
    """History, searches and known facts."""

    message_history: tuple[HistoryEntry, ...] = ()  #: oldest first
    search_history: tuple[SearchEntry, ...] = ()  #: oldest first
    extracted_info: KnownFacts = Field(default_factory=KnownFacts)
    intent: str | None = None  #: current intent or topic
    language: str | None = None  #: "en", "ar", "franco"
    offered: tuple[Offered, ...] | None = None  #: options of the last reply, in the order of the numbers
    offered_at: int | None = None  #: ms since the epoch; earlier messages cannot refer to them


class CampaignMark(Record):
    """The row of a campaign that was said last, until the customer writes."""

    row: str  #: "<campaign>:<number>"
    at: Ms  #: ms since the epoch, when it had its turn


class Waiting(Record):
    """What is known of a wait for a person, besides since when."""

    handed_over: bool = False  #: the assistant has asked for a person, and none has answered since
    said_when: bool = False  #: and has told the customer when one comes
    told: bool = False  #: a message that waits was acknowledged
    open: tuple[str, ...] = ()  #: ids of the messages that nobody has answered, oldest first

    def and_also(self, other: "Waiting") -> "Waiting":
        """Return what is known of two waits that become one: what was said in either, and what is open in either."""
        return Waiting(
            handed_over=self.handed_over or other.handed_over,
            said_when=self.said_when or other.said_when,
            told=self.told or other.told,
            open=tuple(dict.fromkeys((*self.open, *other.open))),
        )


class Notices(Record):
    """Until when the customer has been told about a limit, so that it is announced once in a window (ms)."""

    messages_until: Ms = 0


class Session(Kept):
    """The state of one conversation until it is closed."""

    id: str
    customer_id: str
    scope: str = ""  #: scope of the sender, where several businesses share a deployment
    agent_id: str  #: the agent who took over or answered last; before that DEFAULT_AGENT_ID, or the sender's `agent`
    state: State = State.NEW
    created_at: Moment
    last_activity: Moment
    message_count: int = 0  #: messages of the customer that were taken into turns
    search_count: int = 0
    member: Member | None = None
    route: Route | None = None  #: of the customer's latest message; None: the customer has not written yet
    profile_name: str | None = None
    referral: Referral | None = None  #: the ad that brought the customer most recently
    moved_from: str | None = None  #: the number, or id, that the customer had before it changed
    #: end of the customer service window, after which no free-form reply may be sent; None: the customer has not written
    #: yet, or the namespace has no window
    window_until: Moment | None = None
    escalation: str | None = None  #: why it waits for an agent
    held_by: str | None = None  #: the agent who has taken it over; no other agent may answer
    waiting_since: Moment | None = None  #: since when the customer waits for an agent's answer; None: no wait
    wait: Waiting | None = None  #: what is known of that wait
    decide_by: Moment | None = (
        None  #: until when a person may decide what the assistant has asked; None: nothing is open
    )
    amendment: str | None = None  #: id of the latest change from outside a turn
    #: what the customer wishes about marketing messages, as it was when the session was read; stored beside it
    marketing: Marketing | None = Field(None, exclude=True)
    campaign: CampaignMark | None = None
    notices: Notices = Field(default_factory=Notices)
    format: int | None = None  #: format of the record, see `records.FORMAT`; None is the first
    #: the last field: the sweep reads a record up to here
    context: Context = Field(default_factory=Context)

    @property
    def needs_format(self) -> int:
        """The first format that has everything that is in it."""
        history = self.context.message_history
        if any(one.role is Role.TIMER or (one.full and one.full.kind is Kind.TEMPLATE) for one in history):
            return 3
        return 2 if self.referral or any(map(is_more_than_text, history)) else 1

    @property
    def conversation(self) -> str:
        """The conversation of the session."""
        return conversation_of(self.customer_id, self.scope)

    def expires_at(self, policy: Policy) -> datetime:
        """Return when the record expires if nothing more happens."""
        return self.last_activity + policy.keep_for

    def takes_free_form(self, now: datetime) -> bool:
        """Whether a free-form reply may be sent: the customer service window is open, or the namespace has none."""
        if namespace_of(self.customer_id).window is None:
            return True
        return self.window_until is not None and self.window_until > now

    def revised(self, **fields: Any) -> Self:
        """Return a copy with other values, validated.

        Raises `TypeError` for an unknown field, `pydantic.ValidationError` for an invalid value.
        """
        if unknown := fields.keys() - type(self).model_fields.keys():
            raise TypeError(f"a session has no field {', '.join(sorted(unknown))}")
        return type(self).model_validate(self.model_dump() | fields)

    def change(self, **fields: Any) -> Self:
        """Return a copy with other values, not validated."""
        return self.model_copy(update=fields)

    def change_context(self, **fields: Any) -> Self:
        """Return a copy with other values in its context, not validated."""
        return self.model_copy(update={"context": self.context.model_copy(update=fields)})

    def with_entry(self, said: HistoryEntry, policy: Policy) -> Self:
        """Return a copy with another history entry; the history keeps the newest entries, and what nobody has answered.

        An entry of the business ends the earlier options.
        """
        if len(said.text) > LONGEST_TEXT:
            said = said.model_copy(update={"text": bounded(said.text), "cut": True})
        still_open = self.wait.open if self.wait else ()
        entries = (*self.context.message_history, said)
        history = newest(entries, policy.message_history, still_open=still_open)
        if said.role in (Role.USER, Role.TIMER):
            return self.change_context(message_history=history)
        return self.change_context(message_history=history, offered=None, offered_at=None)

    def with_facts(self, model: type[KnownFacts], changes: dict[str, Any]) -> Self:
        """Return a copy with changed known facts. Raises what `KnownFacts.updated_as` raises."""
        return self.change_context(extracted_info=self.context.extracted_info.updated_as(model, changes))

    def with_search(self, entry: SearchEntry, policy: Policy) -> Self:
        """Return a copy with another counted search; a long query is cut, large entities are left out."""
        fits = json_length(entry.entities) <= MOST_ENTITIES
        entry = entry.model_copy(
            update={"query": bounded(entry.query), "entities": entry.entities if fits else {}}
        )
        history = (*self.context.search_history, entry)[-policy.search_history :]
        return self.change_context(search_history=history).change(search_count=self.search_count + 1)


def new_session(conversation: str, *, id: str, now: datetime, agent_id: str) -> Session:  # noqa: A002
    """Return a new session."""
    return Session(
        id=id,
        customer_id=customer_of(conversation),
        scope=scope_of(conversation),
        agent_id=agent_id,
        created_at=now,
        last_activity=now,
    )


class Statistics(Record):
    """Some figures of one session."""

    state: State
    messages: int
    searches: int
    age: timedelta
    idle_for: timedelta
    expires_in: timedelta | None  #: time until the record expires
