"""What a worker knows of message templates: it fits replies to their definitions, and replaces what comes too late."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from loguru import logger

from session.channels import NAMESPACES, PROVIDERS
from session.clock import Clock
from session.messages import Route
from session.outgoing import Render
from session.replies import Reply
from session.store import AsyncRunner, TemplateStore
from session.template_definitions import Definitions
from session.template_fitting import fitted, in_place_of, in_words
from session.templates import Template, UnusableTemplate
from worker.channels.texts import as_text
from worker.senders import AfterWindow, Senders

#: What an operator can do about a reply that comes too late.
ADVICE = "set AFTER_WINDOW_TEMPLATE, or after_window of this sender, to send a message template then"


#: Before a template is refused the definitions are read anew, unless that was done just now.
_REFUSED_AGAIN = timedelta(seconds=1)


@dataclass(kw_only=True, eq=False, repr=False)
class Templates:
    """The definitions as this process knows them. They are read when a reply needs them, at most once in `every`."""

    run: AsyncRunner
    store: TemplateStore
    senders: Senders
    clock: Clock
    render: Render = lambda _, reply: (reply,)  #: raises `UnusableTemplate` for what a channel cannot send
    every: timedelta = timedelta(minutes=1)
    _known: Definitions = field(default_factory=Definitions, init=False)
    _read_at: datetime | None = field(default=None, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def fit(self, route: Route, replies: Sequence[Reply], late: bool) -> list[Reply]:  # noqa: FBT001
        """Return replies with their templates filled in; `late`: the customer service window is over.

        Then free-form replies that follow each other become one template, if the sender has one for that. Raises
        `UnusableTemplate` for a template of a reply that does not fit its definition.
        """
        found: list[Reply] = []
        for is_template, group in groupby(replies, key=lambda reply: reply.template is not None):
            some = list(group)
            if is_template:
                found += [await self._filled(route, reply) for reply in some]
            else:
                replaced = await self.in_place_of(route, some) if late else None
                found += [replaced] if isinstance(replaced, Reply) else some
        return found

    async def in_place_of(self, route: Route, replies: Sequence[Reply]) -> Reply | str:
        """Return the template that says what these free-form replies say; or why there is none, in words."""
        after: AfterWindow | None = self.senders.of(route).after_window
        if after is None:
            return ADVICE
        known = await self.known()
        text = "\n".join(filter(None, (as_text(reply).strip() for reply in replies)))
        definition = known.find(route.channel, after.template, after.language)
        if definition is None and known.covers(route.channel):
            return (
                f"{route.channel} has no template {after.template} ({after.language}), which is set for this"
            )
        try:
            template = in_place_of(text, definition, name=after.template, language=after.language)
            reply = Reply(template=template)
            self.render(route, reply)
        except UnusableTemplate as error:
            return str(error)
        return reply

    async def known(self, *, at_most: timedelta | None = None) -> Definitions:
        """Return the definitions, as they were a minute ago or later; `at_most` is another age. Raises `StoreError`."""
        async with self._reading:
            now = self.clock.now()
            if self._read_at is None or now - self._read_at >= (self.every if at_most is None else at_most):
                self._known = await self.run(self.store.all())
                self._read_at = now
                logger.debug("{} definitions of templates read", len(self._known.known))
            return self._known

    async def _filled(self, route: Route, reply: Reply) -> Reply:
        assert reply.template is not None  # noqa: S101  (the caller has looked)
        try:
            filled = _fitted(route, reply, reply.template, await self.known())
        except UnusableTemplate:
            # It may have been approved, or read, a moment ago: whoever waited for that must not be refused.
            filled = _fitted(route, reply, reply.template, await self.known(at_most=_REFUSED_AGAIN))
        if filled.template:
            self.render(route, filled)
        return filled


def _fitted(route: Route, reply: Reply, template: Template, known: Definitions) -> Reply:
    """Return a reply with its template filled in, or in words where there are none. Raises `UnusableTemplate`."""
    if NAMESPACES[PROVIDERS[route.channel].namespace.name].window is None:
        return in_words(template, known)
    return reply.model_copy(update={"template": fitted(template, known, route.channel)})
