"""The concierge without a house around it: a function of a turn."""

from datetime import UTC, datetime, timedelta

import pytest

from session.messages import Kind, Message, Route
from session.models import new_session
from session.turn import SearchBudget, Turn
from worker.assistants.concierge import assistant
from worker.catalogue import load_samples, open_catalogue

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUTE = Route(channel="meta", line="106540352242922", address="201001234567")


def message(text, **more):
    return Message(
        id=f"wamid.{text}",
        customer="+201001234567",
        route=ROUTE,
        kind=more.pop("kind", Kind.TEXT),
        text=text,
        sent_at=1,
        received_at=1,
        **more,
    )


class Customer:
    """Talks to the concierge turn by turn; the session goes from each to the next."""

    def __init__(self, catalogue, kind="properties", searches=30):
        self.catalogue = catalogue
        self.kind = kind
        self.searches = searches
        self.session = new_session("whatsapp:+201001234567", id="s", now=NOW, agent_id="default")
        self.asked = None

    def says(self, text="", **more):
        """Say something; returns the replies."""
        turn = Turn(
            session=self.session.change(message_count=self.session.message_count + 1),
            messages=[message(text, **more)],
            now=NOW,
            budget=SearchBudget(left=self.searches, again_in=timedelta(hours=1)),
            kind=self.kind,
            catalogue=self.catalogue,
        )
        try:
            assistant(turn)
        finally:
            self.asked = turn.asked
        context = turn.session.context
        self.session = turn.session.change_context(
            extracted_info=turn.known,
            language=turn.language,
            intent=turn.asked.intent or context.intent,
        )
        self.searches -= len(turn.asked.searches)
        return turn.asked.replies

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
