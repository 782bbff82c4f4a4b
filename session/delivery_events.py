"""What became of a reply, as events. Pure; a part of `events`."""

from session.event_values import Event, Flag, Names, Number, Since


class ReplySent(Event):
    """The provider accepted a reply, which has left its outbox."""

    delivery: str
    sent: str  #: the provider's id; "" if only a status says so
    settled_by: str | None = None  #: "status" if a status said what the send did not
    resent: Flag = False  #: an earlier send may have arrived as well
    channel: str = "unknown"
    queued: Since = ()  #: when it was queued, in ms
    came: Number = 0  #: when the oldest message that it answers was stored, in ms
    template: str | None = None  #: the name of the message template, if it is one


class ReplyFailed(Event):
    """A reply has left its outbox and will not be sent."""

    delivery: str
    failed: str  #: the provider's code and words, or those of the delivery policy
    channel: str = "unknown"
    queued: Since = ()
    came: Number = 0
    template: str | None = None  #: the name of the message template, if it is one


class ReplyCancelled(Event):
    """A takeover cancelled a reply of the assistant, which has left its outbox."""

    delivery: str = ""
    cancelled: Names
    channel: str = "unknown"
    queued: Since = ()
    came: Number = 0
    template: str | None = None  #: the name of the message template, if it is one


class SendInDoubt(Event):
    """The connection broke during a send; the reply stays first in its outbox."""

    delivery: str
    unknown: Flag


class StatusNoted(Event):
    """A provider reported the progress of a reply."""

    delivery: str
    status: str  #: a `DeliveryState`
    code: str | None = None
    words: str | None = None
    again: Flag = False  #: it failed after all, and is sent again
    queued: Since = ()
    price: str | None = None  #: the class of its price as the provider names it, a `Price`
    billed: str | None = None  #: the same, with the first status that says that it arrived
    cost: str | None = None  #: what that costs by the rate card, a `Cost`; with `billed`, as the following
    country: str | None = None  #: of the customer, ISO 3166-1
    sender: str | None = None  #: the sender of the business
    assistant: str | None = None  #: the assistant that answers there
