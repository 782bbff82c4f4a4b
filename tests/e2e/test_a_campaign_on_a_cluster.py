"""A campaign on a real cluster: its rows and its lease are on one server, its bodies and outcomes on all of them."""

import asyncio

from pydantic import SecretStr

from session.campaign_outcomes import OutcomeState
from session.connection import connect
from tests.clocks import ManualClock
from tests.e2e.servers import valkey_cluster
from tests.worker.campaigns.test_sending import Handing

SHARDS = 8


def test_rows_are_handed_over_and_their_outcomes_read_on_all_servers():
    with valkey_cluster() as url:
        client = connect(SecretStr(url), timeout=5, cluster=True)
        handing = Handing(client, ManualClock(), shards=SHARDS)
        handing.starts(40)

        handing.send()

        assert sorted(handing.rows) == list(range(1, 41))
        stores = handing.stores
        for shard in range(SHARDS):
            assert client.hgetall(stores.keys.shard(shard).outcomes("spring")) == {"": "1"}
            event = {"at": 1, "conversation": "x", "delivery": f"campaign:spring:{1 + shard}.0", "sent": "w"}
            client.xadd(stores.keys.shard(shard).events, event)
            stores.counters.fold(shard)
        states = [one.state for one in handing.campaigns.every_outcome("spring")]
        assert states == [OutcomeState.SENT] * SHARDS + [OutcomeState.HANDED_OVER] * (40 - SHARDS)
        stores.forgetter.forget(["whatsapp:+201000000040"])
        assert [one.customer for one in handing.campaigns.outcomes("spring", after=38)] == [
            "+201000000039",
            "",
        ]
        asyncio.run(handing.sender.send("spring"))
        handing.campaigns.remove("spring")
        assert not [key for key in client.keys("*") if "spring" in key]
        client.close()
