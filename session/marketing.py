"""What a customer has said about marketing messages. Pure.

It is consent, like the opt-out, and is kept without a session too. It concerns what the business begins: answers go on.
"""

from typing import Literal

from session.records import Ms, Record

#: What a customer may wish: no marketing messages, or marketing messages again.
Wish = Literal["stop", "resume"]


class Marketing(Record):
    """The latest wish of a customer."""

    wish: Wish
    at: Ms  #: ms since the epoch, when the customer said so, by the provider's clock
