"""Shows a Content template as the customer would see it, and rejects what Twilio would reject. Pure.

The simulated account has the templates that the settings name, made as `docs/providers.md` says.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from session.replies import Button, Row
from session.template_definitions import parameters_in, put_in
from webhook.simulator.ledger import SentContent, SentMedia
from webhook.simulator.rejections import Rejection
from webhook.simulator.templates import Definition, as_content, sid_of

_VARIABLE_LIMIT = 1600
_BODY_LIMIT = 1024
_LINK_BODY_LIMIT = 640
_LABEL_LIMIT = 20
_ID_LIMIT = 200
_ROW_LIMITS = (24, _ID_LIMIT, 72)

#: How Twilio refuses a template that may not be sent.
_STATUSES = {"paused": 63041, "disabled": 63042, "rejected": 63040, "pending": 63040}

#: In words as the documentation of error 21656 names them.
_UNFIT = re.compile(r"[\n\r\t]| {5}")


def content_from(
    form: Mapping[str, str], sids: Mapping[str, str], templates: Sequence[Definition] = ()
) -> SentContent | Rejection:
    """Return what `ContentSid` and `ContentVariables` show; `sids` has the sid of each shape, and of named templates."""
    shape = next((shape for shape, sid in sids.items() if sid == form["ContentSid"]), "")
    for one in templates:
        named = {f"{one['name']}.{one['language']}", one["name"]}
        if sid_of(one) == form["ContentSid"] or shape in named:
            return _template(as_content(one), form.get("ContentVariables", ""))
    if "-" not in shape:
        return Rejection(http=400, code=21655, message="The ContentSid is Invalid")
    limits = tuple(_limits(shape))
    values = _values(form.get("ContentVariables", ""), len(limits))
    if values is None:
        return Rejection(http=400, code=21656, message="The Content Variables parameter is invalid")
    if any(len(value) > _VARIABLE_LIMIT for value in values):
        return Rejection(http=400, code=21658, message="A Content Variable is too long")
    if any(len(value) > limit for value, limit in zip(values, limits, strict=True)):
        return Rejection(http=400, code=21656, message="The Content Variables parameter is invalid")
    return _shown(shape, values)


def _template(content: dict[str, Any], written: str) -> SentContent | Rejection:
    """Return what a message template shows."""
    parts, approval = content["types"]["whatsapp/card"], content["approval_requests"]
    if code := _STATUSES.get(approval["status"]):
        return Rejection(http=400, code=code, message=f"Template {approval['status']}")
    names = parameters_in(json.dumps(parts))
    try:
        values = json.loads(written or "{}")
    except ValueError:
        values = None
    fits = isinstance(values, dict) and all(isinstance(value, str) for value in values.values())
    if not fits or set(names) - set(values):
        return Rejection(http=400, code=21656, message="The Content Variables parameter is invalid")
    links = [one for one in parts["actions"] if "url" in one]
    taps = [one for one in parts["actions"] if "id" in one]
    media = [SentMedia(kind="media", link=put_in(one, values)) for one in parts.get("media", [])]
    return SentContent(
        type="template",
        template=approval["name"],
        text=put_in(parts["body"], values),
        header=put_in(parts.get("header_text", ""), values) or None,
        footer=parts.get("footer"),
        media=media[0] if media else None,
        buttons=tuple(Button(id=one["id"], title=one["title"]) for one in taps),
        link=Button(id=put_in(links[0]["url"], values), title=links[0]["title"]) if links else None,
    )


def _limits(shape: str) -> Iterator[int]:
    kind, _, rest = shape.partition("-")
    if kind == "link":
        yield from (_LINK_BODY_LIMIT, _VARIABLE_LIMIT)
    elif kind == "list":
        yield from (_BODY_LIMIT, _LABEL_LIMIT, *_ROW_LIMITS * int(rest))
    else:
        yield from (_BODY_LIMIT, *(_LABEL_LIMIT, _ID_LIMIT) * int(rest))


def _values(written: str, count: int) -> tuple[str, ...] | None:
    """Return the values of the variables 1 to `count`; None if Twilio would refuse them."""
    try:
        named = json.loads(written)
    except ValueError:
        return None
    if not isinstance(named, dict) or set(named) != {str(n) for n in range(1, count + 1)}:
        return None
    values = tuple(named[str(n)] for n in range(1, count + 1))
    fit = all(isinstance(value, str) and value.strip() and not _UNFIT.search(value) for value in values)
    return values if fit else None


def _shown(shape: str, values: tuple[str, ...]) -> SentContent:
    kind, _, rest = shape.partition("-")
    body, *more = values
    if kind == "link":
        # The title is the template's own, which the simulator does not know.
        link = Button(id=f"https://{rest}/{more[0]}", title=rest)
        return SentContent(type="content", text=body, link=link)
    if kind == "list":
        opens, *cells = more
        rows = zip(cells[::3], cells[1::3], cells[2::3], strict=True)
        shown = tuple(Row(title=title, id=id_, description=description) for title, id_, description in rows)
        return SentContent(type="content", text=body, opens=opens, rows=shown)
    buttons = tuple(Button(title=title, id=id_) for title, id_ in zip(more[::2], more[1::2], strict=True))
    return SentContent(type="content", text=body, buttons=buttons)
