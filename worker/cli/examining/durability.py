"""Checks whether a server can confirm what `DURABILITY` demands."""

from collections.abc import Iterator
from typing import Any, Final

from session.policy import Durability
from worker.cli.examining.finding import Finding, failure, ok, warning

#: The first release of Redis with WAITAOF; every Valkey has it.
_KNOWS_WAITAOF: Final = (7, 2)
_REFUSED: Final = "every body is refused (503), and nothing is sent"


def examine_durability(
    info: dict[str, Any], appendfsync: str | None, durability: Durability
) -> Iterator[Finding]:
    """Yield whether this server can confirm it; `appendfsync` is None if our user may not read it."""
    on_disk, always = bool(info.get("aof_enabled")), appendfsync == "always"
    match durability:
        case "fsync":
            yield _fsync(info, appendfsync, on_disk=on_disk)
        case "replica" if not info.get("connected_slaves"):
            yield failure(
                "durability",
                f"DURABILITY=replica, and no replica is connected: {_REFUSED}",
                "connect a replica to each primary, or set DURABILITY=fsync",
            )
        case "replica":
            yield ok("durability", "replica: a replica confirms what is acknowledged")
        case _ if on_disk and always:
            yield ok("durability", "memory; with appendfsync always Redis gives what fsync gives anyway")
        case _:
            yield ok("durability", "memory: a power failure or a failover can lose the latest second")


def _fsync(info: dict[str, Any], appendfsync: str | None, *, on_disk: bool) -> Finding:
    version = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if not info.get("valkey_version") and version < _KNOWS_WAITAOF:
        return failure(
            "durability",
            f"DURABILITY=fsync needs WAITAOF, which Redis {info['redis_version']} does not have: {_REFUSED}",
            "use Valkey, or Redis 7.2 or newer; or set appendfsync always on the server, and DURABILITY=memory",
        )
    if not on_disk:
        return failure(
            "durability", f"DURABILITY=fsync, and appendonly is off: {_REFUSED}", "set appendonly yes"
        )
    if appendfsync == "no":
        return failure(
            "durability",
            f"DURABILITY=fsync, and appendfsync is no, so the server never confirms: {_REFUSED}",
            "set appendfsync everysec or always on the server",
        )
    if appendfsync is None:
        return warning(
            "durability",
            "fsync; our user may not read appendfsync, and with appendfsync no nothing would be confirmed",
            "make sure that it is everysec or always",
        )
    return ok("durability", f"fsync: the disk confirms what is acknowledged (appendfsync {appendfsync})")
