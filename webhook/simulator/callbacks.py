"""Tells the webhook how far accepted messages have come, beside the requests that sent them."""

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loguru import logger

from session.clock import Clock
from webhook.simulator.chats import Chats
from webhook.simulator.envelopes import status_envelope
from webhook.simulator.forms import status_form
from webhook.simulator.gateway import Gateway, WebhookAway
from webhook.simulator.ledger import Ledger, News, Received
from webhook.simulator.settings import Settings

USUAL = ("sent", "delivered", "read")
FAILED = ("failed",)

_OK = 200
_BATCH = 50  #: messages whose statuses share a body, at most
#: Seconds before each further attempt; a status that nobody takes is given up then. Twilio makes no further one.
_PAUSES = {"meta": (0.2, 1.0), "twilio": ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The statuses that one message will get, in their order."""

    received: Received
    statuses: tuple[str, ...] = USUAL
    code: int | None = None  #: why it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many statuses the webhook took, how many were given up, and how many messages wait for theirs."""

    posted: int = 0
    failed: int = 0
    waiting: int = 0


class Callbacks:
    """A few threads that post statuses; those of one message are posted one after the other."""

    def __init__(
        self,
        *,
        settings: Settings,
        gateway: Gateway,
        ledger: Ledger,
        chats: Chats,
        clock: Clock,
        pause: Callable[[float], object],
        threads: int = 4,
    ) -> None:
        self._settings = settings
        self._gateway = gateway
        self._ledger = ledger
        self._chats = chats
        self._clock = clock
        self._pause = pause
        self._threads = threads
        self._courses: queue.Queue[Course] = queue.Queue()
        self._lock = threading.Lock()
        self._started = False
        self._posted = 0
        self._failed = 0

    def start(self, course: Course) -> None:
        """Let a message take its course. Returns at once; does nothing if nobody wants to be told."""
        received = course.received
        is_unasked = received.channel == "twilio" and received.status_callback is None
        if is_unasked or not self._settings.simulator_statuses:
            return
        self._courses.put(course)
        with self._lock:
            if not self._started:
                self._started = True
                for number in range(self._threads):
                    threading.Thread(target=self._run, name=f"statuses-{number}", daemon=True).start()

    def counters(self) -> Tally:
        """Return the figures since the start or the last `clear`."""
        with self._lock:
            return Tally(posted=self._posted, failed=self._failed, waiting=self._courses.unfinished_tasks)

    def clear(self) -> None:
        """Drop the courses that nobody has begun, and count from zero."""
        while True:
            try:
                self._courses.get_nowait()
            except queue.Empty:
                break
            self._courses.task_done()
        with self._lock:
            self._posted = self._failed = 0

    def _run(self) -> None:
        while True:
            courses = self._next()
            try:
                self._follow([one for one in courses if one.received.channel == "meta"])
                for one in courses:
                    if one.received.channel == "twilio":
                        self._follow([one])
            except Exception:  # noqa: BLE001 - one odd message must not end the thread
                logger.exception("a course was broken off")
            finally:
                for _ in courses:
                    self._courses.task_done()

    def _next(self) -> list[Course]:
        courses = [self._courses.get()]
        # Meta batches what piled up, too; in quiet times a body holds one status.
        with contextlib.suppress(queue.Empty):
            while len(courses) < _BATCH:
                courses.append(self._courses.get_nowait())
        return courses

    def _follow(self, courses: Sequence[Course]) -> None:
        """Post the statuses of some messages of one channel, those of each in their order."""
        for step in range(max((len(course.statuses) for course in courses), default=0)):
            news = [
                News(received=course.received, status=course.statuses[step], code=course.code)
                for course in courses
                if step < len(course.statuses)
            ]
            for one in news:
                self._ledger.progress(one.received.id, one.status)
                self._chats.progressed(one.received.id, one.status, one.code)
            taken = self._tell(news)
            with self._lock:
                self._posted += len(news) if taken else 0
                self._failed += 0 if taken else len(news)

    def _tell(self, news: Sequence[News]) -> bool:
        taken = self._post(news)
        for pause in _PAUSES[news[0].received.channel]:
            if taken:
                break
            self._pause(pause)
            taken = self._post(news)
        return taken

    def _post(self, news: Sequence[News]) -> bool:
        settings, first = self._settings, news[0]
        try:
            if first.received.channel == "meta":
                sender = settings.meta_phone_number_id
                return (
                    self._gateway.post_meta(status_envelope(news, at=self._clock.now(), sender=sender)) == _OK
                )
            form = status_form(first, account=settings.twilio_account_sid, sender=settings.twilio_from)
            return self._gateway.post_twilio(form, url=first.received.status_callback) == _OK
        except WebhookAway as away:
            logger.debug("{}", away)
            return False
