"""Says in the log what was refused: at once, and then how often. A stranger must not be able to fill a disk with it."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from loguru import logger

from webhook.bodies import Refused

#: How long the same refusal is only counted.
_COUNTED_FOR = timedelta(seconds=10)


class Refusals:
    """What this process has refused; may be told from any thread."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._said: dict[Refused, datetime] = {}
        self._unsaid: Counter[Refused] = Counter()

    def note(self, refused: Refused, address: str) -> None:
        """Note a refusal. The first line names who it was; the next, ten seconds later at the soonest, how many it were."""
        now = self._now()
        with self._lock:
            said = self._said.get(refused)
            if said and timedelta() <= now - said < _COUNTED_FOR:
                self._unsaid[refused] += 1
                return
            more = self._unsaid.pop(refused, 0)
            self._said[refused] = now
        others = {"others_since": more} if more else {}
        logger.warning(
            "refused", reason=refused.reason, status=refused.status.value, address=address, **others
        )
