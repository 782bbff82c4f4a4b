"""What the assistant of a conversation has planned, and what it asks for: how a program cancels, and decides. A session is not needed."""

from http import HTTPStatus
from typing import Literal

from flask import Response
from flask_openapi3 import APIBlueprint

from session.agent_actions import AgentActionType
from session.api_tokens import Right
from session.content_parts import Kind
from session.records import from_ms
from session.timers import TimerRecord
from webhook.api.actions import ACCEPTED, send_action
from webhook.api.answers import ApprovalList, ApprovalSummary, TimerList, TimerSummary
from webhook.api.conversations import TAG
from webhook.api.finding import named, not_found
from webhook.api.models import ApprovalPath, ConversationPath, Decided, TimerPath
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices
from webhook.desk.transcript import timers_of


def add_timers(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /conversations/<conversation>/timers, and /approvals beside it."""

    @routes.get("/conversations/<conversation>/timers", tags=[TAG], responses={HTTPStatus.OK: TimerList})
    def timers(path: ConversationPath) -> Response:
        """List what the assistant has planned for later, the timer that rings first at the top. There are at most fifty."""
        needs(Right.READ)
        return answer(TimerList(timers=[_summary(one) for one in _open(api, path, Kind.TIMER)]))

    @routes.delete("/conversations/<conversation>/timers/<timer>", tags=[TAG], responses=ACCEPTED)
    def cancel_timer(path: TimerPath) -> Response:
        """Cancel a timer. It is declined if the timer has rung by then, or was replaced."""
        needs(Right.ACT)
        name = named(api, path.conversation)
        # One that has rung is not there any more: its turn comes before that of the action.
        if all(one.message.id != path.timer for one in timers_of(api.run(api.store.snapshot(name)))):
            not_found()
        return send_action(api, name, AgentActionType.CANCEL_TIMER, timer=path.timer)

    @routes.get(
        "/conversations/<conversation>/approvals", tags=[TAG], responses={HTTPStatus.OK: ApprovalList}
    )
    def approvals(path: ConversationPath) -> Response:
        """List what the assistant has asked a person for, what ends first at the top. There are at most ten."""
        needs(Right.READ)
        return answer(ApprovalList(approvals=[_asked(one) for one in _open(api, path, Kind.APPROVAL)]))

    @routes.post("/conversations/<conversation>/approvals/<approval>", tags=[TAG], responses=ACCEPTED)
    def decide(path: ApprovalPath, body: Decided) -> Response:
        """Approve or decline; the assistant is called with it. It is declined itself if somebody else was earlier."""
        needs(Right.ACT)
        if all(one.message.id != path.approval for one in _open(api, path, Kind.APPROVAL)):
            not_found()
        decided = {"timer": path.approval, "approved": body.approved, "text": body.note}
        return send_action(api, named(api, path.conversation), AgentActionType.DECIDE, **decided)


def _open(
    api: ApiServices, path: ConversationPath, kind: Literal[Kind.TIMER, Kind.APPROVAL]
) -> list[TimerRecord]:
    """Return the timers or the approvals of a conversation. Ends the request if nothing is known of it."""
    snapshot = api.run(api.store.snapshot(named(api, path.conversation)))
    found = timers_of(snapshot, kind)
    if not snapshot.record and not found:
        not_found()
    return found


def _asked(approval: TimerRecord) -> ApprovalSummary:
    said = approval.content
    return ApprovalSummary(
        id=approval.message.id,
        name=said.name,
        asked_at=from_ms(approval.set_at),
        until=from_ms(approval.at),
        text=said.text,
        data=said.payload,
    )


def _summary(timer: TimerRecord) -> TimerSummary:
    said = timer.content
    return TimerSummary(
        id=timer.message.id,
        name=said.name,
        at=from_ms(timer.at),
        meant=from_ms(said.at),
        set_at=from_ms(timer.set_at),
        text=said.text,
        payload=said.payload,
        until_takeover=timer.until_takeover,
        outlives_close=timer.outlives_close,
    )
