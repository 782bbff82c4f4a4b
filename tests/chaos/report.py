"""The table of a run, and the same as JSON."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tests.chaos.options import Options
from tests.chaos.run import Result

_SHOWN = 12


def table(result: Result) -> str:
    """Return what is printed at the end."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    found, options = result.findings, result.options
    figures = found.figures
    reasons = Counter(one.reason or "NO REASON" for one in found.doubled_sends)
    outside = Counter(one.promise for one in found.outside)
    rows: list[tuple[str, Any]] = [
        ("seed", options.seed),
        (
            "pool, workers, shards",
            f"{options.pool}, {options.workers} x {options.concurrency}, {options.shards}",
        ),
        ("broker, sessions", f"{options.broker}, {_servers(options)}"),
        ("durability, older release", f"{options.durability}, {options.old or 'none'}"),
        ("bug", options.bug or "none"),
        ("minutes of faults", round(result.seconds / 60, 1)),
        ("posted", figures["posted"]),
        ("answered with 200", figures["answered with 200"]),
        ("answered by a reply", figures["answered by a reply"]),
        ("taken with others in one turn", figures["taken together"]),
        ("kept for agents", figures["kept for agents"]),
        ("replies cancelled", figures["replies cancelled"]),
        ("replies not sent after STOP", figures["replies not sent after STOP"]),
        ("  of both in doubt, had arrived", figures["cancelled in doubt, had arrived"]),
        ("STOP, START, written in between", figures["written while out"]),
        ("  STOPs in the middle of a turn", figures["STOPs in the middle of a turn"]),
        ("not listened to, agent or STOP", figures["not listened to"]),
        ("said early", figures["said early"]),
        ("booked, again with the same key", f"{figures['bookings']}, {figures['booked again']}"),
        ("timers that had their turn", figures["timers that had their turn"]),
        (
            "approvals decided, carried out",
            f"{figures['approvals decided']}, {figures['approvals carried out']}",
        ),
        (
            "events for the hook, refused",
            f"{figures['events for the hook']}, {figures['events refused']} times",
        ),
        ("given up, since they kill", figures["given up, since they kill"]),
        ("agents' actions, submitted", f"{figures['actions']}, {figures['actions submitted']} times"),
        ("  in the middle of a turn", figures["actions in the middle of a turn"]),
        ("  declined", figures["actions declined"]),
        ("customers told that no agent is free", figures["agents late"]),
        (
            "people with several names, wrote",
            f"{figures['people with several names']}, {figures['what they wrote']}",
        ),
        ("  conversations merged, moves", f"{figures['conversations merged']}, {figures['numbers changed']}"),
        ("files, by behaviour of the server", figures["files"]),
        ("agents' answers delivered", figures["answers delivered"]),
        (
            "sent by programs, asked for",
            f"{figures['sends of programs']}, {figures['sends asked for']} times",
        ),
        ("  delivered", figures["sends delivered"]),
        ("rows of campaigns, held back", f"{figures['rows']}, {figures['rows held back']}"),
        (
            "  delivered, declined, answered",
            f"{figures['rows delivered']}, {figures['rows declined']}, {figures['rows answered']}",
        ),
        ("replies under way when silenced", figures["under way when silenced"]),
        ("  the latest, s", figures["latest after it, s"]),
        ("lost", found.count("lost")),
        ("without a reply", found.count("unanswered")),
        ("doubled effects", found.count("doubled effect")),
        ("out of order", found.count("out of order")),
        ("not one at a time", found.count("not one at a time")),
        ("agents' actions wrong", found.count("agents")),
        ("talked over", found.count("talked over")),
        ("timers wrong", found.count("timers")),
        ("approvals wrong", found.count("approvals")),
        ("events for the hook wrong", found.count("hooks")),
        ("campaigns wrong", found.count("campaigns")),
        ("counters or history wrong", found.count("counters")),
        ("left waiting", found.count("left waiting")),
        ("dead letters", found.count("dead letter")),
        ("doubled sends", len(found.doubled_sends)),
        *((f"  {reason}", count) for reason, count in reasons.most_common()),
        (
            "redelivered / batched bodies",
            f"{figures['redelivered bodies']} / {figures['bodies of several messages']}",
        ),
        ("tries that got no 200", figures["tries that got no 200"]),
        ("slowest recovery, s", f"{figures['slowest recovery, s']} (bound {options.bound:g})"),
        ("longest wait for a reply, s", figures["longest wait for a reply, s"]),
        ("median wait for a reply, s", figures["median wait for a reply, s"]),
        ("drained after, s", figures["drained after, s"]),
        ("replies that name no message", figures["replies that name no message"]),
        ("tracebacks in logs", figures["tracebacks in logs"]),
        ("ended by themselves", len(figures["ended by themselves"])),
        *(("  ", line[:150]) for line in figures["ended by themselves"][:5]),
        ("faults injected", sum(result.strikes.by_kind().values())),
        *((f"  {kind}", count) for kind, count in result.strikes.by_kind().items()),
        *((f"lost by failover, not named by DURABILITY: {what}", count) for what, count in outside.items()),
        ("broken promises", len(found.broken)),
    ]
    width = max(len(name) for name, _ in rows)
    yield from (f"{name:<{width}}  {value}" for name, value in rows)
    for promise, count in Counter(one.promise for one in found.broken).items():
        yield f"BROKEN: {promise} x {count}"
        for one in [one for one in found.broken if one.promise == promise][:_SHOWN]:
            yield f"    {one.customer} {one.what}"[:600]
    if found.broken:
        yield f"run again with --seed {options.seed}; logs are in {result.folder}"


def _servers(options: Options) -> str:
    return "cluster" if options.cluster else "Sentinel" if options.sentinel else "one server"


def as_json(result: Result) -> dict[str, Any]:
    """Return everything that the table says, and more."""
    return {
        "options": {name: str(value) for name, value in asdict(result.options).items()},
        "seconds": result.seconds,
        "figures": result.findings.figures,
        "broken": [asdict(one) for one in result.findings.broken],
        "outside": [asdict(one) for one in result.findings.outside],
        "doubled_sends": [asdict(one) for one in result.findings.doubled_sends],
        "faults": [strike.summary() for strike in result.strikes.done],
        "calms": [asdict(calm) for calm in result.calms],
    }
