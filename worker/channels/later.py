"""What the code of a status asks for that says of an accepted message that it has failed."""

from worker.channels.error_classes import ErrorClass
from worker.channels.meta import errors as meta
from worker.channels.twilio import errors as twilio

_TABLES = {"meta": meta.action_of, "twilio": twilio.action_of}


def action_of(channel: str, code: str | None) -> ErrorClass:
    """Return what a code asks for on a channel; an unknown one has failed for good."""
    return _TABLES[channel](code) if channel in _TABLES else ErrorClass.REJECT
