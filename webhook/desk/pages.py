"""The pages that show something: the list, the search, one conversation."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from session.agent_actions import AgentActionType, Declined
from session.models import Session
from session.records import from_ms
from session.snapshots import ConversationSnapshot
from webhook.desk.board import Board, search, tab_of
from webhook.desk.facts import facts
from webhook.desk.guard import fault
from webhook.desk.listing import Tab, initials, name_of, sessions_of
from webhook.desk.notes import Note
from webhook.desk.outcomes import Fate, Posted, outcome_of
from webhook.desk.parts import Desk
from webhook.desk.rights import rights
from webhook.desk.transcript import transcript

#: Characters of a query; a text that was said is rarely remembered in more.
_LONGEST_QUERY = 100
#: Colours of the round pictures, see the style sheet.
_HUES = 8


def pages(routes: Blueprint, desk: Desk) -> None:
    """Add GET /, POST /search and GET /c/<alias>, and what their templates need."""

    @routes.get("/")
    def listed() -> ResponseReturnValue:
        return render_template("list.html", **_list(desk), refresh=True)

    @routes.get("/search")
    def no_search() -> ResponseReturnValue:
        return redirect(url_for("desk.listed"))

    @routes.post("/search")
    def search_() -> ResponseReturnValue:
        # Posted, because an address with a number or a text in it would end in the log of a proxy.
        query = request.form.get("query", "").strip()[:_LONGEST_QUERY]
        if not query:
            return redirect(url_for("desk.listed"), HTTPStatus.SEE_OTHER)
        scope = _scope(request.form.get("scope"))
        board = search(g.store, query, agent=g.agent.name, scope=scope, country=desk.country)
        told = {"board": board, "paused": _paused(desk, board), "troubles": _troubles(desk), "refresh": False}
        return render_template("list.html", tab=None, scope=scope, query=query, **told)

    @routes.get("/c/<alias>")
    def conversation(alias: str) -> ResponseReturnValue:
        return shown(desk, alias)

    @routes.context_processor
    def tools() -> dict[str, object]:
        return {
            "alias_of": lambda session: desk.secrets.pseudonyms.encode(session.conversation),
            "name_of": name_of,
            "initials": initials,
            "hue_of": lambda session: sum(session.customer_id.encode()) % _HUES,
            "minutes_since": lambda at: int((desk.clock.now() - at).total_seconds() // 60),
            "moment": from_ms,
            "is_note": lambda entry: isinstance(entry, Note),
            "new_id": desk.new_id,
            "tabs": list(Tab),
            "now": desk.clock.now(),
        }


def shown(
    desk: Desk, alias: str, *, draft: str = "", refused: str = "", status: HTTPStatus = HTTPStatus.OK
) -> ResponseReturnValue:
    """Return the page of a conversation; `refused` says why the `draft` was not posted."""
    name: str = g.conversation
    now, snapshot = desk.clock.now(), desk.store.snapshot(name)
    session = sessions_of({name: snapshot.record}).get(name)
    posted = _posted()
    outcome = outcome_of(posted, snapshot, now=now) if posted else None
    if session is None:
        if outcome and outcome.fate is Fate.DONE:
            return redirect(url_for("desk.listed"), HTTPStatus.SEE_OTHER)
        return fault("fault.gone", HTTPStatus.NOT_FOUND)
    page = _conversation(session, snapshot, now=now)
    told = {"alias": alias, "outcome": outcome, "draft": draft, "refused": refused, "refresh": True}
    return render_template("conversation.html", **_list(desk, session), **page, **told), status


def reason(declined: Declined, session: Session | None) -> str:
    """Return why an answer cannot be given now, in words."""
    holder = session.held_by if session else ""
    return str(g.words(f"no_answer.{declined}", name=g.words.who(holder or "")))


def _conversation(session: Session, snapshot: ConversationSnapshot, *, now: datetime) -> dict[str, Any]:
    may = rights(session, agent=g.agent, opted_out=snapshot.opted_out, now=now)
    return {
        "session": session,
        "entries": transcript(session, snapshot),
        "deeds": may.deeds,
        "no_answer": reason(may.no_answer, session) if may.no_answer else "",
        "why_not": may.no_answer or "",
        "window_open": session.takes_free_form(now),
        "opted_out": snapshot.opted_out,
        "facts": list(facts(session, g.words)),
        "expires": from_ms(snapshot.expires_at) if snapshot.expires_at else None,
        "AgentActionType": AgentActionType,
    }


def _list(desk: Desk, of: Session | None = None) -> dict[str, Any]:
    """Return what the list beside everything else needs: the tab that was asked for, else the conversation's own."""
    try:
        tab = Tab(request.args.get("tab", ""))
    except ValueError:
        tab = Tab.WAITING
    scope = _scope(request.args.get("scope"))
    board: Board = tab_of(g.store, tab, agent=g.agent.name, scope=scope)
    here = {"tab": tab, "scope": scope, "query": "", "open": of.conversation if of else ""}
    return here | {"board": board, "paused": _paused(desk, board), "troubles": _troubles(desk)}


def _paused(desk: Desk, board: Board) -> dict[str, str]:
    """Return why nothing is sent through a sender; who may not see all is told of the senders of the own customers only."""
    return {
        sender: f"{pause.code}: {pause.words}"
        for sender, pause in sorted(desk.paused().items())
        if g.agent.scopes is None or sender in board.senders
    }


def _troubles(desk: Desk) -> dict[str, str]:
    """Return what providers have against accounts and senders, for who may see all."""
    if g.agent.scopes is not None:
        return {}
    return {one.about: f"{one.code} {one.words}".strip() for one in reversed(desk.troubles())}


def _scope(wanted: str | None) -> str | None:
    """Return the scope that is asked for: "-" is that of senders without one, nothing is all of them."""
    return {"-": "", "": None, None: None}.get(wanted, wanted)


def _posted() -> Posted | None:
    try:
        return Posted(
            id=request.args["sent"],
            type=AgentActionType(request.args["deed"]),
            at=int(request.args.get("at", "0")),
        )
    except (KeyError, ValueError):
        return None
