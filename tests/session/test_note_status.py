"""note_status.lua: what a provider tells of a delivery later."""

from itertools import product

import pytest

from session.messages import DeliveryState, Status
from session.records import to_ms
from tests.stores import everything
from tests.values import CONVERSATION

#: How far each state is; `failed` may follow `sent`, and what arrived after all is further than `failed`.
ORDER = ["queued", "unknown", "cancelled", "sent", "failed", "delivered", "read"]
KEY = f"deliveries:{CONVERSATION}"


def status(state, delivery="t1.0", **fields):
    return Status(
        conversation=CONVERSATION,
        delivery=delivery,
        provider_id="wamid.OUT",
        state=DeliveryState(state),
        at=0,
        **fields,
    )


def test_the_first_word_is_news(stores, clock, policy):
    assert stores.statuses.note(status("sent"), now=clock.now()) is True

    held = everything(stores.client)
    assert held[KEY] == ({"t1.0": "sent"}, to_ms(clock.now() + policy.keep_for))
    assert stores.events() == [
        {
            "conversation": CONVERSATION,
            "at": str(to_ms(clock.now())),
            "delivery": "t1.0",
            "status": "sent",
        }
    ]


def test_a_failure_says_why(stores, clock):
    stores.statuses.note(status("failed", code="131047", words="Re-engagement \udcff"), now=clock.now())

    (event,) = stores.events()
    assert (event["code"], event["words"]) == ("131047", "Re-engagement \udcff")


def test_a_delivery_that_the_provider_does_not_name_is_known_by_its_own_id(stores, clock):
    stores.statuses.note(status("sent", delivery=None), now=clock.now())

    assert stores.client.hgetall(KEY) == {"wamid.OUT": "sent"}


@pytest.mark.parametrize(("stands", "told"), list(product(ORDER, ORDER)))
def test_a_state_only_ever_moves_forward(stores, clock, stands, told):
    stores.statuses.note(status(stands), now=clock.now())
    before = everything(stores.client)

    news = stores.statuses.note(status(told), now=clock.now())

    assert news is (ORDER.index(told) > ORDER.index(stands))
    assert stores.client.hget(KEY, "t1.0") == max(stands, told, key=ORDER.index)
    assert news or everything(stores.client) == before


def test_every_state_has_its_place():
    assert set(ORDER) == set(DeliveryState)


def test_a_repeated_callback_is_ignored(stores, clock):
    assert stores.statuses.note(status("read"), now=clock.now()) is True
    before = everything(stores.client)

    assert stores.statuses.note(status("read"), now=clock.now()) is False
    assert everything(stores.client) == before


def test_the_newest_states_are_kept_up_to_a_cap(stores, clock):
    for n in range(130):
        stores.statuses.note(status("sent", delivery=f"t{n}.0"), now=clock.now())
        assert stores.client.hlen(KEY) <= 100

    assert list(stores.client.hgetall(KEY)) == [f"t{n}.0" for n in range(50, 130)]


def test_the_newest_states_are_kept_whatever_the_provider_calls_them(stores, clock):
    # Given ids as long as Meta's, beyond what a small hash keeps in order
    ids = [f"wamid.{n:03}" + "x" * 80 for n in range(130)]
    for id_ in ids:
        named = status("sent", delivery=None).model_copy(update={"provider_id": id_})
        stores.statuses.note(named, now=clock.now())

        kept = stores.client.hgetall(KEY)
        assert id_ in kept
        assert len(kept) <= 100
