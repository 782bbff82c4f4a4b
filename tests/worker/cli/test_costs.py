"""`inturn costs`, on a real server."""

import csv
from collections import Counter

import pytest
from click.testing import CliRunner

from session.messages import DeliveryState, Status
from session.policy import Policy
from session.prices import Cost, Price
from tests.stores import Stores
from worker.cli import main
from worker.costs import Costs
from worker.price_table import open_prices

SERVICE = Price.of(category="service", billable=True, model="PMP", type="regular")
FREE = Price.of(category="service", billable=False, model="PMP", type="free_entry_point")
AUTH = Price.of(category="authentication_international", billable=True, model="PMP", type="regular")


@pytest.fixture
def inturn(valkey, valkey_socket, clock, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    stores, prices = Stores.on(valkey, policy=Policy(), clock=None), open_prices(None)
    told = [
        ("+201001234567", "1", SERVICE),
        ("+201001234567", "1", SERVICE),
        ("+201001234567", "1", FREE),
        ("+919840930854", "2", SERVICE),
        ("+919840930854", "2", AUTH),
    ]
    for n, (customer, sender, price) in enumerate(told):
        arrived = Status(
            conversation=f"whatsapp:{customer}",
            delivery=f"t{n}.0",
            provider_id=f"wamid.{n}",
            state=DeliveryState.DELIVERED,
            at=0,
            price=price,
            sender=f"meta:{sender}",
        )
        stores.statuses.note(prices.priced(arrived, clock.now()))
    return lambda *arguments: CliRunner().invoke(main, ["costs", *arguments])


def test_costs_are_summed_by_category(inturn):
    assert inturn().output.splitlines() == [
        "category                      arrived  billed  unpriced     USD",
        "authentication_international        1       1         1    0.00",
        "service                             4       3         0  0.0086",
        "all                                 5       4         1  0.0086",
    ]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("country", [["EG", "3", "2", "0", "0.0072"], ["IN", "2", "2", "1", "0.0014"]]),
        ("sender", [["meta:1", "3", "2", "0", "0.0072"], ["meta:2", "2", "2", "1", "0.0014"]]),
        (
            "customer",
            [["+201001234567", "3", "2", "0", "0.0072"], ["+919840930854", "2", "2", "1", "0.0014"]],
        ),
        ("assistant", [["estate:bot", "2", "2", "1", "0.0014"], ["mine:bot", "3", "2", "0", "0.0072"]]),
    ],
)
def test_they_are_summed_by_whatever_is_asked_for(inturn, monkeypatch, tmp_path, by, rows):
    (tmp_path / "senders.toml").write_text('[[sender]]\nsender = "meta:2"\nassistant = "estate:bot"\n')
    monkeypatch.setenv("SENDERS_FILE", "senders.toml")
    monkeypatch.setenv("ASSISTANT", "mine:bot")

    head, *found, total = csv.reader(inturn("--by", by, "--csv").output.splitlines())

    assert head == [by, "arrived", "billed", "unpriced", "USD"]
    assert found == rows
    assert total == ["all", "5", "4", "1", "0.0086"]


def test_figures_are_for_programs_if_they_are_wanted_so(inturn, monkeypatch):
    found = {"service": Costs(arrived=1, billed=1, micros=Counter(USD=5_000_000_000))}
    monkeypatch.setattr("worker.cli.costs.spent", lambda *_: found)

    assert inturn("--csv").output.splitlines()[1] == "service,1,1,0,5000.00"
    assert "5,000.00" in inturn().output


def test_only_what_arrived_since_then_counts(inturn):
    assert inturn("--since", "2999-01-01").output.split() == [
        "category",
        "arrived",
        "billed",
        "unpriced",
        *"all 0 0 0".split(),
    ]
    assert inturn("--since", "99999999d").exit_code == 2
    assert inturn("--since", "yesterday").exit_code == 2


def test_an_amount_has_two_decimals_or_all_of_them():
    assert [Cost(micros=one, currency="USD").amount for one in (0, 3600, 1_500_000, 1_234_000_001)] == [
        "0.00",
        "0.0036",
        "1.50",
        "1,234.000001",
    ]
    assert Cost.read("x") is None
