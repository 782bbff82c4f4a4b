"""What a provider, and a network of customers, are to the rest of the system. Pure: values only."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A network that gives customers their ids. Several providers may share it; a customer is the same on all of them."""

    name: str  #: the first part of the names of its conversations
    id: re.Pattern[str]  #: an id of a customer, as it stands in the name of a conversation
    #: how long after a customer's message free-form replies may be sent, the customer service window; None: always
    window: timedelta | None = None


#: "+" and 5 to 20 digits: E.164 has 15 at most, and ids of business numbers are longer. Or a business-scoped id: country,
#: dot, up to 128 alphanumerics; parent ids have one more part ("US.ENT.1"), older ids begin with "user.".
WHATSAPP = Namespace(
    name="whatsapp",
    id=re.compile(r"\+[0-9]{5,20}|[A-Z]{2}(?:\.[A-Za-z0-9]{1,128}){1,2}|user\.[A-Za-z0-9]{1,128}"),
    window=timedelta(hours=24),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The account that `inturn run` invents, and its customer. They never change: waiting replies name the sender."""

    sender: str
    customer: (
        str  #: who writes in `inturn chat` if nobody is named; lives in the country of the sample business
    )
    #: values of needed settings; "{secret}" stands for a new one. A needed setting without a value is a new secret.
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What every program knows of a provider. Settings are named like the fields of the settings classes."""

    name: str  #: `Route.channel`, and the prefix of its settings
    titles: tuple[str, str]  #: in English and in Arabic
    namespace: Namespace
    needs: tuple[str, ...]  #: settings that it needs to receive messages and to send replies
    sends_with: tuple[str, ...]  #: settings that it needs to send replies
    secrets: tuple[str, ...]  #: settings any of which says that a real account is configured
    api_url: str  #: setting with the address of its API
    path: str  #: of its webhook
    simulated: Simulated
    own_sender: Callable[
        [object], str
    ]  #: the sender that the settings of a worker name, "" if they name none
    address_of: Callable[[str], str]  #: the address of a customer, in the form of `Route.address`
    typing: str = (
        ""  #: setting that shows read marks and a typing indicator to customers, "" if there is none
    )
    confirms_taps: bool = False  #: whether a customer's tap on a button must be confirmed
    bills_messages: bool = False  #: whether each message costs, so that fewer of them cost less
    signs_public_url: bool = False  #: whether no request can be verified without `PUBLIC_URL`
    senders_are_numbers: bool = (
        False  #: whether its senders are phone numbers, which people write in many ways
    )

    def missing(self, settings: object, *, besides: Container[str] = ()) -> list[str]:
        """Return the names of the needed settings without a value; those of `besides` are not needed."""
        return [name.upper() for name in self.needs if name not in besides and not getattr(settings, name)]

    def sends_receipts(self, settings: object) -> bool:
        """Whether customers are shown that a message was read, or that a tap has arrived."""
        return self.confirms_taps or bool(self.typing and getattr(settings, self.typing))

    def can_send(self, settings: object) -> bool:
        """Whether it has the settings that it needs to send replies."""
        return all(getattr(settings, name) for name in self.sends_with)

    def is_configured(self, settings: object) -> bool:
        """Whether any secret of a real account is set. Programs that do not know a setting do not look at it."""
        return any(getattr(settings, name, None) for name in self.secrets)
