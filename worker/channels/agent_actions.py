"""Reads what agents did at the desk: a body is one action as JSON. It does not know who may do what."""

from pydantic import ValidationError

from session.agent_actions import OF_AGENTS, PHONE, AgentAction, AgentActionType
from session.bounds import LONGEST_TEXT
from session.conversations import is_customer, is_scope
from worker.channels.outcomes import Broken, Parsed
from worker.channels.reading import text_of

#: Characters of an id, and of an agent's name.
_LONGEST_NAME = 200


class AgentActionParser:
    """Satisfies `protocols.BodyParser` for the source "desk"."""

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:  # noqa: ARG002  (there is one desk)
        """Read one action. `received_at` is in ms since the epoch. Never raises."""
        try:
            action = AgentAction.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return Parsed(broken=(Broken(why=f"no action: {where}: {first['msg']}", raw=text_of(body)),))
        wrong = _wrong_with(action)
        if wrong:
            return Parsed(broken=(Broken(why=wrong, raw=text_of(body)),))
        return Parsed(actions=(action.model_copy(update={"received_at": received_at}),))


def _wrong_with(action: AgentAction) -> str | None:
    if action.type not in OF_AGENTS:
        return f"{action.type} is not an action of an agent"
    if not is_customer(action.customer) or (action.scope and not is_scope(action.scope)):
        return "an action without a customer"
    if not 0 < len(action.id) <= _LONGEST_NAME:
        return "an action without an id"
    if not action.agent.strip() or action.agent == PHONE:
        return "an action without an agent"
    if max(len(action.agent), len(action.holder)) > _LONGEST_NAME:
        return "a name that is too long"
    if action.type is AgentActionType.ANSWER and not action.text.strip():
        return "an answer without a text"
    if len(action.text) > LONGEST_TEXT:  # an agent's text is never cut; the desk refuses a longer one before
        return "a text that is too long"
    return None
