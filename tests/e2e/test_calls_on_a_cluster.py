"""Calls that are carried out together on a real cluster: by node, answered in order, redirected, and lost with a node."""

import redis
from pydantic import SecretStr

from session.connection import connect
from session.errors import StoreUnavailable
from session.keys import Keys
from session.store import Runner, Scripts
from session.store.calls import scan
from tests.e2e.servers import valkey_cluster

SHARDS = 32


def test_calls_together_go_to_the_node_of_their_key_and_an_absent_node_takes_only_its_own_with_it():
    keys, scripts = Keys(SHARDS), Scripts.load()
    fields = [keys.shard(shard).counters for shard in range(SHARDS)]

    def put(value):
        return [scripts.put_field(hash=key, field="x", value=value) for key in fields]

    with valkey_cluster() as url:
        client = connect(SecretStr(url), timeout=5, cluster=True)
        run = Runner(client)

        # No node knows the script, then all of them do.
        for value in ("1", "2"):
            assert run.together(put(value)) == [[]] * SHARDS
            assert [client.hget(key, "x") for key in fields] == [value] * SHARDS
        assert sorted(run(scan("scan", "*tally"))) == sorted(fields)

        # A slot that has moved since the map was read
        old = client.nodes_manager.slots_cache
        nodes = client.get_primaries()
        for slot in list(old)[: len(old) // 2]:
            old[slot] = [nodes[-1]]
        assert run.together(put("3")) == [[]] * SHARDS
        assert [client.hget(key, "x") for key in fields] == ["3"] * SHARDS

        # A node that is gone
        client.nodes_manager.initialize()
        lost = client.get_node_from_key(fields[0])
        with redis.Redis(port=lost.port) as node:
            node.shutdown(nosave=True)
        of_lost = [client.get_node_from_key(key).name == lost.name for key in fields]
        found = run.outcomes(put("4"))

        assert [isinstance(one, StoreUnavailable) for one in found] == of_lost
        assert 0 < sum(of_lost) < SHARDS
        client.close()
