"""Fewer messages for the replies of a turn, because a provider may bill each of them. Pure."""

from collections.abc import Callable, Sequence

from session.replies import Reply

#: Returns the messages that carry a reply.
Rendered = Callable[[Reply], Sequence[Reply]]

#: Between two texts that become one.
_PARAGRAPH = "\n\n"


def in_fewer(replies: Sequence[Reply], render: Rendered, *, even_separate: bool = False) -> list[Reply]:
    """Return the replies with each text joined to what follows it, wherever that needs fewer messages; the order is kept.

    Another text follows after a blank line. What follows with options, a link, a form or a picture gets the text into its
    body or caption. `render` knows the limits of the channel. A reply that is `separate` stays alone unless `even_separate`.
    """
    said: list[Reply] = []
    for reply in replies:
        joined = _joined(said[-1], reply, even_separate=even_separate) if said else None
        if joined and len(render(joined)) < len(render(said[-1])) + len(render(reply)):
            said[-1] = joined
        else:
            said.append(reply)
    return said


def _joined(first: Reply, second: Reply, *, even_separate: bool) -> Reply | None:
    """Return two replies as one, None if the first is more than a text, or the second is not said like the first."""
    is_text = first.is_plain and first.text.strip() and not (first.buttons or first.menu)
    if not is_text or second.template or ((first.separate or second.separate) and not even_separate):
        return None
    # A quote stands above everything that a message says.
    if second.reply_to not in (None, first.reply_to):
        return None
    text = _PARAGRAPH.join(filter(None, (first.text.strip(), second.text.strip())))
    return second.model_copy(update={"text": text, "reply_to": first.reply_to})
