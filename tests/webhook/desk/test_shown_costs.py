"""What the latest replies have cost."""

from session.prices import Cost, Price, Priced
from session.results import ConversationSnapshot
from webhook.desk.shown_costs import costs_of

SERVICE = Price.of(category="service", billable=True, model="PMP", type="regular")


def costs(**priced):
    """Return the costs of deliveries, each with its state and cost."""
    return costs_of(
        ConversationSnapshot(
            record="",
            expires_at=0,
            deliveries={name: state for name, (state, _) in priced.items()},
            prices={name: str(Priced(price=SERVICE, cost=cost)) for name, (_, cost) in priced.items()},
            mailbox=(),
            outbox=(),
            opted_out=False,
            events=(),
        )
    )


def test_what_arrived_is_added_up_by_currency():
    dollars, euros = Cost(micros=3600, currency="USD"), Cost(micros=10_000, currency="EUR")

    assert costs(a=("delivered", dollars), b=("read", dollars), c=("read", euros)) == [
        "0.01 EUR",
        "0.0072 USD",
    ]


def test_what_is_on_its_way_or_failed_or_has_no_known_price_costs_nothing():
    dollars = Cost(micros=3600, currency="USD")

    assert costs(a=("sent", dollars), b=("failed", dollars), c=("read", None)) == []
    assert costs() == []


def test_the_page_of_a_conversation_shows_it(office):
    office.story.says("hello")
    agent = office.agent()
    assert "Latest replies cost" not in agent.reads()

    office.story.tells_status(office.story.receives()[-1], "delivered")

    assert "Latest replies cost 0.0036 USD" in agent.reads()
