"""One conversation: its page, and the actions of agents. The worker decides about an action in its turn."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.agent_actions import OF_AGENTS, AgentAction, AgentActionType, Declined
from session.approvals import LONGEST_ASKED
from session.bounds import LONGEST_TEXT, bounded
from session.content_parts import Kind
from session.conversations import customer_of, scope_of
from session.errors import MediaStoreError, StoreError
from session.files import LARGEST
from session.models import Session
from session.records import from_ms, to_ms
from session.replies import Reply
from session.results import ConversationSnapshot
from webhook.desk.actions import Progress, SentAction, outcome_of, permissions, rank_allows, why_no_answer
from webhook.desk.attaching import NotAttached, attached, is_attached, keep_attached
from webhook.desk.listing import sessions_of
from webhook.desk.offered_templates import fields_of, offered, one_of, template_in
from webhook.desk.pages import list_values
from webhook.desk.request_checks import error_page
from webhook.desk.services import DeskServices
from webhook.desk.shown_costs import costs_of
from webhook.desk.transcript import places_of, timers_of, transcript
from webhook.desk.words import known_facts

#: Characters of an agent's name, at most.
_LONGEST_NAME = 200
#: The ids that `new_id` and the scripts of the pages make.
_ID = re.compile(r"[\w-]{8,40}", re.ASCII)
#: Reasons that still hold when the action takes effect. Any other may have changed by then, so the worker decides.
_CERTAIN = frozenset({Declined.WINDOW, Declined.OPTED_OUT})


def add_conversation(routes: Blueprint, desk: DeskServices) -> None:
    """Add GET /c/<pseudonym> and POST /c/<pseudonym>/<action_type>.

    The form of an action contains its id, so sending it twice is one action.
    """

    @routes.get("/c/<pseudonym>")
    def conversation(pseudonym: str) -> ResponseReturnValue:
        return _page(desk, pseudonym)

    @routes.post("/c/<pseudonym>/<action_type>")
    def act(pseudonym: str, action_type: str) -> ResponseReturnValue:
        if action_type not in OF_AGENTS:
            abort(HTTPStatus.NOT_FOUND)
        if not rank_allows(g.agent, AgentActionType(action_type)):
            return error_page("error.rank", HTTPStatus.FORBIDDEN)
        text = _text()
        if not _ID.fullmatch(request.form.get("id", "")):
            return error_page("error.form", HTTPStatus.BAD_REQUEST, draft=text)
        try:
            action = _action(AgentActionType(action_type), text, now=desk.clock.now())
            if action.type is AgentActionType.ANSWER and "template" in request.form:
                reply = _template(desk)
                if isinstance(reply, str):
                    return _page(desk, pseudonym, refused=reply, status=HTTPStatus.UNPROCESSABLE_ENTITY)
                action = action.model_copy(update={"text": "", "reply": reply})
            if action.type is AgentActionType.ANSWER:
                if refused := _refused(desk, action):
                    return _page(desk, pseudonym, draft=text, refused=refused[0], status=refused[1])
                action = _with_file(desk, action)
            desk.actions.send(action)
        except NotAttached as why:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return _page(desk, pseudonym, draft=text, refused=str(why), status=status)
        except MediaStoreError as error:
            logger.error("the file of an agent was not kept: {}", error)
            return error_page("error.unavailable", HTTPStatus.SERVICE_UNAVAILABLE, draft=text)
        except StoreError as error:
            logger.error("an agent's action was not stored", error=type(error.__cause__ or error).__name__)
            return error_page("error.unavailable", HTTPStatus.SERVICE_UNAVAILABLE, draft=text)
        there = url_for(
            "desk.conversation",
            pseudonym=pseudonym,
            # `url_for` leaves None out of the URL.
            tab=request.form.get("tab") or None,
            scope=request.form.get("scope") or None,
            sent=action.id,
            deed=action_type,
            at=action.received_at,
        )
        return redirect(there, HTTPStatus.SEE_OTHER)


def _page(
    desk: DeskServices,
    pseudonym: str,
    *,
    draft: str = "",
    refused: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> ResponseReturnValue:
    """Return the page of a conversation; `refused` says why the `draft` was not sent."""
    name: str = g.conversation
    now, snapshot = desk.clock.now(), desk.run(desk.store.snapshot(name))
    session = sessions_of({name: snapshot.record}).get(name)
    sent = _sent_action()
    outcome = outcome_of(sent, snapshot, now=now) if sent else None
    if session is None:
        if outcome and outcome.progress is Progress.DONE:
            return redirect(url_for("desk.listed"), HTTPStatus.SEE_OTHER)
        if (there := desk.run(desk.store.resolve([name]))[0]) != name:
            shown: dict[str, Any] = {
                part: request.args.get(part) for part in ("tab", "scope", "sent", "deed", "at")
            }
            other = desk.secrets.pseudonyms.encode(there)
            return redirect(url_for("desk.conversation", pseudonym=other, **shown), HTTPStatus.SEE_OTHER)
        if snapshot.mailbox:
            # It comes with the next turn: what moves to another name of its customer is away for a moment.
            answer = make_response(error_page("error.comes", HTTPStatus.SERVICE_UNAVAILABLE))
            answer.headers["Refresh"] = "1"
            return answer
        return error_page("error.gone", HTTPStatus.NOT_FOUND)
    page = _conversation_values(session, snapshot, now=now) | _templates(desk, session, snapshot)
    values = {"pseudonym": pseudonym, "outcome": outcome, "draft": draft, "refused": refused, "refresh": True}
    return render_template("conversation.html", **list_values(desk, session), **page, **values), status


def _conversation_values(
    session: Session, snapshot: ConversationSnapshot, *, now: datetime
) -> dict[str, Any]:
    may = permissions(session, agent=g.agent, opted_out=snapshot.opted_out, now=now)
    entries = transcript(session, snapshot)
    return {
        "session": session,
        "entries": entries,
        "places": places_of(entries),
        "actions": may.actions,
        "no_answer": _reason(may.no_answer, session) if may.no_answer else "",
        "why_not": may.no_answer or "",
        "window_open": session.takes_free_form(now),
        "opted_out": snapshot.opted_out,
        "timers": timers_of(snapshot),
        "approvals": timers_of(snapshot, Kind.APPROVAL),
        "costs": costs_of(snapshot),
        "facts": list(known_facts(session, g.translate)),
        "file_limits": LARGEST,
        "expires": from_ms(snapshot.expires_at) if snapshot.expires_at else None,
    }


def _templates(desk: DeskServices, session: Session, snapshot: ConversationSnapshot) -> dict[str, Any]:
    """Return the message templates that the agent may send, and the one that is chosen."""
    now = desk.clock.now()
    may = permissions(session, agent=g.agent, opted_out=snapshot.opted_out, now=now).template
    offers = offered(desk.templates(), session.route.channel) if may and session.route else []
    chosen = one_of(offers, request.values.get("template", ""))
    fields = fields_of(chosen) if chosen else []
    takes_file = any(field.form == "file" for field in fields)
    return {"offers": offers, "chosen": chosen, "fields": fields, "takes_file": takes_file}


def _template(desk: DeskServices) -> Reply | str:
    """Return the message template that an agent has filled in; or why it cannot be sent, in words."""
    known = desk.templates()
    channels = {one.channel for one in known.known}
    offers = [one for channel in channels for one in offered(known, channel)]
    found = one_of(offers, request.form["template"])
    if found is None:
        return str(g.translate("template.gone"))
    try:
        return Reply(template=template_in(request.form, found, attached()))
    except ValueError as error:
        return str(g.translate("template.wrong", why=error))


def _with_file(desk: DeskServices, action: AgentAction) -> AgentAction:
    """Return an answer with its file in the media store. Raises `NotAttached` or `MediaStoreError`."""
    reply = action.reply
    if reply is None:
        file = attached()
        return action.model_copy(update={"media": keep_attached(desk, file)}) if file else action
    if reply.file is None or reply.file.is_kept:
        return action
    return action.model_copy(update={"reply": reply.with_file(keep_attached(desk, reply.file))})


def _sent_action() -> SentAction | None:
    """Return the action that a page has sent before, as the URL names it."""
    try:
        return SentAction(
            id=request.args["sent"],
            type=AgentActionType(request.args["deed"]),
            at=int(request.args.get("at", "0")),
        )
    except (KeyError, ValueError):
        return None


def _action(action_type: AgentActionType, text: str, *, now: datetime) -> AgentAction:
    is_answer, decides = action_type is AgentActionType.ANSWER, action_type is AgentActionType.DECIDE
    holder = request.form.get("holder", "")[:_LONGEST_NAME]
    return AgentAction(
        type=action_type,
        id=request.form["id"],
        customer=customer_of(g.conversation),
        scope=scope_of(g.conversation),
        agent=g.agent.name,
        received_at=to_ms(now),
        text=text if is_answer else bounded(text, LONGEST_ASKED) if decides else "",
        keeps=is_answer and request.form.get("keeps") == "1",
        holder=holder if action_type is AgentActionType.TAKE_OVER else "",
        timer=request.form.get("timer", "")[:_LONGEST_NAME],
        approved=decides and request.form.get("approved") == "1",
    )


def _refused(desk: DeskServices, action: AgentAction) -> tuple[str, HTTPStatus] | None:
    """Return why an answer is not sent to the workers, or None if it is."""
    if not action.reply and not action.text.strip() and not is_attached():
        return g.translate("answer.none"), HTTPStatus.UNPROCESSABLE_ENTITY
    if len(action.text) > LONGEST_TEXT:
        return g.translate("answer.long", count=len(action.text)), HTTPStatus.UNPROCESSABLE_ENTITY
    snapshot = desk.run(desk.store.snapshot(action.conversation))
    session = sessions_of({action.conversation: snapshot.record}).get(action.conversation)
    why = why_no_answer(
        session,
        agent=action.agent,
        opted_out=snapshot.opted_out,
        now=desk.clock.now(),
        is_template=action.reply is not None,
    )
    return (_reason(why, session), HTTPStatus.CONFLICT) if why in _CERTAIN else None


def _reason(declined: Declined, session: Session | None) -> str:
    """Return why an answer is not possible now, in words."""
    holder = session.held_by if session else ""
    return str(g.translate(f"no_answer.{declined}", name=g.translate.holder(holder or "")))


def _text() -> str:
    # Browsers send lines that end with CR LF. Half a surrogate pair cannot be stored.
    return request.form.get("text", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
