"""The Celery app of a worker with a deliberate bug: it reads altered scripts. `celery -A tests.chaos.flawed worker`."""

import os
from pathlib import Path

from session.store import scripts
from worker import app as system

scripts.files = lambda _package: Path(os.environ["CHAOS_SCRIPTS"])

app = system.app
