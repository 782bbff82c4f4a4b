from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.webhook.desk.office import Office


def helpful(turn: Any) -> None:
    """An assistant that calls a person when it is asked to."""
    if "person" in turn.text:
        turn.escalate("wants a person")
        turn.reply("One moment, please.")
    else:
        turn.reply(f"You said: {turn.text}")


@pytest.fixture
def open_office() -> Iterator[Callable[..., Office]]:
    """Opens houses with a desk."""
    offices: list[Office] = []

    def begin(**settings: Any) -> Office:
        offices.append(Office(**{"assistant": helpful, **settings}))
        return offices[-1]

    yield begin
    for office in offices:
        office.redis.close()


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """A house with a desk and one password for all."""
    return open_office()
