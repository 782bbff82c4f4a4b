"""The contents of a body, and the outcome of a send. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from session.agent_actions import AgentAction
from session.messages import Message, Route, Status
from session.pauses import Trouble
from session.template_definitions import TemplateChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A part of a body that could not be read; the other parts were."""

    why: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What happened to a conversation elsewhere: the business wrote on its own phone, another app took over, and the like."""

    action: AgentAction  #: without a scope
    route: Route  #: on which it was written


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNews:
    """A provider's warning about an account or a sender of the business, or the end of one."""

    trouble: Trouble  #: without its time
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The contents of one body, in order."""

    messages: tuple[Message, ...] = ()
    echoes: tuple[Echo, ...] = ()
    actions: tuple[AgentAction, ...] = ()
    statuses: tuple[Status, ...] = ()
    news: tuple[AccountNews, ...] = ()
    templates: tuple[TemplateChange, ...] = ()  #: changes of message templates
    #: the other parts: name -> how often it occurred (e.g. {"account_update": 1})
    ignored: Mapping[str, int] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider accepted it."""

    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The provider rejects this message for good; sending it again would not help."""

    code: str
    words: str
    tells: str = (
        ""  #: what it says beyond this message: an `ErrorClass` of customers' wishes or of templates, else ""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The provider did not accept it now; the same send may succeed later."""

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
    """The customer has told the provider to stop messages; this one is rejected, and so is every other."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """The request may or may not have been processed: its answer was lost, or did not come from the provider."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What it carries is at the provider now, which took a while; the send itself has not begun."""

    words: str


Outcome = Sent | Rejected | Throttled | Stopped | OptedOut | InDoubt | Prepared
