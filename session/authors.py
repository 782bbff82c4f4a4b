"""Finds which customer an item of a webhook concerns, under which names. Pure.

The webhook chooses the shard of a body by it, and the workers the conversation of a message: both must find the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from session.channels.twilio import PREFIX, bare
from session.conversations import conversation_of, is_business_scoped
from session.identities import Names, names_in, without

Item = Mapping[str, Any]

#: Where the names of a customer are, phone number first.
_OF_AUTHOR: Final = ("from", "from_user_id", "from_parent_user_id")
_OF_CONTACT: Final = ("wa_id", "user_id", "parent_user_id")
_OF_RECIPIENT: Final = ("to", "to_user_id", "to_parent_user_id")
_OF_REPORT: Final = ("phone_number", *_OF_CONTACT)
_NEW: Final = ("new_wa_id", "wa_id", "user_id", "parent_user_id")
_PREVIOUS: Final = ("previous_user_id", "previous_parent_user_id")
#: System messages that say that a customer has another number or id from now on.
_CHANGES: Final = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
_FROM_TO = re.compile(r"changed from (\S{3,140}) to \S")
_NOBODY: Final[Item] = {}


def word_at(holder: Item, name: str) -> str | None:
    """Return an id or a code, which providers write as text or as a whole number; None if there is neither."""
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def _words(holder: Item, names: Iterable[str]) -> Iterator[str | None]:
    return (word_at(holder, name) for name in names if name in holder)


def _names(holder: Item, where: Iterable[str]) -> set[str]:
    found = names_in(_words(holder, where))
    return {found.customer, *found.also} if found else set()


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts of one change, and the only author of its messages if there is just one."""

    by_name: Mapping[str, Item] = field(default_factory=dict)  #: by each of their names
    sole: Item = field(
        default_factory=dict
    )  #: of the only author; empty if there are several authors or contacts

    @classmethod
    def among(cls, contacts: Sequence[Item], messages: Iterable[Item]) -> "Contacts":
        """Return the contacts for some messages."""
        by_name = {name: contact for contact in contacts for name in _names(contact, _OF_CONTACT)}
        authors = {author and author.customer for author in map(_author, messages)}
        return cls(by_name, contacts[0] if len(contacts) == len(authors) == 1 else _NOBODY)

    def of(self, message: Item) -> Item:
        """Return the contact of the author of a message; an empty one if there is none."""
        return self._shared(_author(message)) or self.sole

    def names_of(self, message: Item) -> Names | None:
        """Return the names of the author of a message, those of the contact included; None if there is none.

        A contact without any name of the author may be another person.
        """
        author = _author(message)
        contact = self._shared(author) if author else self.sole
        return names_in([*_words(message, _OF_AUTHOR), *_words(contact, _OF_CONTACT)])

    def _shared(self, author: Names | None) -> Item:
        shown = (author.customer, *author.also) if author else ()
        return next((self.by_name[name] for name in shown if name in self.by_name), _NOBODY)


def _author(message: Item) -> Names | None:
    return names_in(_words(message, _OF_AUTHOR))


def names_of_recipient(echo: Item) -> Names | None:
    """Return the names of the customer to whom the business wrote from its phone; None if there is none."""
    return names_in(_words(echo, _OF_RECIPIENT))


def names_of_report(part: Item) -> Names | None:
    """Return the names of the customer who has a wish, or is the sender of a handover; None if there is none."""
    return names_in(_words(part, _OF_REPORT))


@dataclass(frozen=True, slots=True)
class Change:
    """A system message that says that a customer has another number or id from now on."""

    names: Names  #: the new ones
    formerly: tuple[str, ...]  #: those that the customer had before


def change_in(message: Item) -> Change | None:
    """Return the change that a system message announces; None for every other message.

    `from` is the number before the change, and may be missing; the previous id may be in the text only.
    """
    system = message.get("system")
    if not isinstance(system, Mapping) or word_at(system, "type") not in _CHANGES:
        return None
    new = names_in(_words(system, _NEW))
    if new is None:
        return None
    words = [*_words(message, _OF_AUTHOR), *_words(system, _PREVIOUS)]
    told = _FROM_TO.search(word_at(system, "body") or "")
    if told and is_business_scoped(told[1]):
        words.append(told[1])
    old = names_in(words)
    shown = (old.customer, *old.also) if old else ()
    return Change(new, without(shown, (new.customer, *new.also)))


def customer_in(message: Item, contacts: Contacts) -> str | None:
    """Return the customer of a message by the primary name; after a change that is the new one. None if there is none."""
    change = change_in(message)
    names = change.names if change else contacts.names_of(message)
    return names.customer if names else None


def concern(contact: Item, messages: Iterable[Item]) -> bool:
    """Whether a contact has a name of the author of one of these messages."""
    names = _names(contact, _OF_CONTACT)
    return any(not names.isdisjoint(_names(message, _OF_AUTHOR)) for message in messages)


def names_of_form(form: Mapping[str, str]) -> Names | None:
    """Return the names of the customer who sent a form of Twilio's; None if it is nobody on WhatsApp.

    For a customer who hides the phone number, `From` contains the id (Twilio, "WhatsApp usernames").
    """
    author = form.get("From", "")
    found = names_in((bare(author),)) if author.startswith(PREFIX) else None
    if found is None:
        return None
    found = names_in((bare(author), form.get("ExternalUserId"), form.get("ParentExternalUserId"))) or found
    told = names_in((form.get("WaId"),))
    # Another number would be that of somebody else.
    if told is None or told.customer != found.customer:
        return found
    return found._replace(also=without((*found.also, *told.also), (found.customer,)))


def ordering_key(address: str) -> str:
    """Return the ordering key of an address of Twilio's, in any spelling; the text itself if it is no customer's."""
    found = names_in((bare(address),)) if address.startswith(PREFIX) else None
    return conversation_of(found.customer) if found else address


def standby_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of a `standby` change as that of a `messages` change; some bodies nest it once more."""
    flat = {name: one for name, one in value.items() if name != "standby"}
    nested = value.get("standby")
    for part in nested if isinstance(nested, list) else [nested]:
        if isinstance(part, Mapping):
            for name, one in part.items():
                before = flat.get(name)
                flat[name] = [*before, *one] if isinstance(one, list) and isinstance(before, list) else one
    return flat
