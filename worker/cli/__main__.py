"""`python -m worker.cli` is `inturn`."""

from worker.cli import main

main(prog_name="inturn")
