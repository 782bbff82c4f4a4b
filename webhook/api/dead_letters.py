"""Dead letters: what was given up, for programs that watch over a deployment."""

from http import HTTPStatus
from itertools import islice

from flask import Response, abort, g
from flask_openapi3 import APIBlueprint, Tag
from loguru import logger

from session.api_tokens import ApiToken, Right
from session.dead_letters import LetterRecord
from session.errors import NotRevivable
from session.printable import mask
from session.records import from_ms
from webhook.api.answers import DeadLetterList, DeadLetterSummary
from webhook.api.cursors import cursor_of, place_in
from webhook.api.finding import not_found, refuse
from webhook.api.models import LetterPath, Page
from webhook.api.problems import documented, problem
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices

_TAG = Tag(name="dead letters", description="See what was given up, and try it again.")
_LIST = "dead letters"


def add_dead_letters(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /dead-letters."""

    @routes.get("/dead-letters", tags=[_TAG], responses={HTTPStatus.OK: DeadLetterList})
    def letters(query: Page) -> Response:
        """List dead letters without their content, oldest first within a shard."""
        needs(Right.DEAD)
        pseudonyms = api.secrets.pseudonyms
        place = place_in(pseudonyms, _LIST, query.cursor) if query.cursor else [""]
        if place is None:
            refuse("cursor", "not a cursor of this list")
        found = api.run(api.dead.page(after=str(place[0]), covers=_covers, limit=query.limit + 1))
        page = list(islice(found, query.limit))
        more = len(found) > len(page)
        return answer(
            DeadLetterList(
                letters=[_summary(api, one) for one in page],
                next=cursor_of(pseudonyms, _LIST, page[-1].id) if more else None,
            )
        )

    @routes.post(
        "/dead-letters/<letter>/retry",
        tags=[_TAG],
        responses={HTTPStatus.OK: DeadLetterSummary, **documented(HTTPStatus.CONFLICT)},
    )
    def retry(path: LetterPath) -> Response:
        """Put a dead letter back to where it came from. A reply is sent although a person has the conversation."""
        needs(Right.DEAD)
        record = _named(api, path.letter)
        try:
            done = api.run(api.dead.revive(record))
        except NotRevivable as error:
            abort(problem(HTTPStatus.CONFLICT, "not-revivable", str(error)))
        if not done:
            not_found()
        return _done(api, record, "retried")

    @routes.delete("/dead-letters/<letter>", tags=[_TAG], responses={HTTPStatus.OK: DeadLetterSummary})
    def drop(path: LetterPath) -> Response:
        """Remove a dead letter for good."""
        needs(Right.DEAD)
        record = _named(api, path.letter)
        if not api.run(api.dead.drop(record)):
            not_found()
        return _done(api, record, "dropped")


def _named(api: ApiServices, letter: str) -> LetterRecord:
    record = api.run(api.dead.get(letter))
    if record is None or not _covers(record):
        not_found()
    return record


def _covers(record: LetterRecord) -> bool:
    """Return whether the token of this request covers a letter; one without a conversation concerns all."""
    token: ApiToken = g.token
    conversation = record.letter.conversation
    return token.scopes is None or (conversation is not None and token.covers(conversation))


def _summary(api: ApiServices, record: LetterRecord) -> DeadLetterSummary:
    letter = record.letter
    return DeadLetterSummary(
        id=record.id,
        kind=letter.kind,
        why=mask(letter.why),
        at=from_ms(record.at),
        conversation=api.secrets.pseudonyms.encode(letter.conversation) if letter.conversation else None,
    )


def _done(api: ApiServices, record: LetterRecord, what: str) -> Response:
    logger.info("a dead letter was {} through the API", what, letter=record.id, by=g.token.name)
    return answer(_summary(api, record))
