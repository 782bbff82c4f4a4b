"""What a provider and a network of customers are to the rest of the system. Values only."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A network that gives customers their ids. Several providers may share it; a customer is the same on all of them."""

    name: str  #: how the names of its conversations begin
    id: re.Pattern[str]  #: an id of a customer, as it stands in the name of a conversation
    #: how long after a customer's message free-form replies may be sent, the customer service window; None: always
    window: timedelta | None = None


#: "+" and 5 to 20 digits: E.164 has 15 at most, and ids of business numbers exceed it. Or a business-scoped id: country,
#: dot, up to 128 alphanumerics; parent ids have one more part ("US.ENT.1"), older ids begin with "user.".
WHATSAPP = Namespace(
    name="whatsapp",
    id=re.compile(r"\+[0-9]{5,20}|[A-Z]{2}(?:\.[A-Za-z0-9]{1,128}){1,2}|user\.[A-Za-z0-9]{1,128}"),
    window=timedelta(hours=24),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What every program knows of a provider. Settings are named as the fields of the settings classes are."""

    name: str  #: what `Route.channel` says, and how the names of its settings begin
    namespace: Namespace
    needs: tuple[str, ...]  #: settings without which it cannot take messages in and send replies
    sends_with: tuple[str, ...]  #: settings without which it cannot send replies
    secrets: tuple[str, ...]  #: settings of which any says that a real account is configured
    api_url: str  #: setting with the address of its API
    path: str  #: of its webhook
    simulated_sender: (
        str  #: of the account that `inturn run` makes up; it stays, because waiting replies name it
    )
    #: other settings of that account; "{secret}" stands for a fresh one, which every other needed setting is
    simulated: Mapping[str, str] = field(default_factory=dict)
    typing: str = (
        ""  #: the setting that shows customers read marks and a typing indicator, "" if there is none
    )
    confirms_taps: bool = False  #: whether a customer waits for a tap on a button to be confirmed
    signs_public_url: bool = False  #: whether no request can be verified without `PUBLIC_URL`
    senders_are_numbers: bool = (
        False  #: whether its senders are phone numbers, which people write in many ways
    )

    def missing(self, settings: object, *, besides: Container[str] = ()) -> list[str]:
        """Return the names of the needed settings without a value; those of `besides` are not needed."""
        return [name.upper() for name in self.needs if name not in besides and not getattr(settings, name)]

    def sends_receipts(self, settings: object) -> bool:
        """Whether customers are to be shown that a message was read, or that a tap has arrived."""
        return self.confirms_taps or bool(self.typing and getattr(settings, self.typing))

    def can_send(self, settings: object) -> bool:
        """Whether replies can go out through it."""
        return all(getattr(settings, name, None) for name in self.sends_with)

    def is_configured(self, settings: object) -> bool:
        """Whether any secret of a real account is set."""
        return any(getattr(settings, name, None) for name in self.secrets)
