"""The few fakes: ids, a waker, a provider, an assistant. Each does what the test sets, and records its calls."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import Any

from session import Reply, Turn
from session.messages import Delivery, Message, Status
from worker.channels.outcomes import Broken, Echo, Outcome, Parsed, Sent


class CountingIds:
    """Returns "id1", "id2" and so on; may be called from several threads."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._numbers = count(1)
        self._lock = Lock()

    def __call__(self) -> str:
        with self._lock:
            return f"{self._prefix}{next(self._numbers)}"


class RecordingWaker:
    """Records the wake-ups in order, as ("turn", conversation)."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, Any]] = []

    def intake(self, shard: int) -> None:
        self.woken.append(("intake", shard))

    def turns(self, conversations: Sequence[str]) -> None:
        self.woken += [("turn", conversation) for conversation in conversations]

    def deliveries(self, conversations: Sequence[str]) -> None:
        self.woken += [("deliver", conversation) for conversation in conversations]

    def fetches(self, conversations: Sequence[str]) -> None:
        self.woken += [("fetch", conversation) for conversation in conversations]

    def hooks(self, works: Sequence[str]) -> None:
        self.woken += [("hook", work) for work in works]

    def campaigns(self, names: Sequence[str]) -> None:
        self.woken += [("campaign", name) for name in names]

    def flush(self, seconds: float) -> bool:
        return True

    def taken(self) -> list[tuple[str, Any]]:
        """Return what was woken since the last call."""
        woken, self.woken = self.woken, []
        return woken


class ManualAlarms:
    """Alarms that go off when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[ManualAlarm] = []

    def call_later(self, seconds: float, function: Callable[[], None]) -> "ManualAlarm":
        self.waiting.append(ManualAlarm(self, seconds, function))
        return self.waiting[-1]

    @property
    def seconds(self) -> list[float]:
        """After how many seconds each was to go off."""
        return [alarm.seconds for alarm in self.waiting]

    def go_off(self) -> None:
        """Let all go off that are set now."""
        due, self.waiting = self.waiting, []
        for alarm in due:
            alarm.function()


class ManualAlarm:
    """One of them."""

    def __init__(self, alarms: ManualAlarms, seconds: float, function: Callable[[], None]) -> None:
        self._alarms = alarms
        self.seconds = seconds
        self.function = function

    def cancel(self) -> None:
        if self in self._alarms.waiting:
            self._alarms.waiting.remove(self)


class ScriptedChannel:
    """A provider that returns the `outcomes` set by the test, and then accepts everything."""

    def __init__(self, name: str = "meta", *outcomes: Outcome) -> None:
        self.name = name
        self.outcomes = list(outcomes)
        self.sent: list[Delivery] = []
        self.failed: list[tuple[str, str | None]] = []
        self.bodies: dict[bytes, Parsed | Exception] = {}
        self.before_send: Callable[[Delivery], None] = lambda delivery: None
        self.parts: Callable[[Reply], tuple[Reply, ...]] = lambda reply: (reply,)

    @property
    def texts(self) -> list[str]:
        return [delivery.reply.text for delivery in self.sent]

    def holds(
        self,
        body: bytes,
        *messages: Message,
        statuses: Sequence[Status] = (),
        echoes: Sequence[Echo] = (),
        broken: Sequence[Broken] = (),
        error: Exception | None = None,
    ) -> bytes:
        """Set what a body contains; return the body."""
        parsed = Parsed(
            messages=messages,
            statuses=tuple(statuses),
            echoes=tuple(echoes),
            broken=tuple(broken),
            ignored={"odd": 1},
        )
        self.bodies[body] = error or parsed
        return body

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        found = self.bodies[body]
        if isinstance(found, Exception):
            raise found
        return found

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        return self.parts(reply)

    async def send(self, delivery: Delivery) -> Outcome:
        self.before_send(delivery)
        self.sent.append(delivery)
        return self.outcomes.pop(0) if self.outcomes else Sent(provider_id=f"p{len(self.sent)}")

    async def has_failed(self, delivery: Delivery, code: str | None) -> None:
        self.failed.append((delivery.id, code))

    async def probe(self) -> str | None:
        return None

    async def close(self) -> None:
        pass


class ScriptedAssistant:
    """Repeats the text of the turn, unless the test has set something else in `next`."""

    def __init__(self) -> None:
        self.next: list[Any] = []
        self.turns: list[Turn] = []

    @property
    def texts(self) -> list[str]:
        """The texts of its turns."""
        return [turn.text for turn in self.turns]

    def __call__(self, turn: Turn) -> Any:
        self.turns.append(turn)
        what = self.next.pop(0) if self.next else f"You said: {turn.text}"
        if isinstance(what, Exception):
            raise what
        return what(turn) if callable(what) else what


class RecordingReceipts:
    """Remembers what customers were shown: ("read", message id) and, when the assistant has ended, ("answered", ...)."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    @property
    def read(self) -> list[str]:
        return [message for what, message in self.shown if what == "read"]

    @contextmanager
    def while_answered(self, message: Message) -> Iterator[None]:
        self.shown.append(("read", message.id))
        try:
            yield
        finally:
            self.shown.append(("answered", message.id))


class ReadingChannel(ScriptedChannel):
    """One that can show that a message was read; `before_show` may wait, or raise."""

    def __init__(self, name: str = "meta", why_not: str | None = None) -> None:
        super().__init__(name)
        self.why_not = why_not
        self.shown: list[tuple[str, bool]] = []  #: message id, and whether with typing
        self.before_show: Callable[[Message], Awaitable[None]] | None = None

    async def show_read(self, message: Message, *, typing: bool) -> str | None:
        self.shown.append((message.id, typing))
        if self.before_show:
            await self.before_show(message)
        return self.why_not
