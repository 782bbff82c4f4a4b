"""Starts the workers of an app of the benchmark with the pool that `inturn worker` starts: `python -m tests.bench.started APP`."""

import sys
from importlib import import_module

import worker.app
from worker.cli.parts import worker as inturn_worker

if __name__ == "__main__":
    # The command takes its app from there.
    worker.app.app = import_module(sys.argv[1]).app  # type: ignore[attr-defined]
    inturn_worker(sys.argv[2:])
