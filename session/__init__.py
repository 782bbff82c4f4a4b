"""The domain: what a conversation is, and how it is stored. It imports no web framework and no task queue."""

from session.errors import (
    ConversationBusy,
    IllegalTransition,
    InturnError,
    NoCatalogue,
    NoCustomer,
    NoSuchSession,
    SearchLimitReached,
    SettingsError,
    StoreUnavailable,
)
from session.facts import KnownFacts, with_facts
from session.manager import SessionManager
from session.messages import Button, Menu, Message, Reply, Row
from session.models import Member, Role, SearchEntry, Session, State, Statistics
from session.policy import Policy
from session.turn import Turn

#: The name of `KnownFacts` in earlier releases.
ExtractedInfo = KnownFacts

__all__ = [
    # for writing assistants
    "Turn",
    "Reply",
    "Button",
    "Menu",
    "Row",
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
    "StoreUnavailable",
]
