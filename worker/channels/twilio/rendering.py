"""Fits a reply to what a WhatsApp message can carry through Twilio: text alone, outside of approved templates."""

from session.messages import Reply
from worker.channels.options import as_text, in_parts

#: Twilio refuses a longer `Body` with error 21617. In UTF-16 code units, see `splitting`.
TEXT_LIMIT = 1600


def render(reply: Reply) -> tuple[Reply, ...]:
    """Return the reply as texts within the limit, at least one; options become numbered lines below it.

    Twilio can quote no message, so `reply_to` is dropped.
    """
    return in_parts(reply.model_copy(update={"reply_to": None}), as_text(reply), TEXT_LIMIT)
