"""Whoever is forgotten has several names, each in a shard of its own."""

import pytest

from session.results import Forgotten
from tests.stores import Stores
from tests.values import action, message, turn_result

PHONE, USER = "+201005550106", "US.1111"
HERE, THERE = f"whatsapp:{PHONE}", f"whatsapp:{USER}"


@pytest.mark.parametrize("in_turn", [False, True])
def test_what_comes_again_under_another_name_is_known_in_the_shard_of_that_name(redis, in_turn):
    stores = Stores.on(redis, shards=4)
    assert stores.keys.shard_of(HERE) != stores.keys.shard_of(THERE)
    stores.mailboxes.receive([message("wamid.1", customer=PHONE, also=(USER,))])
    stores.turns.commit(HERE, stores.turns.take(HERE, holder="w").lease, turn_result(1), go_on=False)

    if in_turn:
        forgets = action("forget", customer=PHONE)
        stores.mailboxes.receive([forgets])
        lease = stores.turns.take(HERE, holder="w").lease
        assert isinstance(stores.forgetter.forget_in_turn(forgets, lease), Forgotten)
    else:
        stores.forgetter.forget([THERE])

    assert stores.mailboxes.receive([message("wamid.1", customer=USER)]).accepted == 0
    assert stores.mailboxes.receive([message("wamid.2", customer=USER)]).accepted == 1
