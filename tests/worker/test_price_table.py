"""What a message costs."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import SettingsError
from session.messages import DeliveryState, Status
from session.prices import Cost, Price, Priced
from session.records import to_ms
from tests.clocks import START
from worker.price_table import Card, PriceTable, country_of, open_prices, shipped

NOVEMBER = date(2026, 11, 30)
SERVICE = Price.of(category="service", billable=True, model="PMP", type="regular")


@pytest.mark.parametrize(
    ("conversation", "country"),
    [
        ("whatsapp:+201001234567", "EG"),
        ("whatsapp:directory:+919840930854", "IN"),
        ("whatsapp:+14155238886", "US"),
        ("whatsapp:+16135550123", "CA"),
        ("whatsapp:+77011234567", "KZ"),
        ("whatsapp:+12425550100", "BS"),
        ("whatsapp:EG.77ab", "EG"),
        ("whatsapp:US.ENT.1", "US"),
        ("whatsapp:+209999999999", "EG"),  # no known range
        ("whatsapp:+99912345", ""),
        ("whatsapp:user.77ab", ""),
        ("whatsapp:ZZ.77ab", ""),
        ("telegram:555", ""),
        ("", ""),
    ],
)
def test_a_customer_is_in_the_country_of_the_number_or_of_the_id(conversation, country):
    assert country_of(conversation) == country


@pytest.mark.parametrize(
    ("country", "category", "micros"),
    [
        ("EG", "service", 3600),
        ("EG", "utility", 3600),
        ("EG", "marketing", 64400),
        ("US", "marketing", 25000),
        ("KE", "service", 4000),  # Rest of Africa
        ("BS", "service", 7700),  # in no market of its own
    ],
)
def test_the_included_card_has_prices_for_every_country(country, category, micros):
    assert open_prices(None).price(country, category, NOVEMBER) == Cost(micros=micros, currency="USD")


@pytest.mark.parametrize(
    ("country", "category", "on"),
    [
        ("", "service", NOVEMBER),
        ("EG", "referral_conversion", NOVEMBER),
        ("EG", "authentication_international", NOVEMBER),
        ("EG", "service", date(2026, 9, 30)),  # before the card
    ],
)
def test_what_no_card_says_is_unknown(country, category, on):
    assert open_prices(None).price(country, category, on) is None


def test_no_country_is_in_two_markets_and_every_market_has_rates():
    (card,) = (card for card in shipped() if card.channel == "meta")
    countries = [country for market in card.markets.values() for country in market]

    assert len(countries) == len(set(countries))
    assert card.markets.keys() <= card.rates.keys()
    assert not set(countries) & card.rates.keys()
    assert len(card.rates) == 47


def test_prices_of_the_operator_come_first_and_the_newest_card_that_is_valid(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(
        '[[card]]\nsince = 2026-12-01\ncurrency = "EUR"\n[card.rates]\nEG = {service = 0.01}\n'
        '[[card]]\nsince = 2026-11-01\ncurrency = "EUR"\n[card.rates]\nEG = {service = 0.0033}\n'
        "other = {service = 0.5}\n"
    )
    table = open_prices(path)

    assert table.price("EG", "service", NOVEMBER) == Cost(micros=3300, currency="EUR")
    assert table.price("EG", "service", date(2026, 12, 24)) == Cost(micros=10_000, currency="EUR")
    assert table.price("EG", "service", date(2026, 10, 1)) == Cost(micros=3600, currency="USD")
    assert table.price("EG", "marketing", NOVEMBER) == Cost(micros=64_400, currency="USD")
    assert table.price("DE", "service", NOVEMBER) == Cost(micros=500_000, currency="EUR")


@pytest.mark.parametrize(
    "text",
    [
        "[[card]",
        '[[card]]\ncurrency = "USD"\n[card.rates]\n',
        '[[card]]\nsince = 2026-10-01\ncurrency = "dollars"\n[card.rates]\n',
        '[[card]]\nsince = 2026-10-01\ncurrency = "USD"\n[card.rates]\nEG = {service = -1}\n',
        "card = 1",
        "card = [1]",
        '[[card]]\nsince = 2026-10-01\nchannel = "sms"\ncurrency = "USD"\n[card.rates]\n',
        '[[card]]\nsince = 2026-10-01\ncurrency = "USD"\nprice = 3\n[card.rates]\n',
    ],
)
def test_a_file_that_is_wrong_stops_the_start_and_is_named(tmp_path, text):
    path = tmp_path / "prices.toml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=r"PRICES_FILE=.*prices\.toml: "):
        open_prices(path)
    with pytest.raises(SettingsError, match="PRICES_FILE="):
        open_prices(tmp_path / "none.toml")


@given(st.decimals(0, 1000, places=6))
def test_a_rate_is_exact(rate):
    card = Card(since=NOVEMBER, currency="USD", rates={"EG": {"service": rate}})

    found = PriceTable(cards=[card]).price("EG", "service", NOVEMBER)

    assert found is not None
    assert Decimal(found.micros) == rate * 1_000_000


def status(**members):
    return Status(
        conversation="whatsapp:+201001234567",
        provider_id="wamid.1",
        **{"at": to_ms(START), "state": DeliveryState.DELIVERED, "sender": "meta:1", **members},
    )


def test_a_status_says_what_its_delivery_costs_where_the_provider_bills_it():
    table, free = open_prices(None), SERVICE.model_copy(update={"billable": False})

    priced = table.priced(status(price=SERVICE), START, "mine:bot").priced
    assert str(priced) == "service billable PMP regular;3600 USD;EG;meta:1;mine:bot"
    assert Priced.read(str(priced)) == priced
    assert str(table.priced(status(price=free), START).priced) == "service free PMP regular;;EG;meta:1;"
    assert table.priced(status(), START) == status()
    assert Priced.read(str(SERVICE)) == Priced(price=SERVICE)
    earlier = Priced(price=SERVICE, country="EG", sender="meta:1")
    assert Priced.read("service billable PMP regular;;EG;meta:1") == earlier
    assert Priced.read("nothing") is None


@pytest.mark.parametrize(
    ("state", "counts"), [("sent", False), ("delivered", True), ("read", True), ("failed", False)]
)
def test_a_provider_that_names_no_class_may_have_a_fee_for_what_has_arrived(state, counts):
    told = status(state=DeliveryState(state), sender="twilio:+14155238886")
    fee = "fee billable PMP regular;5000 USD;EG;twilio:+14155238886;"

    assert str(open_prices(None).priced(told, START).priced) == (fee if counts else "None")


def test_the_fee_is_that_of_the_operator_and_a_card_is_for_one_channel(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(
        '[[card]]\nsince = 2026-01-01\nchannel = "twilio"\ncurrency = "EUR"\n[card.rates]\nEG = {fee = 0.01, service = 1}\n'
    )
    table = open_prices(path)

    priced = table.priced(status(sender="twilio:+14155238886"), START).priced
    assert priced is not None
    assert priced.cost == Cost(micros=10_000, currency="EUR")
    assert table.price("EG", "service", NOVEMBER) == Cost(micros=3600, currency="USD")
    assert table.priced(status(sender="telegram:1"), START) == status(sender="telegram:1")
