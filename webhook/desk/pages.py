"""The list, the search, and the stream that tells open pages of changes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from session.errors import StoreError
from session.models import Session
from session.records import from_ms
from webhook.desk import shown_contents, shown_files
from webhook.desk.agent_sessions import AgentSession
from webhook.desk.agents import Agent
from webhook.desk.conversation_lists import ConversationList, search, tab_of
from webhook.desk.feed import ANYTHING, Listener
from webhook.desk.listing import Tab, initials, name_of
from webhook.desk.media import source_of
from webhook.desk.services import DeskServices
from webhook.desk.transcript_notes import TranscriptNote
from webhook.serving.environ import STREAMS_APART

#: Characters of a query; people rarely remember more of a text.
_LONGEST_QUERY = 100
#: Colours of the round pictures, see the style sheet.
_HUES = 8
#: Seconds between two signs of life in a stream. When one cannot be sent, the page is gone and its thread ends.
_ALIVE = 10.0
#: A stream ends after this time. The page opens another one, whose agent session is checked again.
_STREAM_LASTS = timedelta(minutes=5)
#: Milliseconds after which a page opens a broken stream again.
_REOPEN_AFTER = 2000


def add_pages(routes: Blueprint, desk: DeskServices) -> None:
    """Add GET /, POST /search and GET /stream, and the functions of all templates."""

    @routes.get("/")
    def listed() -> ResponseReturnValue:
        return render_template("list.html", **list_values(desk), refresh=True)

    @routes.get("/search")
    def no_search() -> ResponseReturnValue:
        return redirect(url_for("desk.listed"))

    @routes.post("/search")
    def search_() -> ResponseReturnValue:
        # A POST, because a URL with a number or a text would be logged by proxies.
        query = request.form.get("query", "").strip()[:_LONGEST_QUERY]
        if not query:
            return redirect(url_for("desk.listed"), HTTPStatus.SEE_OTHER)
        scope = _scope(request.form.get("scope"))
        listing = search(
            desk.run,
            g.store,
            query,
            agent=g.agent.name,
            scope=scope,
            now=desk.clock.now(),
            country=desk.country,
        )
        values = _beside(desk, listing) | {"tab": None, "scope": scope, "query": query, "refresh": False}
        return render_template("list.html", **values)

    @routes.get("/stream")
    def stream() -> ResponseReturnValue:
        page = f"{g.session.cookie}|{request.args.get('page', '')[:40]}"
        # Other servers would give a stream one of the threads that all requests share.
        listener = desk.feed.listen(page) if STREAMS_APART in request.environ else None
        if listener is None:
            return "", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "30"}
        response = Response(_events(desk, listener, g.session), mimetype="text/event-stream")
        # nginx must not buffer the events.
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(lambda: desk.feed.leave(page, listener))
        return response

    @routes.context_processor
    def functions() -> dict[str, object]:
        return {
            "pseudonym_of": lambda session: desk.secrets.pseudonyms.encode(session.conversation),
            "name_of": name_of,
            "initials": initials,
            "hue_of": lambda session: sum(session.customer_id.encode()) % _HUES,
            "minutes_since": lambda at: int((desk.clock.now() - at).total_seconds() // 60),
            "moment": from_ms,
            "is_note": lambda entry: isinstance(entry, TranscriptNote),
            "new_id": desk.new_id,
            "tabs": list(Tab),
            "shown": shown_contents,
            "shown_files": shown_files,
            "source_of": partial(source_of, desk),
        }


def list_values(desk: DeskServices, of: Session | None = None) -> dict[str, Any]:
    """Return the values of the template of the list, beside the conversation `of` if there is one."""
    try:
        tab = Tab(request.args.get("tab", ""))
    except ValueError:
        tab = Tab.WAITING
    scope = _scope(request.args.get("scope"))
    listing = tab_of(desk.run, g.store, tab, agent=g.agent.name, scope=scope, now=desk.clock.now())
    here = {"tab": tab, "scope": scope, "query": "", "open": of.conversation if of else ""}
    return here | _beside(desk, listing)


def _beside(desk: DeskServices, listing: ConversationList) -> dict[str, Any]:
    """Return a list, and what is shown above it; an agent with scopes sees only what concerns their customers."""
    sees_all = g.agent.scopes is None
    paused = {
        sender: f"{pause.code}: {pause.words}"
        for sender, pause in sorted(desk.paused().items())
        if sees_all or sender in listing.senders
    }
    troubles = reversed(desk.troubles()) if sees_all else ()
    warnings = {one.about: f"{one.code} {one.words}".strip() for one in troubles}
    return {"listing": listing, "paused": paused, "troubles": warnings}


def _scope(wanted: str | None) -> str | None:
    """Return the scope of a request: "-" stands for senders without one; without a value it is None, all scopes."""
    return {"-": "", "": None, None: None}.get(wanted, wanted)


def _events(desk: DeskServices, listener: Listener, session: AgentSession) -> Iterator[str]:
    """Yield server-sent events: `change` when conversations change. They contain pseudonyms, no names and no texts."""
    until = desk.clock.now() + _STREAM_LASTS
    yield f"retry: {_REOPEN_AFTER}\nevent: hello\ndata: {{}}\n\n"
    while desk.clock.now() < until:
        changed = listener.wait(_ALIVE)
        agent = _signed_in(desk, session)
        if listener.ended or agent is None:
            return
        seen = [name for name in changed if name == ANYTHING or agent.covers(name)]
        yield _change(desk, seen) if seen else ": still here\n\n"


def _signed_in(desk: DeskServices, session: AgentSession) -> Agent | None:
    """Return the agent of a session; None if it has ended, or if Redis does not answer."""
    try:
        found = desk.sessions.find(session.cookie)
    except StoreError:
        return None
    return found.agent if found else None


def _change(desk: DeskServices, changed: list[str]) -> str:
    encode = desk.secrets.pseudonyms.encode
    names = [encode(name) for name in changed if name != ANYTHING]
    return f"event: change\ndata: {json.dumps({'conversations': names, 'anything': ANYTHING in changed})}\n\n"
