"""The domain: what a conversation is, and how it is stored. It imports no web framework and no task queue.

`SessionManager` is loaded when it is first used, so that importing a pure module does not load the Redis client.
"""

from typing import TYPE_CHECKING, Any

from session.async_turn import AsyncTurn
from session.content_parts import Card, Location, Media
from session.errors import (
    ConversationBusy,
    IllegalTransition,
    InturnError,
    NoCatalogue,
    NoCustomer,
    NoSuchSession,
    SearchLimitReached,
    SettingsError,
    StepFailed,
    StoreUnavailable,
    TurnLost,
)
from session.facts import KnownFacts, with_facts
from session.files import File
from session.history import Role
from session.messages import Message
from session.models import Member, SearchEntry, Session, State, Statistics
from session.policy import Policy
from session.replies import Button, Flow, Link, Menu, Reply, Row
from session.templates import Template, TemplateButton
from session.turn import Turn

if TYPE_CHECKING:
    from session.manager import SessionManager

#: The name of `KnownFacts` in earlier releases.
ExtractedInfo = KnownFacts

__all__ = [
    # for writing assistants
    "Turn",
    "AsyncTurn",
    "Reply",
    "Button",
    "Menu",
    "Row",
    "File",
    "Link",
    "Flow",
    "Template",
    "TemplateButton",
    "Location",
    "Card",
    "Media",
    "Message",
    "KnownFacts",
    "with_facts",
    # stored values
    "SessionManager",
    "Session",
    "State",
    "Role",
    "Member",
    "ExtractedInfo",
    "SearchEntry",
    "Statistics",
    "Policy",
    # errors
    "InturnError",
    "ConversationBusy",
    "IllegalTransition",
    "NoCatalogue",
    "NoCustomer",
    "NoSuchSession",
    "SearchLimitReached",
    "SettingsError",
    "StepFailed",
    "StoreUnavailable",
    "TurnLost",
]


def __getattr__(name: str) -> Any:
    """Return `SessionManager`; no other name is loaded late. Raises `AttributeError` for any other."""
    if name == "SessionManager":
        from session.manager import SessionManager  # noqa: PLC0415  (see the docstring of this module)

        return SessionManager
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
