"""Calls that are carried out together on a real cluster: by node, answered in order, redirected, and lost with a node."""

import asyncio

import pytest
import redis
from pydantic import SecretStr

from session.connection import connect
from session.errors import StoreUnavailable
from session.keys import Keys
from session.store import AsyncRunner, Runner, Scripts, published
from session.store.calls import command, scan
from session.store.failures import FAILURES
from tests.e2e.servers import valkey_cluster
from tests.stores import OnALoop
from tests.valkey import until

SHARDS = 32


@pytest.mark.parametrize("runner", [Runner, OnALoop])
def test_calls_together_go_to_the_node_of_their_key_and_an_absent_node_takes_only_its_own_with_it(runner):
    keys, scripts = Keys(SHARDS), Scripts.load()
    fields = [keys.shard(shard).counters for shard in range(SHARDS)]

    def put(value):
        return [scripts.put_field(hash=key, field="x", value=value) for key in fields]

    with valkey_cluster() as url:
        client = connect(SecretStr(url), timeout=5, cluster=True)
        run = runner(client)

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
        run.close()


def test_on_a_loop_a_slot_is_followed_while_it_moves_and_when_it_has_moved():
    keys, scripts = Keys(SHARDS), Scripts.load()
    fields = [keys.shard(shard).counters for shard in range(SHARDS)]

    def put(value):
        return [scripts.put_field(hash=key, field="x", value=value) for key in fields]

    with valkey_cluster() as url:
        client = connect(SecretStr(url), timeout=5, cluster=True)
        slot, source = client.keyslot(fields[0]), client.get_node_from_key(fields[0])
        target = next(node for node in client.get_primaries() if node.name != source.name)
        beside, moved = f"beside{fields[0]}", fields[0]
        client.set(beside, "here")
        with redis.Redis(port=source.port) as old, redis.Redis(port=target.port) as new:
            new.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", old.execute_command("CLUSTER MYID"))
            old.execute_command(
                "CLUSTER SETSLOT", slot, "MIGRATING", target_id := new.execute_command("CLUSTER MYID")
            )

            def finish():
                until(lambda: "errorstat_TRYAGAIN" in old.info("errorstats"), "somebody is told to try again")
                old.migrate("127.0.0.1", target.port, beside, 0, 5000)

            async def main():
                run = AsyncRunner(client)
                # What is new is on the new node already.
                assert await run.together(put("1")) == [[]] * SHARDS
                # What is on both waits until it is on one.
                both, _ = await asyncio.gather(
                    run(command("both", "EXISTS", beside, moved)), asyncio.to_thread(finish)
                )
                assert both == 2
                for node in (new, old):
                    node.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)
                # It has moved, and the map does not know it yet.
                assert await run.together(put("2")) == [[]] * SHARDS
                assert (
                    await run.together([command("get", "HGET", key, "x") for key in fields]) == ["2"] * SHARDS
                )
                await run.close()

            asyncio.run(main())
            assert new.hget(moved, "x") == b"2"


def test_what_any_node_publishes_is_heard_and_the_loss_of_the_node_that_is_asked_is_noticed():
    async def listen(client):
        heard = published(client, "turns:test", quiet_for=0.2)
        assert await anext(heard) is None
        nodes = client.get_primaries()
        for node in nodes:
            with redis.Redis(port=node.port) as one:
                one.publish("turns:test", node.name)
        assert {await anext(heard) for _ in nodes} == {node.name for node in nodes}
        for node in nodes:
            with redis.Redis(port=node.port) as one:
                one.shutdown(nosave=True)
        with pytest.raises(FAILURES):
            await anext(heard)

    with valkey_cluster() as url:
        client = connect(SecretStr(url), timeout=5, cluster=True)
        asyncio.run(listen(client))
        client.close()
