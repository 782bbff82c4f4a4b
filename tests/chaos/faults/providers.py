"""Faults of the providers: they throttle, fail, are behind a bad gateway, answer late, or take a message and hang up."""

from functools import partial

from tests.chaos.faults.field import Field, Maker
from tests.chaos.strikes import Strike


def _fault(mode: str, field: Field) -> Strike:
    hit = field.some_customers(12)
    count = field.dice.randint(1, 3)
    seconds = field.dice.choice([0.5, 1.5, 4]) if mode == "slow" else 1

    def put(mode: str, **more: object) -> None:
        for customer in hit:
            fault = {"channel": customer.channel, "customer": customer.name, "mode": mode, **more}
            field.simulator.post("/simulator/faults", json=fault).raise_for_status()

    return Strike(
        f"provider-{mode}",
        "simulator",
        field.dice.uniform(2, 5),
        partial(put, mode, count=count, seconds=seconds),
        partial(put, "ok"),
        frozenset(customer.name for customer in hit),
    )


MAKERS: dict[str, Maker] = {
    f"provider-{mode}": partial(_fault, mode)
    for mode in ("throttle", "error500", "html", "gateway", "drop", "slow")
}
