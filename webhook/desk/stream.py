"""Tells open pages what changes: server-sent events. There are no names in them, and no texts."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from session.errors import StoreError
from webhook.desk.agents import Agent
from webhook.desk.feed import ANYTHING, Listener
from webhook.desk.parts import Desk
from webhook.desk.visits import Visit
from webhook.serving.environ import STREAMS_APART

#: Seconds between two signs of life: so soon it is known that a page is gone, and its thread ends.
_ALIVE = 10.0
#: A stream ends after this time and the page opens another, which is asked again who it is.
_LASTS = timedelta(minutes=5)
#: Milliseconds after which a page opens a stream that broke again.
_AGAIN = 2000


def stream(routes: Blueprint, desk: Desk) -> None:
    """Add GET /stream?page=..., an event `change` whenever conversations change; 503 where no more pages may listen."""

    @routes.get("/stream")
    def stream() -> ResponseReturnValue:
        page = f"{g.visit.cookie}|{request.args.get('page', '')[:40]}"
        # Another server would give a stream one of the threads that everybody waits for.
        listener = desk.feed.listen(page) if STREAMS_APART in request.environ else None
        if listener is None:
            return "", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "30"}
        response = Response(_told(desk, listener, g.visit), mimetype="text/event-stream")
        # A proxy that collects what it passes on would make it late.
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(lambda: desk.feed.leave(page, listener))
        return response


def _told(desk: Desk, listener: Listener, visit: Visit) -> Iterator[str]:
    until = desk.clock.now() + _LASTS
    yield f"retry: {_AGAIN}\nevent: hello\ndata: {{}}\n\n"
    while desk.clock.now() < until:
        news = listener.wait(_ALIVE)
        agent = _still_there(desk, visit)
        if listener.ended or agent is None:
            return
        seen = [name for name in news if name == ANYTHING or agent.covers(name)]
        yield _written(desk, seen) if seen else ": still here\n\n"


def _still_there(desk: Desk, visit: Visit) -> Agent | None:
    """Return who listens; None once they have signed out, or may not be here any more. Not known is no."""
    try:
        found = desk.visits.of(visit.cookie)
    except StoreError:
        return None
    return found.agent if found else None


def _written(desk: Desk, news: list[str]) -> str:
    hide = desk.secrets.pseudonyms.encode
    shown = {"conversations": [hide(name) for name in news if name != ANYTHING], "anything": ANYTHING in news}
    return f"event: change\ndata: {json.dumps(shown)}\n\n"
