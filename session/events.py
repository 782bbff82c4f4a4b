"""Events: what happened, as the stream `events` of a shard keeps it. Pure.

class              is recognised by the field  written by                                  its fields come from
-----------------  --------------------------  ------------------------------------------  --------------------------
CustomerForgotten  forgotten                   forget_customer.lua                         the script, and the action
RecordsSetAside    unreadable                  set_aside.lua                               the script
LetterRevived      revived                     revive_letter.lua                           store/dead.py
MailboxOverflowed  overflow                    receive.lua                                 the script
SignInNoted        door                        note_sign_in.lua                            webhook/desk
TroubleNoted       trouble                     note_trouble.lua                            store/senders.py
TemplateChanged    template_change             note_template.lua                           store/templates.py
RepliesQueuedEarly early                       say_now.lua                                 store/running_turns.py
ActionTaken        action                      commit_turn.lua                             agent_rules.py
ConversationMoved  moved                       commit_turn.lua                             merging.py
ConversationsMerged merged                     commit_turn.lua                             merging.py
MessagesTaken      received                    commit_turn.lua                             turn_result.py
ReplySent          sent                        settle_delivery.lua                         worker/delivery_policy.py
ReplyFailed        failed                      settle_delivery.lua                         worker/delivery_policy.py
ReplyCancelled     cancelled                   settle_delivery.lua                         worker/delivery_policy.py
StatusNoted        status                      note_statuses.lua, send_again.lua           store/statuses.py
SendInDoubt        unknown                     postpone_delivery.lua                       store/outbox.py
OptOutNoted        consent                     opt_out.lua                                 store/senders.py
TimersRang         rang                        ring_timers.lua                             the script
SessionChanged     created, state, kept        update_session.lua, time_out_sessions.lua   optimistic_updates.py
UnknownEvent       none of them                another release, or it cannot be read

A stored event also has `conversation` (unless it names no customer) and `at`, the time in ms: see `EventRecord`. A field
without a value is absent. Releases read each other's events: unknown fields are ignored.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from session.delivery_events import ReplyCancelled, ReplyFailed, ReplySent, SendInDoubt, StatusNoted
from session.event_values import Event, Flag, MaybeExpiry, MaybeTransition, Names, Number, Times
from session.merge_events import ConversationMoved, ConversationsMerged
from session.template_events import TemplateChanged
from session.timer_events import ChangesTimers, TimersRang

#: The reason in the event of a reply that is not sent: after an opt-out, and marketing after the wish for none.
OPTED_OUT = "the customer has opted out"
NO_MARKETING = "the customer wishes no marketing messages"


class MessagesTaken(ChangesTimers):
    """A turn took messages of a customer."""

    received: Names  #: the ids of the messages, oldest first
    asked: Names = ()  #: those of earlier turns that nobody had answered, and about which the assistant is asked now
    kinds: Names = ()  #: the kind of each
    channels: Names = ()  #: the channel of each
    came: Times = ()  #: when each was stored
    refused: Number = 0  #: how many of them were from a non-member
    escalated: str | None = None  #: why the assistant asked for an agent
    closed: str | None = None  #: why the assistant closed the session
    created: str | None = None  #: the id of the session that began
    state: MaybeTransition = None
    replied: Names = ()  #: the ids of the deliveries that were queued
    queued: Number = 0  #: when, in ms
    interrupted: Flag = False  #: an agent took over, or a STOP came, before the assistant had answered
    budget: str | None = None  #: whose budget was used up when it began, a `Whose`
    consent: str | None = None  #: "out" or "in"
    answers: str | None = None  #: the row of a campaign that the customer has answered, "<campaign>:<row>"
    limited: Number = 0  #: messages above the limit
    late: Number = 0  #: messages that came after their customer service window, and are not answered
    searched: Number = 0  #: searches that were counted
    unqueued: Number = 0  #: replies that did not fit into the outbox
    kept: MaybeExpiry = None  #: the session record from now on
    was: MaybeExpiry = None  #: the session record before


class RepliesQueuedEarly(Event):
    """An early reply was queued, before its turn ended."""

    early: Names  #: the ids of its deliveries
    queued: Number  #: when, in ms


class ActionTaken(ChangesTimers):
    """A turn took an agent action."""

    received: Names = ()  #: the id of the action
    kinds: Names = ()
    channels: Names = ()
    came: Times = ()
    action: str  #: an `AgentActionType`
    action_id: str = ""
    by: str | None = None  #: the agent; None for the system itself
    declined: str | None = None  #: why it had no effect, a `Declined`
    approval: str | None = None  #: the name of the approval that was decided
    approved: str | None = None  #: "yes" or "no"
    wish: str | None = None  #: what the customer wishes about marketing messages: "stop" or "resume"
    created: str | None = None  #: the id of the session that older messages have created
    state: MaybeTransition = None
    closed: str | None = None
    escalated: str | None = None  #: why the assistant asked for an agent, at a time-out or a decision
    searched: Number = 0  #: searches that were counted, at a time-out or a decision
    unqueued: Number = 0  #: replies that did not fit into the outbox, the same
    interrupted: Flag = (
        False  #: an agent took over, or a STOP came, before the assistant had answered, at a time-out
    )
    asked: Names = ()  #: messages that nobody had answered, and about which the assistant is asked now
    waited: Number = 0  #: for how long the customer had waited for this first answer of a person, in ms
    replied: Names = ()
    queued: Number = 0
    kept: MaybeExpiry = None
    was: MaybeExpiry = None


class SessionChanged(ChangesTimers):
    """A session changed outside of a turn: by the session library, or by an idle time-out."""

    created: str | None = None
    state: MaybeTransition = None
    closed: str | None = None
    escalated: str | None = None
    kept: MaybeExpiry = None
    was: MaybeExpiry = None


class OptOutNoted(ChangesTimers):
    """A provider reported that the customer has opted out there; after a STOP `MessagesTaken` says so."""

    consent: str  #: "out"


class RecordsSetAside(Event):
    """Unreadable records became dead letters."""

    unreadable: Names  #: where each was, a `Place`
    came: Times = ()  #: of the mailbox entries among them
    queued: Times = ()  #: of the deliveries among them
    was: MaybeExpiry = None  #: the session record, if it was one of them


class LetterRevived(Event):
    """A dead letter was put back."""

    revived: str  #: its kind
    came: Times = ()
    queued: Times = ()


class CustomerForgotten(Event):
    """All keys of a customer were removed; the event does not name the customer."""

    forgotten: Flag
    was: MaybeExpiry = None
    came: Times = ()  #: the mailbox entries that were removed
    queued: Times = ()  #: the deliveries that were removed
    action: str | None = None
    action_id: str | None = None
    by: str | None = None

    def by_whom(self) -> dict[str, str]:
        """Return the fields that the script does not know: the agent action that asked for it."""
        return self.model_dump(include={"action", "action_id", "by"}, exclude_none=True)


class MailboxOverflowed(Event):
    """A mailbox was full; a dead letter counts what it did not take."""

    overflow: Number  #: the most messages that wait


class TroubleNoted(Event):
    """A provider reported a problem with an account or a sender, or its end."""

    trouble: str  #: its kind
    about: str = Field(alias="line")
    code: str = ""
    over: Flag = False
    words: str | None = None


class SignInNoted(Event):
    """Somebody signed in at the desk, tried to, or signed out."""

    what: Literal["in", "refused", "out"] = Field(alias="door")
    by: str | None = None  #: the agent
    address: str = ""  #: the network


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent:
    """An event of another release, or one that cannot be read."""

    readable: bool  #: False if it has a field of a known event, and a value of it is invalid


AnyEvent = (
    MessagesTaken
    | RepliesQueuedEarly
    | ActionTaken
    | ConversationMoved
    | ConversationsMerged
    | SessionChanged
    | ReplySent
    | ReplyFailed
    | ReplyCancelled
    | SendInDoubt
    | OptOutNoted
    | StatusNoted
    | RecordsSetAside
    | LetterRevived
    | CustomerForgotten
    | MailboxOverflowed
    | TimersRang
    | TroubleNoted
    | TemplateChanged
    | SignInNoted
    | UnknownEvent
)
