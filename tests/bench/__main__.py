"""`python -m tests.bench`: prints the table and writes build/bench.json."""

import argparse
import signal
import sys
from pathlib import Path

from tests.bench.calls import calls_of_a_message
from tests.bench.machine import machine
from tests.bench.program import GROUPS, take
from tests.bench.releases import last_tag
from tests.bench.rows import BrokenPromise
from tests.bench.table import write


def main() -> int:
    # What was started must end when somebody ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="small numbers, two rounds: about a minute")
    asked.add_argument("--rows", default=",".join(GROUPS), help="groups of rows, with commas (%(default)s)")
    asked.add_argument("--rounds", type=int, help="rounds of each row (5; 2 with --quick)")
    asked.add_argument(
        "--against", default=last_tag(), metavar="REF", help="a commit or tag to compare with (the last tag)"
    )
    asked.add_argument("--out", type=Path, default=Path("build/bench.json"), help="(%(default)s)")
    asked.add_argument(
        "--profile",
        action="store_true",
        help="run the workers of the whole way under py-spy: build/profile-*.svg",
    )
    asked.add_argument(
        "--calls",
        action="store_true",
        help="count the calls, functions and modules that one message runs through, and nothing else",
    )
    asked.add_argument("--functions", action="store_true", help="with --calls: list each function too")
    given = asked.parse_args()
    if given.calls:
        print(calls_of_a_message().table(functions=given.functions))  # noqa: T201
        return 0
    groups = ["way"] if given.profile else given.rows.split(",")
    if unknown := set(groups) - set(GROUPS):
        asked.error(f"no such rows: {', '.join(unknown)}")
    found = machine()
    try:
        rows = take(
            groups,
            quick=given.quick,
            rounds=given.rounds or (2 if given.quick else 5),
            say=lambda words: print(words, flush=True),  # noqa: T201  (this is what it is for)
            against=given.against,
            profile=given.out.parent.resolve() if given.profile else None,
        )
    except (BrokenPromise, TimeoutError) as broken:
        print(f"a promise was broken, so there is no result: {broken}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    write(rows, found, given.out)
    short = [row.name for row in rows if row.reached is False]
    print(f"\n{len(rows)} rows, {len(short)} fall short; written to {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
