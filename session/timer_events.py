"""What events tell of timers. Pure; a part of `events`."""

from session.event_values import Event, Names, Number


class ChangesTimers(Event):
    """An event that may change timers of the conversation."""

    timers_set: Names = ()  #: the names of those that the assistant has set, or replaced
    approvals_asked: Names = ()  #: the names of the approvals that it has asked for; in what follows they are timers
    timers_gone: Names = ()  #: the names of those that were cancelled
    timers_moved: Names = ()  #: the names of those that had rung outside the hours of the sender, and ring again later
    timers_void: Number = 0  #: messages of timers that had been cancelled or replaced since they rang


class TimersRang(Event):
    """Timers were due: their messages are in the mailbox."""

    rang: Names  #: their names, in order
