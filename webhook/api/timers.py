"""Timers of a conversation: what its assistant has planned, and how a program cancels it. A session is not needed."""

from http import HTTPStatus

from flask import Response
from flask_openapi3 import APIBlueprint

from session.agent_actions import AgentActionType
from session.api_tokens import Right
from session.records import from_ms
from session.timers import TimerRecord
from webhook.api.actions import ACCEPTED, send_action
from webhook.api.answers import TimerList, TimerSummary
from webhook.api.conversations import TAG
from webhook.api.finding import named, not_found
from webhook.api.models import ConversationPath, TimerPath
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices
from webhook.desk.transcript import timers_of


def add_timers(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /conversations/<conversation>/timers."""

    @routes.get("/conversations/<conversation>/timers", tags=[TAG], responses={HTTPStatus.OK: TimerList})
    def timers(path: ConversationPath) -> Response:
        """List what the assistant has planned for later, the timer that rings first at the top. There are at most fifty."""
        needs(Right.READ)
        snapshot = api.run(api.store.snapshot(named(api, path.conversation)))
        found = timers_of(snapshot)
        if not snapshot.record and not found:
            not_found()
        return answer(TimerList(timers=[_summary(one) for one in found]))

    @routes.delete("/conversations/<conversation>/timers/<timer>", tags=[TAG], responses=ACCEPTED)
    def cancel_timer(path: TimerPath) -> Response:
        """Cancel a timer. It is declined if the timer has rung by then, or was replaced."""
        needs(Right.ACT)
        name = named(api, path.conversation)
        # One that has rung is not there any more: its turn comes before that of the action.
        if all(one.message.id != path.timer for one in timers_of(api.run(api.store.snapshot(name)))):
            not_found()
        return send_action(api, name, AgentActionType.CANCEL_TIMER, timer=path.timer)


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
