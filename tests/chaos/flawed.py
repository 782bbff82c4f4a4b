"""The Celery app of a worker with a deliberate bug: it reads altered scripts. `celery -A tests.chaos.flawed worker`."""

import os
from pathlib import Path

from session.store import scripts
from worker import answering
from worker import app as system

# Whoever was stopped comes back with what it was about to write, however late: else the bugs would meet nothing.
answering.within = lambda _seconds, call: call()
scripts.files = lambda _package: Path(os.environ["CHAOS_SCRIPTS"])

app = system.app
