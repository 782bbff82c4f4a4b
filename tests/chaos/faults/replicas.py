"""Faults of a cluster with replicas: a primary is killed and its replica takes over, a slot moves while it is used."""

from tests.chaos.cluster import Cluster
from tests.chaos.faults.field import Field, Maker
from tests.chaos.strikes import Strike, nothing


def primary_kill(field: Field) -> Strike:
    """SIGKILL for a primary; its replica takes over, and it comes back as the replica."""
    cluster, chance = _cluster(field), field.dice.random()
    killed: list[int] = []
    strike = Strike("primary-kill", "nobody", field.dice.uniform(4, 7), lambda: None, lambda: None)

    def begin() -> None:
        found = cluster.killable()
        if found:
            killed.append(found[int(chance * len(found))])
            strike.target = f"node{killed[0]}"
            cluster.nodes[killed[0]].kill()

    def end() -> None:
        for port in killed:
            cluster.nodes[port].start()
        field.system.must(cluster.is_whole, "the cluster is whole again")

    strike.begin, strike.end = begin, end
    return strike


def slot_move(field: Field) -> Strike:
    """The slot of a shard moves to another primary, key by key, during the load."""
    cluster, chance = _cluster(field), field.dice.random()
    shard = field.dice.randrange(field.system.options.shards)

    def begin() -> None:
        with field.system.client() as client:
            slot = client.keyslot(field.system.keys.shard(shard).intake)
        cluster.move_slot(slot, chance)

    return Strike("slot-move", f"shard {shard}", 0, begin, nothing)


def _cluster(field: Field) -> Cluster:
    cluster = field.system.cluster
    assert cluster
    return cluster


MAKERS: dict[str, Maker] = {"primary-kill": primary_kill, "slot-move": slot_move}
