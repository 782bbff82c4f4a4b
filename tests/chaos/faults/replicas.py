"""Faults of servers with replicas: a primary is killed or hangs and its replica takes over, a slot moves while it is used."""

import signal

from tests.chaos.cluster import Cluster
from tests.chaos.faults.field import Field, Maker
from tests.chaos.program import Program
from tests.chaos.strikes import Strike, nothing
from tests.sentinel import Watched


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


def master_kill(field: Field) -> Strike:
    """SIGKILL for the master that Sentinel watches; the replica takes over, and it comes back as the replica."""
    return _master_gone("master-kill", field, hangs=False)


def master_stop(field: Field) -> Strike:
    """The master hangs until the replica has taken over; then it finds that it is a replica."""
    return _master_gone("master-stop", field, hangs=True)


def _master_gone(kind: str, field: Field, *, hangs: bool) -> Strike:
    watched = _watched(field)
    gone: list[Program] = []
    strike = Strike(kind, "nobody", field.dice.uniform(4, 8), nothing, nothing)

    def begin() -> None:
        master = watched.master() if watched.is_whole() else None
        if master:
            strike.target = f"server{master}"
            gone.append(watched.servers[master])
            if hangs:
                gone[0].signal(signal.SIGSTOP)
            else:
                gone[0].kill()

    def end() -> None:
        for program in gone:
            if hangs:
                program.signal(signal.SIGCONT)
            else:
                program.start()
        field.system.must(watched.is_whole, "the former master follows the new one")

    strike.begin, strike.end = begin, end
    return strike


def sentinel_kill(field: Field) -> Strike:
    """SIGKILL for a Sentinel, for a while."""
    sentinel = field.dice.choice(_watched(field).sentinels)
    return Strike("sentinel-kill", sentinel.name, field.dice.uniform(1, 5), sentinel.kill, sentinel.start)


def _watched(field: Field) -> Watched:
    watched = field.system.watched
    assert watched
    return watched


def _cluster(field: Field) -> Cluster:
    cluster = field.system.cluster
    assert cluster
    return cluster


MAKERS: dict[str, Maker] = {
    "primary-kill": primary_kill,
    "slot-move": slot_move,
    "master-kill": master_kill,
    "master-stop": master_stop,
    "sentinel-kill": sentinel_kill,
}
