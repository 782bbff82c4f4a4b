"""Messages to customers: sending one, and what became of it."""

from http import HTTPStatus

from flask import Response, abort, g, url_for
from flask_openapi3 import APIBlueprint, Tag

from session.agent_actions import OF_PROGRAM
from session.api_tokens import ApiToken, Right
from session.progress import WITH_REASON, differs, progress_of
from webhook.api.answers import Accepted, SentMessage
from webhook.api.finding import asked_of, meant, not_found, refuse, session_of
from webhook.api.ids import Named, public_id
from webhook.api.models import Idempotent, MessagePath, NewMessage
from webhook.api.problems import documented, problem
from webhook.api.request_checks import answer, needs
from webhook.api.sending import MOST_WAITING, refused_at_once, reply_in, send_of
from webhook.api.services import ApiServices
from webhook.desk.agent_sessions import DeskSecrets

_TAG = Tag(name="messages", description="Write to customers, and see what became of it.")
#: Seconds after which a conversation in which much waits may be tried again.
_PATIENCE = 60


def add_messages(routes: APIBlueprint, api: ApiServices) -> None:
    """Add POST /messages and GET /messages/<message>."""

    @routes.post(
        "/messages",
        tags=[_TAG],
        responses={
            HTTPStatus.ACCEPTED: Accepted,
            **documented(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
        },
    )
    def send(header: Idempotent, body: NewMessage) -> Response:
        """Send a message to a customer.

        It takes its turn behind whatever came before, and is sent once, however often it is asked for with the same key. It
        silences nobody, and the assistant or the agent who has the conversation keeps it.
        """
        needs(Right.SEND)
        return _send(api, header.key, body)

    @routes.get("/messages/<message>", tags=[_TAG], responses={HTTPStatus.OK: SentMessage})
    def message(path: MessagePath) -> Response:
        """Tell what became of a message, as far as it is known.

        The reason of a failure comes from the latest events. A message that had its turn long ago is `unknown`.
        """
        needs(Right.READ, Right.SEND)
        return _became(api, path.message)


def id_of(secrets: DeskSecrets, program: str, key: str) -> str:
    """Return the id of what a program sends under a key, which says nothing about either. Raises `StoreUnavailable`."""
    return f"{OF_PROGRAM}{secrets.signature('message of a client', f'{program} {key}')[:32]}"


def _send(api: ApiServices, key: str, asked: NewMessage) -> Response:
    token: ApiToken = g.token
    try:
        reply = reply_in(asked)
    except ValueError as error:
        refuse("body", _told(error))
    conversation = meant(api, asked.to, asked.scope, field="to")
    id_ = id_of(api.secrets, token.name, key)
    found, now = api.run(api.store.send(conversation, id_)), api.clock.now()
    session = session_of(conversation, found.record)
    if differs(id_, reply, found, session):
        abort(
            problem(HTTPStatus.CONFLICT, "other-body", "another message was sent with this Idempotency-Key")
        )
    # Whoever repeats a request is told what the first one was told.
    if not found.known:
        _check_room(found.waiting)
        if refused_at_once(found):
            why = "the customer has opted out"
            abort(problem(HTTPStatus.UNPROCESSABLE_ENTITY, "opted-out", why))
        api.actions.send(
            send_of(asked, reply, conversation=conversation, id_=id_, program=token.name, now=now)
        )
    public = public_id(api.secrets.pseudonyms, "message", Named(conversation, id_))
    named = api.secrets.pseudonyms.encode(conversation)
    accepted = Accepted(id=public, action_id=id_, conversation=named)
    stored = answer(accepted, HTTPStatus.ACCEPTED)
    stored.headers["Location"] = url_for("api.message", message=public)
    return stored


def _became(api: ApiServices, message: str) -> Response:
    conversation, id_ = asked_of(api, "message", message)
    found = api.run(api.store.send(conversation, id_))
    progress = progress_of(id_, found)
    if progress is None:
        not_found()
    if progress.stage in WITH_REASON:
        events = api.run(api.store.snapshot(conversation)).events
        progress = progress_of(id_, found, events) or progress
    return answer(
        SentMessage(
            id=message,
            action_id=id_,
            conversation=api.secrets.pseudonyms.encode(conversation),
            state=progress.stage,
            reason=progress.why or None,
        )
    )


def _check_room(waiting: int) -> None:
    if waiting >= MOST_WAITING:
        why = f"{waiting} messages of this conversation wait already"
        abort(problem(HTTPStatus.TOO_MANY_REQUESTS, "many-wait", why, retry_after=_PATIENCE))


def _told(error: ValueError) -> str:
    """Return what is wrong with a reply, without its values."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    first = errors(include_input=False, include_url=False, include_context=False)[0]
    return str(first["msg"]).removeprefix("Value error, ")
