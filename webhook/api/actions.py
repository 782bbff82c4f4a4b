"""What a program does to a conversation, and what became of it. The worker decides about an action in its turn."""

from http import HTTPStatus
from typing import Any

from flask import Response, g, url_for
from flask_openapi3 import APIBlueprint
from flask_openapi3.types import ResponseDict

from session.agent_actions import CLIENT, AgentAction, AgentActionType
from session.api_tokens import ApiToken, Right
from session.conversations import customer_of, scope_of
from session.facts import MOST_KNOWN, json_length
from session.progress import outcome_of
from session.records import to_ms
from webhook.api.answers import Accepted, ActionOutcome
from webhook.api.conversations import TAG
from webhook.api.finding import asked_of, named, not_found, refuse, session_of
from webhook.api.ids import Named, public_id
from webhook.api.models import ActionPath, Amendment, ConversationPath, Takeover
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices

ACCEPTED: ResponseDict = {HTTPStatus.ACCEPTED: Accepted}


def add_actions(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /conversations that change something, and GET /actions/<action>."""

    @routes.patch("/conversations/<conversation>", tags=[TAG], responses=ACCEPTED)
    def amend(path: ConversationPath, body: Amendment) -> Response:
        """Change what is known of the customer. Facts that are not named stay."""
        needs(Right.ACT)
        if json_length(body.known) > MOST_KNOWN:
            refuse("known", f"all facts together have at most {MOST_KNOWN:,} characters of JSON")
        known = {name: value for name, value in body.known.items() if value is not None}
        withdrawn = tuple(name for name, value in body.known.items() if value is None)
        return _act(api, path, AgentActionType.AMEND, known=known, withdrawn=withdrawn)

    @routes.post("/conversations/<conversation>/takeover", tags=[TAG], responses=ACCEPTED)
    def take_over(path: ConversationPath, body: Takeover) -> Response:
        """Take the conversation over: the assistant is silent, and no agent may answer until it is handed back or taken over."""
        needs(Right.ACT)
        return _act(api, path, AgentActionType.TAKE_OVER, holder=body.holder)

    @routes.post("/conversations/<conversation>/hand-back", tags=[TAG], responses=ACCEPTED)
    def hand_back(path: ConversationPath) -> Response:
        """Hand the conversation back to the assistant. It is declined while an agent has it."""
        needs(Right.ACT)
        return _act(api, path, AgentActionType.HAND_BACK)

    @routes.post("/conversations/<conversation>/close", tags=[TAG], responses=ACCEPTED)
    def close(path: ConversationPath) -> Response:
        """Close the session; the customer's next message begins a new one. It is declined while an agent has it."""
        needs(Right.ACT)
        return _act(api, path, AgentActionType.CLOSE)

    @routes.get("/actions/<action>", tags=[TAG], responses={HTTPStatus.OK: ActionOutcome})
    def action(path: ActionPath) -> Response:
        """Tell what an action has come to, as far as the latest events tell it. One that has forgotten its customer is not there."""
        needs(Right.READ, Right.ACT, Right.FORGET)
        name, id_ = asked_of(api, "action", path.action)
        found, events = api.run(api.store.send(name, id_)), api.run(api.store.snapshot(name)).events
        outcome = outcome_of(id_, found, events)
        if outcome is None:
            not_found()
        told = {"id": path.action, "action_id": id_, "conversation": api.secrets.pseudonyms.encode(name)}
        return answer(
            ActionOutcome.model_validate(told | {"state": outcome.stage, "reason": outcome.why or None})
        )

    @routes.delete("/conversations/<conversation>", tags=[TAG], responses=ACCEPTED)
    def forget(path: ConversationPath) -> Response:
        """Forget the customer: everything that is stored is removed, files too, under all names."""
        needs(Right.FORGET)
        return _act(api, path, AgentActionType.FORGET)


def send_action(api: ApiServices, conversation: str, action_type: AgentActionType, **more: Any) -> Response:
    """Put an action of this program into the intake, and return the answer; `more` are further fields of the action.

    Raises `StoreError`.
    """
    token: ApiToken = g.token
    action = AgentAction(
        type=action_type,
        id=api.new_id(),
        customer=customer_of(conversation),
        scope=scope_of(conversation),
        agent=f"{CLIENT}{token.name}",
        received_at=to_ms(api.clock.now()),
        **more,
    )
    api.actions.send(action)
    pseudonyms = api.secrets.pseudonyms
    public = public_id(pseudonyms, "action", Named(conversation, action.id))
    accepted = answer(
        Accepted(id=public, action_id=action.id, conversation=pseudonyms.encode(conversation)),
        HTTPStatus.ACCEPTED,
    )
    accepted.headers["Location"] = url_for("api.action", action=public)
    return accepted


def _act(api: ApiServices, path: ConversationPath, action_type: AgentActionType, **more: Any) -> Response:
    """Send an action to a conversation that has a session. Ends the request if it has none, or the token does not cover it."""
    name = named(api, path.conversation)
    if session_of(name, api.run(api.store.records([name])).get(name, "")) is None:
        not_found()
    return send_action(api, name, action_type, **more)
