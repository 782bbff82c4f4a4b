"""Selects the Content template that shows a reply with buttons, a list or a link, and fills it. Pure.

The limits are those of Twilio's content types quick-reply, list-picker and call-to-action, sent in session without
approval. Nothing is shortened: what does not fit is no content.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from session.replies import Reply, Row
from worker.channels.reading import list_at, object_at
from worker.channels.texts import options_of, units

BODY_LIMIT = 1024
#: Of a call to action.
LINK_BODY_LIMIT = 640
BUTTON_TITLE_LIMIT = 20
ROW_TITLE_LIMIT = 24
ROW_DESCRIPTION_LIMIT = 72
ID_LIMIT = 200
#: Of every variable: error 21658.
VARIABLE_LIMIT = 1600

#: What Twilio refuses in a variable (error 21656), and what it could take for another variable.
_UNFIT = re.compile(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]| {5}|\{\{|[\ud800-\udfff]")


#: The type of the template for a shape, and where it has its options.
_TYPES = {
    "buttons": ("twilio/quick-reply", "actions"),
    "list": ("twilio/list-picker", "items"),
    "link": ("twilio/call-to-action", "actions"),
}


@dataclass(frozen=True, slots=True)
class Content:
    """A template and its variables, in their order: {{1}} is the body; or, of a message template, by name."""

    sid: str
    values: tuple[str, ...] = ()
    by_name: Mapping[str, str] | None = None

    @property
    def variables(self) -> str:
        """The variables as Twilio takes them, JSON."""
        numbered = {str(number): value for number, value in enumerate(self.values, start=1)}
        named = numbered if self.by_name is None else dict(self.by_name)
        return json.dumps(named, ensure_ascii=False)


def content_of(reply: Reply, sids: Mapping[str, str]) -> Content | None:
    """Return the content that shows a reply; None if it has no options and no link, or does not fit.

    `sids` has the sid of the template for a shape, see `session.channels.twilio.contents_in`.
    """
    options = options_of(reply)
    if not sids or reply.media or not (options or reply.link):
        return None
    if reply.link:
        host = urlsplit(reply.link.url).netloc
        start = f"https://{host}/"
        path = reply.link.url.removeprefix(start) if reply.link.url.startswith(start) else ""
        return _content(sids.get(f"link-{host}"), (reply.text, LINK_BODY_LIMIT), (path, VARIABLE_LIMIT))
    if not _are_distinct(options):
        return None
    body = (reply.text, BODY_LIMIT)
    if reply.menu is None:
        taps = [pair for row in options for pair in ((row.title, BUTTON_TITLE_LIMIT), (row.id, ID_LIMIT))]
        return _content(sids.get(f"buttons-{len(options)}"), body, *taps)
    if reply.buttons:
        return None
    rows = [
        pair
        for row in options
        for pair in (
            (row.title, ROW_TITLE_LIMIT),
            (row.id, ID_LIMIT),
            (row.description or "", ROW_DESCRIPTION_LIMIT),
        )
    ]
    return _content(sids.get(f"list-{len(options)}"), body, (reply.menu.button, BUTTON_TITLE_LIMIT), *rows)


def wrong_with(shape: str, template: Mapping[str, Any]) -> str | None:
    """Return why a template, as Twilio describes it, cannot show what its shape says; None if it can."""
    name, _, number = shape.partition("-")
    type_, options = _TYPES[name]
    types = object_at(template, "types")
    if type_ not in types:
        return f"the template is {', '.join(types) or 'of no type'}, not {type_}"
    count = len(list_at(object_at(types, type_), options))
    wanted = 1 if name == "link" else int(number)
    return None if count == wanted else f"the template has {count} {options}, not {wanted}"


def _content(sid: str | None, *values: tuple[str, int]) -> Content | None:
    if sid is None or not all(_fits(value, limit) for value, limit in values):
        return None
    return Content(sid, tuple(value for value, _ in values))


def _fits(value: str, limit: int) -> bool:
    return bool(value.strip()) and units(value) <= limit and not _UNFIT.search(value)


def _are_distinct(options: Sequence[Row]) -> bool:
    return len({row.id for row in options}) == len({row.title for row in options}) == len(options)
