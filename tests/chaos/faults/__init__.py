"""The faults by name, and which of them a run can inject."""

from tests.chaos.faults import clocks, programs, providers, releases, replicas, servers, strangers, wakes
from tests.chaos.faults.field import Field, Maker
from tests.chaos.options import Options

MAKERS: dict[str, Maker] = {
    **programs.MAKERS,
    **servers.MAKERS,
    **replicas.MAKERS,
    **releases.MAKERS,
    **wakes.MAKERS,
    **clocks.MAKERS,
    **providers.MAKERS,
    **strangers.MAKERS,
}

#: Faults that need a server of our own, or a way through a proxy to one that is not a cluster.
_OWN_SERVER = {"valkey-kill", "valkey-stop", "valkey-full", "disk-full"}
_WAY = {"redis-cut", "redis-hole", "redis-slow"}

#: Faults that are there only with an option.
_REPLICAS, _SENTINEL = {"primary-kill", "slot-move"}, {"master-kill", "master-stop", "sentinel-kill"}
#: Faults after which another server has the data.
FAILOVERS = {"primary-kill", "master-kill", "master-stop"}

__all__ = ["FAILOVERS", "MAKERS", "Field", "possible"]


def possible(options: Options) -> tuple[str, ...]:
    """Return the kinds of faults that a run with these options may inject."""
    kinds = [kind for kind in MAKERS if not options.faults or kind in options.faults]
    if options.pool != "prefork":
        kinds = [kind for kind in kinds if not kind.startswith("child-")]
    if options.redis_url:
        kinds = [kind for kind in kinds if kind not in _OWN_SERVER]
    if options.cluster or options.sentinel:
        kinds = [kind for kind in kinds if kind not in _WAY]
    if not options.replicas:
        kinds = [kind for kind in kinds if kind not in _REPLICAS]
    if not options.sentinel:
        kinds = [kind for kind in kinds if kind not in _SENTINEL]
    elif options.broker == "redis":
        kinds = [kind for kind in kinds if not kind.startswith("broker-")]
    if not options.clocks:
        kinds = [kind for kind in kinds if kind not in clocks.MAKERS]
    if not options.old:
        kinds = [kind for kind in kinds if kind != "replace"]
    if options.broker != "rabbitmq":
        kinds = [kind for kind in kinds if kind != "rabbitmq-kill"]
    if options.broker != "redis":
        kinds = [kind for kind in kinds if kind != "wakes-lost"]
    if not kinds:
        raise ValueError("none of these faults is possible with these options")
    return tuple(kinds)
