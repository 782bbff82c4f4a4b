"""Reads what agents did at the desk, and what API clients and campaigns did: a body is one action as JSON. It does not know who may do what."""

from pydantic import ValidationError

from session.agent_actions import (
    CAMPAIGN,
    CLIENT,
    OF_AGENTS,
    OF_CLIENTS,
    AgentAction,
    AgentActionType,
    is_reserved,
)
from session.bodies import API, CAMPAIGNS, SAVED_SEARCHES
from session.bounds import LONGEST_TEXT
from session.conversations import is_customer, is_scope
from worker.channels.outcomes import Broken, Parsed
from worker.channels.reading import text_of

#: Characters of an id, and of an agent's name.
_LONGEST_NAME = 200
#: These name a timer, or an approval, which is one.
_OF_TIMERS = frozenset({AgentActionType.CANCEL_TIMER, AgentActionType.RING_TIMER, AgentActionType.DECIDE})


class AgentActionParser:
    """Satisfies `protocols.BodyParser` for the sources "desk", "api", "campaign" and "saved_search"."""

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        """Read one action. `received_at` is in ms since the epoch. Never raises."""
        try:
            action = AgentAction.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return Parsed(broken=(Broken(why=f"no action: {where}: {first['msg']}", raw=text_of(body)),))
        wrong = _wrong_by(action, source) or _wrong_with(action)
        if wrong:
            return Parsed(broken=(Broken(why=wrong, raw=text_of(body)),))
        return Parsed(actions=(action.model_copy(update={"received_at": received_at}),))


def _wrong_by(action: AgentAction, source: str) -> str | None:
    """Return why an action cannot come from where it came from: an agent does not send, a client does not answer."""
    who, known = "an agent", OF_AGENTS
    named = bool(action.agent.strip()) and not is_reserved(action.agent)
    if source == API:
        who, known = "an API client", OF_AGENTS - {AgentActionType.ANSWER} | OF_CLIENTS
        named = action.agent.startswith(CLIENT)
    if source == CAMPAIGNS:
        who, known = "a campaign", frozenset({AgentActionType.SEND})
        named = action.agent.startswith(CAMPAIGN)
    if source == SAVED_SEARCHES:
        who, known, named = "a saved search", frozenset({AgentActionType.RING_TIMER}), True
    if action.type not in known:
        return f"{action.type} is not an action of {who}"
    return None if named else "an action without an agent"


def _wrong_with(action: AgentAction) -> str | None:
    if not is_customer(action.customer) or (action.scope and not is_scope(action.scope)):
        return "an action without a customer"
    if not 0 < len(action.id) <= _LONGEST_NAME:
        return "an action without an id"
    if max(map(len, (action.agent, action.holder, action.sender, action.timer))) > _LONGEST_NAME:
        return "a name that is too long"
    if why := _wrong_with_what_is_done(action):
        return why
    if action.type is AgentActionType.SEND and (why := _wrong_with_send(action)):
        return why
    if len(action.text) > LONGEST_TEXT:  # an agent's text is never cut; the desk refuses a longer one before
        return "a text that is too long"
    return None


def _wrong_with_what_is_done(action: AgentAction) -> str | None:
    if action.type in _OF_TIMERS:
        return None if action.timer else "no timer is named"
    if action.type is not AgentActionType.ANSWER:
        return None
    if action.media and action.media.stored is None:
        return "a file that is not in the media store"
    if action.reply and (action.text or action.media or not action.reply.template):
        return "an answer with a reply that is no template, or with something else"
    if action.reply and action.reply.file and not (action.reply.file.url or action.reply.file.stored):
        return "a file that is neither at a public address nor in the media store"
    return None if action.text.strip() or action.media or action.reply else "an answer without a text"


def _wrong_with_send(action: AgentAction) -> str | None:
    reply = action.reply
    if reply is None or not reply.says_something:
        return "a send without a reply"
    # Whatever stands in a body, no file of this machine and none of another customer is sent.
    return "a file that is at no public address" if reply.file and reply.file.url is None else None
