"""Finds the conversation that a request means, as far as its token covers it. Any other is answered like one that is not there."""

from http import HTTPStatus
from typing import NoReturn

from flask import abort, g

from session.api_tokens import MAIN_SENDER, ApiToken
from session.conversations import conversation_from, conversation_of, is_scope
from session.customers import typed
from session.errors import NoCustomer
from session.models import Session
from webhook.api.ids import Mark, named_by
from webhook.api.problems import Fault, problem
from webhook.api.services import ApiServices
from webhook.desk.listing import sessions_of


def named(api: ApiServices, pseudonym: str) -> str:
    """Return the conversation of a pseudonym, where its customer is now. Ends the request if the token does not cover it."""
    # What else is encrypted in the same way is no conversation.
    conversation = conversation_from(api.secrets.pseudonyms.decode(pseudonym))
    token: ApiToken = g.token
    if conversation is None or not token.covers(conversation):
        not_found()
    return api.run(api.store.resolve([conversation]))[0]


def asked_of(api: ApiServices, mark: Mark, id_: str) -> tuple[str, str]:
    """Return the conversation, where its customer is now, and the action of an id. Ends the request if it is none, or not covered."""
    found, token = named_by(api.secrets.pseudonyms, mark, id_), g.token
    if found is None or not token.covers(found.conversation):
        not_found()
    return api.run(api.store.resolve([found.conversation]))[0], found.action


def meant(api: ApiServices, customer: str, scope: str, *, field: str) -> str:
    """Return the most likely conversation of a customer, by any of the names. Ends the request if there can be none.

    `field` is that of the request in which the customer stands.
    """
    token: ApiToken = g.token
    try:
        found = typed(customer, api.country)
    except NoCustomer as error:
        refuse(field, str(error))
    wanted = scope_meant(scope) if found.scope is None or scope else found.scope
    candidates = [conversation_of(one, wanted) for one in found.customers]
    if not token.covers(candidates[0]):
        not_found()
    ends = api.run(api.store.resolve(candidates))
    kept = api.run(api.store.records(ends))
    return next((one for one in ends if one in kept), ends[0])


def session_of(conversation: str, record: str) -> Session | None:
    """Return the session in a record; None if there is none, or it cannot be read."""
    return sessions_of({conversation: record}).get(conversation) if record else None


def not_found() -> NoReturn:
    """End the request: there is no such thing, or the token does not cover it."""
    abort(problem(HTTPStatus.NOT_FOUND))


def refuse(where: str, what: str) -> NoReturn:
    """End the request because of a wrong value."""
    abort(problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", errors=[Fault(where=where, what=what)]))


def scope_meant(scope: str) -> str:
    """Return the scope that a request means: without one the only one of its token. Ends the request if it is none."""
    token: ApiToken = g.token
    if not scope:
        own = token.scopes or {""}
        if len(own) > 1 and "" not in own:
            refuse("scope", "the token has several businesses: name one")
        return "" if "" in own else next(iter(own))
    if scope != MAIN_SENDER and not is_scope(scope):
        refuse("scope", "no scope of a sender")
    return "" if scope == MAIN_SENDER else scope
