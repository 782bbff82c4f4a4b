"""What the tests of an assistant are written with. No server is needed, and time stands still.

    from session.testing import Conversation

    def test_it_hands_over():
        answer = Conversation(assistant).says("an agent please")

        assert answer.effects == {"replies": ["A colleague will answer you here."], "escalated": "customer asked"}

A `Conversation` keeps its session from turn to turn as the house does: the history, what is known, who answers. `turn`
makes a single turn, in the midst of whatever you say.
"""

from session.testing.answers import Answer, ask
from session.testing.conversation import Conversation
from session.testing.messages import CUSTOMER, NOW, ROUTE, choice, message, photo, place, tap
from session.testing.turns import Records, turn

__all__ = [
    # a customer says something, and the assistant answers
    "Conversation",
    "Answer",
    # one turn by itself
    "turn",
    "ask",
    # what is said
    "message",
    "tap",
    "choice",
    "place",
    "photo",
    # what is searched
    "Records",
    # who, where and when, unless you say otherwise
    "CUSTOMER",
    "ROUTE",
    "NOW",
]
