"""Follows aliases to where a customer is now."""

from collections.abc import Mapping, Sequence
from typing import Final

from session.conversations import conversation_of, scope_of
from session.joining import alias_in
from session.keys import Keys
from session.store.calls import Call, Program, Together, as_text, command

#: Aliases in a row. A join lets all names lead to the customer at once; only an interrupted one leaves more.
LONGEST_WAY: Final = 16


def alias_of(keys: Keys, conversation: str) -> Call[str]:
    """Return the alias of a name as it is stored, "" if there is none."""
    return command("alias", "GET", keys.of(conversation).alias, read=as_text)


def _if_readable(keys: Keys, conversation: str) -> Call[str]:
    """Do the same; a key of a wrong type is none, until a script mends it."""
    return command("alias", "MGET", keys.of(conversation).alias, read=_first)


def resolve(keys: Keys, conversations: Sequence[str]) -> Program[list[str]]:
    """Return for each conversation the one where its customer is now: itself, unless it has moved. One round trip, usually."""
    ways: dict[str, str] = {}
    unread = set(conversations)
    for _ in range(LONGEST_WAY):
        if not unread:
            break
        read = sorted(unread)
        raws = yield Together([_if_readable(keys, one) for one in read])
        found = {one: alias for one, raw in zip(read, raws, strict=True) if (alias := alias_in(raw))}
        ways |= {one: beside(one, alias.target) for one, alias in found.items()}
        unread = {way for one in read if (way := ways.get(one))} - ways.keys()
    return [_end(one, ways) for one in conversations]


def beside(conversation: str, customer: str) -> str:
    """Return the conversation of another name in the same scope."""
    return conversation_of(customer, scope_of(conversation))


def _first(answer: Sequence[object]) -> str:
    return as_text(answer[0])


def _end(conversation: str, ways: Mapping[str, str]) -> str:
    passed = {conversation}
    while (way := ways.get(conversation)) and way not in passed:
        conversation = way
        passed.add(way)
    return conversation
