"""The definitions of message templates at the providers, as they are cached. Pure; `template_fitting` compares replies with them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from session.records import Ms, Record
from session.template_events import Changes, TemplateChanged
from session.templates import ButtonKind

#: A parameter in a text: {{1}} or {{name}}.
_PARAMETER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: What a template with this status may be used for; every other one is refused.
SENDABLE = frozenset({"APPROVED", "FLAGGED"})

HeaderKind = Literal["text", "image", "video", "document", "location"]


class HeaderForm(Record):
    """The header of a template."""

    kind: HeaderKind
    text: str = ""  #: of a text; of a file at Twilio, its address, which may have a parameter


class ButtonForm(Record):
    """A button of a template."""

    title: str
    needs: ButtonKind | None = None  #: what it is given; a payload may be left out
    url: str | None = None  #: the address that it opens, which may end with a parameter
    payload: str | None = None  #: at Twilio: what a tap sends back, which may be a parameter


class Definition(Record):
    """A template in one language, as an account has it."""

    account: str  #: "meta:<business account id>", "twilio:<account sid>"
    name: str
    language: str
    status: str  #: in Meta's words, in capitals: "APPROVED", "PAUSED", "REJECTED"
    why: str | None = None  #: the provider's reason for the status
    category: str | None = None  #: "MARKETING", "UTILITY", "AUTHENTICATION"
    quality: str | None = None  #: "GREEN", "YELLOW", "RED"
    status_at: Ms = (
        0  #: ms since the epoch, when the status was reported, by the provider's clock; 0: it was read
    )
    id: str | None = None  #: the provider's own
    is_read: bool = True  #: False: only a change of it was reported, and its parts are not known
    header: HeaderForm | None = None
    body: str = ""
    footer: str | None = None
    buttons: tuple[ButtonForm, ...] = ()

    @property
    def key(self) -> str:
        """Its name among all definitions."""
        return key_of(self.account, self.name, self.language)

    @property
    def channel(self) -> str:
        """The channel of its account."""
        return self.account.partition(":")[0]

    @property
    def parameters(self) -> list[str]:
        """The parameters of its body, each once: numbers in their order, wherever they stand, and names in that of the text."""
        found = parameters_in(self.body)
        return sorted(found, key=lambda name: (len(name), name)) if all(map(str.isdecimal, found)) else found

    @property
    def header_parameters(self) -> list[str]:
        """The parameters in the text of its header, or in the address of its file."""
        return parameters_in(self.header.text) if self.header else []

    @property
    def needs_header(self) -> bool:
        """Whether a reply must give a header. A file with a fixed address is a part of the template."""
        if self.header is None:
            return False
        return bool(self.header_parameters) if self.header.text else self.header.kind != "text"


class Definitions(Record):
    """All definitions that are cached, and which accounts were read completely."""

    known: tuple[Definition, ...] = ()
    pulled: frozenset[str] = frozenset()  #: the accounts; what is missing in one of these does not exist

    def find(self, channel: str, name: str, language: str) -> Definition | None:
        """Return a definition for a channel; None if none is cached.

        Of several one that may be sent is better, one whose parts are known, and one of an account that was read completely.
        """
        found = [
            one for one in self.known if (one.channel, one.name, one.language) == (channel, name, language)
        ]
        return min(
            found,
            key=lambda one: (one.status not in SENDABLE, not one.is_read, one.account not in self.pulled),
            default=None,
        )

    def in_words(self, name: str, language: str) -> Definition | None:
        """Return a definition whose text is known, of whichever channel; None if none is cached."""
        found = (one for one in self.known if (one.name, one.language) == (name, language) and one.is_read)
        return next(found, None)

    def covers(self, channel: str) -> bool:
        """Whether an account of a channel was read, so that what is missing does not exist."""
        return any(account.partition(":")[0] == channel for account in self.pulled)

    def languages(self, channel: str, name: str) -> list[str]:
        """Return the languages in which a channel has a template."""
        return sorted({one.language for one in self.known if (one.channel, one.name) == (channel, name)})

    def names(self, channel: str) -> list[str]:
        """Return the names of all templates of a channel that may be sent."""
        return sorted({one.name for one in self.known if one.channel == channel and one.status in SENDABLE})


class NotKept(StrEnum):
    """Why a definition that a program puts or removes stays as it is."""

    PULLED = "pulled"  # everything of its account is read at the provider
    FULL = "full"  # as many as possible are kept already


def key_of(account: str, name: str, language: str) -> str:
    """Return the name of a definition among all."""
    return f"{account}|{name}|{language}"


def parameters_in(text: str) -> list[str]:
    """Return the names of the parameters in a text, in order, each once."""
    return list(dict.fromkeys(_PARAMETER.findall(text)))


def put_in(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the values of its parameters; one without a value stays as it is."""
    return _PARAMETER.sub(lambda found: values.get(found[1], found[0]), text)


class TemplateChange(Record):
    """A change of a definition that was reported without the definition itself."""

    account: str
    name: str
    language: str
    what: Changes
    after: str
    why: str | None = None
    at: Ms = 0  #: ms since the epoch, by the provider's clock; 0: not known

    @property
    def key(self) -> str:
        """The name of the definition among all."""
        return key_of(self.account, self.name, self.language)

    def of(self, definition: Definition | None) -> Definition:
        """Return a definition after the change; one of which nothing else is known if there was none."""
        known = definition or Definition(
            account=self.account, name=self.name, language=self.language, status="APPROVED", is_read=False
        )
        if self.what != "status":
            return known.model_copy(update={self.what: self.after})
        if definition and self.at and self.at < definition.status_at:
            return definition  # it was delivered late, or again
        return known.model_copy(update={"status": self.after, "why": self.why, "status_at": self.at})

    def event(self, definition: Definition | None) -> TemplateChanged:
        """Return the event of this change."""
        return TemplateChanged(
            what=self.what,
            template=self.name,
            language=self.language,
            about=self.account,
            before=getattr(definition, self.what) if definition else None,
            after=self.after,
            words=self.why,
        )
