"""The message templates of the chaos runs: each says its only parameter and nothing else, so that the audit needs to know nothing."""

from session.agent_actions import AgentAction
from tests.chaos.assistant import TEMPLATE
from webhook.simulator.templates import sid_of

SAID = {
    "name": TEMPLATE,
    "language": "en",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "{{1}}"}],
}
SID = sid_of(SAID)
#: The same, for whoever has not stopped marketing messages.
OFFER = {**SAID, "name": "offer", "category": "MARKETING"}


def is_marketing(action: AgentAction) -> bool:
    """Whether an action sends the template that is for marketing."""
    template = action.reply.template if action.reply else None
    return template is not None and template.name == OFFER["name"]
