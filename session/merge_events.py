"""The events of a merge of two conversations of one customer. Pure; a part of `events`."""

from session.event_values import Event, Flag, MaybeExpiry, MaybeTransition, Names, Times
from session.timer_events import ChangesTimers


class ConversationMoved(Event):
    """A conversation ended because its customer is known by another name: everything of it goes there."""

    moved: str  #: the other name, masked
    received: Names = ()  #: the id of the merge
    kinds: Names = ()
    channels: Names = ()
    came: Times = ()
    leaves: Times = ()  #: when the deliveries were queued that go as well
    was: MaybeExpiry = None


class ConversationsMerged(ChangesTimers):
    """A conversation took in another one of its customer."""

    merged: str  #: the other name, masked
    received: Names = ()  #: the id of the merge
    kinds: Names = ()
    channels: Names = ()
    came: Times = ()
    changed: Flag = False  #: the number or id has changed, the other name is not used any more
    missing: Flag = False  #: nothing came, although it was waited for; a dead letter says so
    state: MaybeTransition = None
    replied: Names = ()  #: the ids of the deliveries that came
    comes: Times = ()  #: when they were queued
    dropped: Names = ()  #: the ids of those that will not be sent: a takeover or a STOP cancelled them
    consent: str | None = None  #: "out" if the customer had opted out there
    kept: MaybeExpiry = None
    was: MaybeExpiry = None
