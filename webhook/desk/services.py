"""The services that the routes of the desk use, and how an action is sent to the workers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loguru import logger

from session.agent_actions import AgentAction
from session.bodies import DESK_TEMPLATES
from session.campaigning import Campaigns
from session.clock import Clock
from session.media_store import MediaStore
from session.pauses import Pause, Trouble
from session.printable import mask
from session.store import DeskStore, MediaWorkStore, Runner
from session.template_definitions import Definitions
from webhook.desk.agent_sessions import AgentSessions, DeskSecrets
from webhook.desk.feed import ChangeFeed
from webhook.storing import Bodies, Waking

#: The source of the desk's bodies in the intake.
SOURCE = "desk"


class ActionSender:
    """Puts agent actions into the intake, as the receiver does with the bodies of providers."""

    def __init__(self, *, store: Bodies, wake: Waking, source: str = SOURCE) -> None:
        self._store = store
        self._wake = wake
        self._source = source

    def send(self, action: AgentAction) -> None:
        """Store an action. It takes effect in the turn of its conversation; the same id again has no effect.

        What an agent does completes waiting work, so there is room for it as long as there is any. Raises `StoreError` if it
        may not have been stored.
        """
        body, by_agent = action.to_json().encode(), self._source == SOURCE
        source = DESK_TEMPLATES if by_agent and action.reply else self._source
        stored = self._store.store(body, source=source, ordering_key=action.conversation, by_agent=by_agent)
        logger.info(
            "an agent acts" if by_agent else "an API client acts",
            action_type=action.type.value,
            by=action.agent,
            action_id=action.id,
            conversation=mask(action.conversation),
        )
        if stored.wake is not None:
            self._wake.publish(stored.wake)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskServices:
    """The services of one desk."""

    run: Runner
    store: DeskStore
    troubles: Callable[[], Sequence[Trouble]]  #: warnings of the providers about accounts and senders
    templates: Callable[[], Definitions]  #: the message templates that are known
    campaigns: Campaigns
    paused: Callable[[], Mapping[str, Pause]]  #: the senders from which nothing is sent at present
    actions: ActionSender
    sessions: AgentSessions
    secrets: DeskSecrets
    feed: ChangeFeed
    media: MediaStore  #: where the files of both sides are kept
    media_work: MediaWorkStore  #: what became of the files of customers
    clock: Clock
    new_id: Callable[[], str]
    proxies: int  #: reverse proxies in front of the desk
    public_url: str  #: "" if it is not known
    country: str  #: of numbers without a country code, "" if it is not set
