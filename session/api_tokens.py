"""The tokens of API clients: names, rights and scopes, and how `API_TOKENS` writes them. Pure.

A secret is random and long, so a quick hash of it is enough; nobody can try all of them.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from session.conversations import is_scope, scope_of

#: Characters of a secret. It is not chosen by a person: fewer different ones than this are no random text.
SHORTEST: Final = 32
_DIFFERENT: Final = 10
_SECRET = re.compile(r"[A-Za-z0-9_~+/=-]+")
#: "t1" stands for the hash.
_HASH = re.compile(r"t1\.[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
#: The scope of senders without one, as it is written in settings.
MAIN_SENDER: Final = "-"


class Right(StrEnum):
    """What a token allows."""

    READ = "read"  # conversations, and what became of messages
    SEND = "send"  # messages
    ACT = "act"  # take over, hand back, close, change what is known, cancel timers
    FORGET = "forget"
    DEAD = "dead"  # dead letters: list, retry, drop
    CAMPAIGN = "campaign"  # make, start, pause, read and remove campaigns
    TEMPLATES = "templates"  # put and remove definitions of message templates, for a token without scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token as the settings have it."""

    name: str
    hashed: str  #: of the secret
    rights: frozenset[Right]
    scopes: frozenset[str] | None = None  #: whose conversations it sees; None: all

    def covers(self, conversation: str) -> bool:
        """Return whether its client may see a conversation."""
        return self.covers_scope(scope_of(conversation))

    def covers_scope(self, scope: str) -> bool:
        """Return whether its client may see what is of a scope; "" stands for senders without one."""
        return self.scopes is None or scope in self.scopes


def hash_of(secret: str) -> str:
    """Return the hash of a secret, "t1.<hex>"."""
    return f"t1.{hashlib.sha256(secret.encode('utf-8', 'surrogatepass')).hexdigest()}"


def is_name(name: str) -> bool:
    """Return whether a token may have a name: lower-case letters, digits, - and _, at most 40."""
    return _NAME.fullmatch(name) is not None


def token_of(secret: str, tokens: Mapping[str, ApiToken]) -> ApiToken | None:
    """Return the token with a secret, None if there is none; it takes as long for any secret of the same length."""
    hashed, found = hash_of(secret), None
    for token in tokens.values():
        if hmac.compare_digest(token.hashed, hashed):
            found = token
    return found


def read_tokens(text: str) -> dict[str, ApiToken]:
    """Return tokens by their names: "name:hash:rights:scopes", separated by commas, rights and scopes by "+".

    The secret itself may stand in the place of its hash; without scopes all businesses are meant. Raises `ValueError`, which
    repeats no secret.
    """
    tokens: dict[str, ApiToken] = {}
    for written in filter(None, map(str.strip, text.split(","))):
        name, *rest = (part.strip() for part in written.split(":"))
        if not is_name(name) or name in tokens:
            raise ValueError("names have 1 to 40 lower-case letters, digits, - and _, none of them twice")
        tokens[name] = _token(name, *rest)
    if len({token.hashed for token in tokens.values()}) < len(tokens):
        raise ValueError("two tokens have the same secret")
    return tokens


def _token(name: str, secret: str = "", rights: str = "", scopes: str = "", *more: str) -> ApiToken:
    known = {right.value for right in Right}
    if not rights or more or not set(rights.split("+")) <= known:
        raise ValueError(f"{name} has rights, {'+'.join(known)} or some of them: name:hash:read+send")
    listed = scopes.split("+") if scopes else []
    if not all(scope == MAIN_SENDER or is_scope(scope) for scope in listed):
        raise ValueError(
            f"{name} has scopes as SENDERS_FILE has them, `{MAIN_SENDER}` for senders without one"
        )
    return ApiToken(
        name=name,
        hashed=_hashed(name, secret),
        rights=frozenset(map(Right, rights.split("+"))),
        scopes=frozenset("" if scope == MAIN_SENDER else scope for scope in listed) or None,
    )


def _hashed(name: str, secret: str) -> str:
    if _HASH.fullmatch(secret):
        return secret
    if not _SECRET.fullmatch(secret) or len(secret) < SHORTEST or len(set(secret)) < _DIFFERENT:
        raise ValueError(
            f"{name} needs the hash that `inturn api token {name}` makes, or a random secret of {SHORTEST} characters or more"
        )
    return hash_of(secret)
