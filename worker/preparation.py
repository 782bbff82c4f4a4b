"""What is done to replies before they are queued: templates are filled in, and files are put into the media store."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from session.fewer_messages import in_fewer
from session.messages import Route
from session.models import Session
from session.outgoing import Render
from session.replies import Reply
from worker.senders import Senders

#: Returns the replies to a conversation with their files in the media store.
KeepFiles = Callable[[str, Sequence[Reply]], Awaitable[list[Reply]]]
#: Fills in the templates of replies on a route; with True the customer service window is over.
FitTemplates = Callable[[Route, Sequence[Reply], bool], Awaitable[list[Reply]]]


async def as_they_are(_route: Route, replies: Sequence[Reply], _late: bool) -> list[Reply]:  # noqa: FBT001
    """Return the replies: nothing is known of templates."""
    return list(replies)


def joined(
    senders: Senders,
    render: Render,
    must_merge: bool,  # noqa: FBT001  (a partial function of the other two)
    route: Route,
    replies: Sequence[Reply],
) -> Sequence[Reply]:
    """Return the replies of a turn as they are said on a route: in fewer messages, unless its sender says otherwise.

    `must_merge` says whether that does not matter, because a budget is used up.
    """
    if len(replies) > 1 and (must_merge or senders.joins_replies(route)):
        return in_fewer(replies, partial(render, route), even_separate=must_merge)
    return replies


def is_over(session: Session, now: datetime) -> bool:
    """Whether the customer service window is over that the customer has opened."""
    return session.window_until is not None and session.window_until <= now


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Prepares the replies of a turn."""

    keep_files: KeepFiles
    fit_templates: FitTemplates = as_they_are

    async def of(
        self, conversation: str, replies: Sequence[Reply], *, route: Route, late: bool
    ) -> list[Reply]:
        """Return replies as they are queued; `late`: the customer service window is over.

        A plain reply that is not late costs nothing. Raises `UnusableTemplate`, `UnusableFile` or `MediaStoreError`.
        """
        if late or any(reply.template for reply in replies):
            replies = await self.fit_templates(route, replies, late)
        return await self.keep_files(conversation, replies)
