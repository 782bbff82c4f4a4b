"""What a channel finds in a body, and what becomes of one send. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from session.agent_actions import AgentAction
from session.messages import Message, Route, Status
from session.pauses import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A part of a body that could not be read; its neighbours were."""

    why: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The business has written to a customer from its own phone."""

    action: AgentAction  #: without a scope
    route: Route  #: on which it was written


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNews:
    """What a provider says of an account or a sender of the business: that something is wrong there, or no longer."""

    trouble: Trouble  #: without its time
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """All that one body holds, in its order."""

    messages: tuple[Message, ...] = ()
    echoes: tuple[Echo, ...] = ()
    actions: tuple[AgentAction, ...] = ()
    statuses: tuple[Status, ...] = ()
    news: tuple[AccountNews, ...] = ()
    #: what is no message, by name, with how often it occurred (e.g. {"account_update": 1})
    ignored: Mapping[str, int] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider accepted it."""

    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The provider refuses this message for good; sending it again would change nothing."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The provider did not take it now; the same send may succeed later."""

    code: str
    words: str
    retry_after: float | None = None  #: seconds, if the provider named them


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Nothing can be sent through this sender until an operator acts: token expired, account blocked, no such sender."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """The customer has told the provider to be left alone; this message is refused, and so is every other."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The request may or may not have been processed: its answer was lost, or is nobody's whom we asked."""

    words: str


Outcome = Sent | Rejected | Throttled | Stopped | OptedOut | Unknown
