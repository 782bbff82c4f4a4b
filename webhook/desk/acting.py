"""Takes what an agent wants done, and posts it. What comes of it is decided in the worker, in the turn."""

import re
from http import HTTPStatus

from flask import Blueprint, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.agent_actions import AgentAction, AgentActionType, Declined
from session.bounds import LONGEST_TEXT
from session.conversations import customer_of, scope_of
from session.errors import StoreError
from session.records import to_ms
from webhook.desk.guard import fault
from webhook.desk.listing import sessions_of
from webhook.desk.pages import reason, shown
from webhook.desk.parts import Desk
from webhook.desk.rights import may_ever, why_no_answer

_DEEDS = frozenset(
    {
        AgentActionType.TAKE_OVER,
        AgentActionType.ANSWER,
        AgentActionType.HAND_BACK,
        AgentActionType.CLOSE,
        AgentActionType.FORGET,
    }
)
#: Characters of an agent's name, at most.
_LONGEST_NAME = 200
#: What `new_id` makes, and a browser's script.
_ID = re.compile(r"[\w-]{8,40}", re.ASCII)
#: These will not change before the action takes effect; whatever else speaks against it is decided in its turn.
_CERTAIN = frozenset({Declined.WINDOW, Declined.OPTED_OUT})


def acting(routes: Blueprint, desk: Desk) -> None:
    """Add POST /c/<alias>/<deed>. The form carries the id of the action, so that sending it twice is one action."""

    @routes.post("/c/<alias>/<deed>")
    def act(alias: str, deed: str) -> ResponseReturnValue:
        if deed not in _DEEDS:
            abort(HTTPStatus.NOT_FOUND)
        if not may_ever(g.agent, AgentActionType(deed)):
            return fault("fault.rank", HTTPStatus.FORBIDDEN)
        conversation, text = g.conversation, _text()
        action_id = request.form.get("id", "")
        if not _ID.fullmatch(action_id):
            return fault("fault.form", HTTPStatus.BAD_REQUEST, draft=text)
        now = desk.clock.now()
        action = AgentAction(
            type=AgentActionType(deed),
            id=action_id,
            customer=customer_of(conversation),
            scope=scope_of(conversation),
            agent=g.agent.name,
            received_at=to_ms(now),
            text=text if deed == AgentActionType.ANSWER else "",
            keeps=deed == AgentActionType.ANSWER and request.form.get("keeps") == "1",
            holder=request.form.get("holder", "")[:_LONGEST_NAME]
            if deed == AgentActionType.TAKE_OVER
            else "",
        )
        try:
            if action.type is AgentActionType.ANSWER and (refused := _refused(desk, conversation, action)):
                return shown(desk, alias, draft=text, refused=refused[0], status=refused[1])
            desk.posting.post(action)
        except StoreError as error:
            logger.error("an agent's action is not kept", error=type(error.__cause__ or error).__name__)
            return fault("fault.away", HTTPStatus.SERVICE_UNAVAILABLE, draft=text)
        # What is not named in the form is None, and not named in the address either.
        tab, scope = request.form.get("tab") or None, request.form.get("scope") or None
        there = url_for(
            "desk.conversation",
            alias=alias,
            tab=tab,
            scope=scope,
            sent=action_id,
            deed=deed,
            at=action.received_at,
        )
        return redirect(there, HTTPStatus.SEE_OTHER)


def _refused(desk: Desk, conversation: str, action: AgentAction) -> tuple[str, HTTPStatus] | None:
    """Return why an answer is not even posted, or None."""
    if not action.text.strip():
        return g.words("answer.none"), HTTPStatus.UNPROCESSABLE_ENTITY
    if len(action.text) > LONGEST_TEXT:
        return g.words("answer.long", count=len(action.text)), HTTPStatus.UNPROCESSABLE_ENTITY
    snapshot = desk.store.snapshot(conversation)
    session = sessions_of({conversation: snapshot.record}).get(conversation)
    why = why_no_answer(session, agent=action.agent, opted_out=snapshot.opted_out, now=desk.clock.now())
    return (reason(why, session), HTTPStatus.CONFLICT) if why in _CERTAIN else None


def _text() -> str:
    # Forms end their lines as in the days of the telex, and half a character cannot be kept.
    return request.form.get("text", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
