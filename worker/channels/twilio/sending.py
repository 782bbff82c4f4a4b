"""Writes the form of a send to Twilio, from values only."""

from collections.abc import Callable

from session.messages import Delivery
from worker.channels.reading import wellformed
from worker.channels.twilio.messages import bare
from worker.channels.twilio.statuses import callback_for

#: A messaging service picks the sender among its own; its sid begins so.
_SERVICE = "MG"


def form_of(
    delivery: Delivery,
    *,
    sender: str,
    status_callback: str | None,
    hide: Callable[[str], str] = str,
) -> dict[str, str]:
    """Return what `POST …/Messages.json` takes for one rendered reply; `sender` is used for a route that names none."""
    sender = bare(delivery.route.sender) or sender
    form = {
        "To": delivery.route.address,
        **(
            {"MessagingServiceSid": sender} if sender.startswith(_SERVICE) else {"From": f"whatsapp:{sender}"}
        ),
        "Body": delivery.reply.text,
    }
    if status_callback:
        form["StatusCallback"] = callback_for(
            status_callback, conversation=hide(delivery.conversation), delivery=delivery.id
        )
    return {name: wellformed(value) for name, value in form.items()}
