"""Conversations as programs read them: lists, and one with its history."""

from functools import partial
from http import HTTPStatus

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from session.api_tokens import Right
from session.content_parts import Media
from session.records import to_ms
from webhook.api.answers import Conversation, ConversationList
from webhook.api.finding import meant, named, not_found, session_of
from webhook.api.listing import page_of
from webhook.api.models import ConversationPage, ConversationPath, Wanted
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices
from webhook.api.shown import conversation_with, summary_of

TAG = Tag(name="conversations", description="Read conversations, and act on them.")


def add_conversations(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /conversations that only read."""

    @routes.get("/conversations", tags=[TAG], responses={HTTPStatus.OK: ConversationList})
    def conversations(query: ConversationPage) -> Response:
        """List conversations: those that wait for a person, or those of the latest events."""
        needs(Right.READ)
        return answer(page_of(api, query))

    @routes.post("/conversations/search", tags=[TAG], responses={HTTPStatus.OK: ConversationList})
    def search(body: Wanted) -> Response:
        """Find the conversation of a customer, by any of the names. The number is in the body because addresses are logged."""
        needs(Right.READ)
        conversation = meant(api, body.customer, body.scope, field="customer")
        session = session_of(conversation, api.run(api.seen.records([conversation])).get(conversation, ""))
        found = [summary_of(session, api.secrets.pseudonyms.encode(conversation))] if session else []
        return answer(ConversationList(conversations=found, complete=True))

    @routes.get("/conversations/<conversation>", tags=[TAG], responses={HTTPStatus.OK: Conversation})
    def conversation(path: ConversationPath) -> Response:
        """Show a conversation with its history and what is known of the customer."""
        needs(Right.READ)
        name = named(api, path.conversation)
        snapshot = api.run(api.store.snapshot(name))
        session = session_of(name, snapshot.record)
        if session is None:
            not_found()
        public = api.secrets.pseudonyms.encode(name)
        return answer(conversation_with(session, snapshot, public, partial(_address, api)))


def _address(api: ApiServices, medium: Media) -> str | None:
    """Return where a kept file can be fetched, None without a public address."""
    media = api.media
    return media.address_of(medium, queued_at=to_ms(api.clock.now())) if media else None
