"""The test kit for assistants. It needs no server, and time stands still.

    from session.testing import Conversation

    def test_it_hands_over():
        answer = Conversation(assistant).says("an agent please")

        assert answer.effects == {"replies": ["A colleague will answer you here."], "escalated": "customer asked"}

A `Conversation` keeps its session from turn to turn like a deployment: history, known facts, state. `turn` makes a
single turn with any history.
"""

from session.steps import MemoryKeeper
from session.testing.answers import Answer, ask
from session.testing.conversation import Conversation
from session.testing.messages import (
    CUSTOMER,
    NOW,
    ROUTE,
    card,
    choice,
    decision,
    document,
    form,
    from_ad,
    message,
    order,
    photo,
    place,
    quote,
    tap,
    timer,
    voice,
)
from session.testing.turns import Records, turn

__all__ = [
    # a whole conversation
    "Conversation",
    "Answer",
    # one turn by itself
    "turn",
    "ask",
    # messages of the customer
    "message",
    "tap",
    "choice",
    "place",
    "photo",
    "voice",
    "document",
    "form",
    "order",
    "card",
    "from_ad",
    "quote",
    # what has been planned
    "timer",
    "decision",
    # the catalogue
    "Records",
    # what a repeated turn finds
    "MemoryKeeper",
    # defaults
    "CUSTOMER",
    "ROUTE",
    "NOW",
]
