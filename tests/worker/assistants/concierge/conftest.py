"""The concierge as a function of a turn, without a worker."""

from datetime import UTC, datetime

import pytest

from session.messages import Message
from session.testing import Conversation, message
from worker.assistants.catalogue import load_samples, open_catalogue
from worker.assistants.concierge import assistant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Customer(Conversation):
    """Talks to the concierge turn by turn; whatever is not a text is given as a message."""

    def __init__(self, catalogue, kind="properties", **more):
        super().__init__(assistant, catalogue=catalogue, kind=kind, now=NOW, **more)
        self.asked = None

    def says(self, text="", **more):
        """Say something; returns the replies."""
        self.asked = super().says(text if isinstance(text, Message) else message(text, **more))
        return self.asked.replies

    def hears(self, text="", **more):
        """Say something; returns the text of the only reply."""
        (reply,) = self.says(text, **more)
        return reply.text

    @property
    def slots(self):
        known = self.session.context.extracted_info.model_dump(by_alias=True, exclude_none=True)
        return {name: value for name, value in known.items() if name != "dialogue"}


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory):
    directory = tmp_path_factory.mktemp("catalogue")
    load_samples(directory, now=NOW)
    with_records = open_catalogue(directory)
    yield with_records
    with_records.close()


@pytest.fixture
def customer(catalogue):
    return Customer(catalogue)


@pytest.fixture
def seeker(catalogue):
    return Customer(catalogue, kind="members")
