"""What the assistant of the chaos runs plans for later, and what must come of it: it follows from the texts and the events alone."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:  # the last release, which knows no timers, runs this too
    from session.timer_events import ChangesTimers

#: What a customer reads when a timer rings begins with this.
LATER = "later"
#: Seconds for which somebody may decide; nobody would wait for the end of what holds elsewhere.
OPEN_FOR = 4.0


@dataclass(frozen=True)
class Plan:
    """A timer that a message makes the assistant set."""

    name: str
    seconds: float
    text: str
    until_takeover: bool = False
    about: str = ""  #: of an approval: the message that makes the assistant ask

    def entry(self, decided: str = "nobody has decided", note: str = "") -> str:
        """Return what the history says when it has its turn."""
        return f"{self.text}\n[{decided}]{note and ' '}{note}" if self.about else self.text

    @property
    def reply(self) -> str:
        """What is said when it has rung."""
        return outcome_of(self.about, "over") if self.about else self.text


def outcome_of(about: str, how: str) -> str:
    """Return what the assistant says of a decision: "done", "not", or "over" if nobody has decided."""
    return f"{how} {about}"


def approval_of(text: str, of_100: int) -> Plan | None:
    """Return what a message makes the assistant ask a person for; None: nothing."""
    dice = crc32(text.encode() * 6)
    if dice % 100 >= of_100 or " no " not in text or text.startswith("P"):
        return None
    return Plan(name="xy"[dice // 100 % 2], seconds=OPEN_FOR, text=f"may I {text}", about=text)


def later_text(text: str) -> str:
    """Return what is planned because of a message."""
    return f"{LATER} {text}"


def plan_of(text: str, of_100: int) -> Plan | None:
    """Return what a message makes the assistant plan; None: nothing."""
    dice = crc32(text.encode() * 4)
    # People with several names are told of elsewhere.
    if dice % 100 >= of_100 or " no " not in text or text.startswith("P"):
        return None
    dice //= 100
    return Plan(
        name="ab"[dice % 2],
        seconds=0.4 + dice // 2 % 4 * 0.7,
        text=later_text(text),
        until_takeover=dice // 8 % 2 == 0,
    )


def cancels(text: str, of_100: int) -> str:
    """Return the name of the timer that a message makes the assistant cancel; "": none."""
    dice = crc32(text.encode() * 5)
    if dice % 100 >= of_100 // 2 or " no " not in text or text.startswith("P"):
        return ""
    return "ab"[dice // 100 % 2]


@dataclass(eq=False)
class Waiting:
    """A timer that was set and has not had its turn."""

    plan: Plan
    not_before: float  #: ms since the epoch: it must not ring earlier
    rang: bool = False
    shown: bool = False  #: the agent who had the conversation has seen it


@dataclass
class Timers:
    """Those of one conversation, as far as it is told."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    rung: deque[tuple[str, Waiting]] = field(default_factory=deque)  #: whose messages wait, in order
    had_turn: int = 0
    hastened: int = 0  #: by loads of records
    said: list[str] = field(default_factory=list)  #: ids of the deliveries

    def plan(self, texts: Iterable[str], of_100: int, came: Sequence[int], *, asking: int) -> "Changes":
        """Tell that the assistant has answered messages; return what it sets, asks for and cancels.

        Of a hundred messages `of_100` make it plan, and `asking` make it ask for an approval.
        """
        wanted: dict[str, Plan | None] = {}
        for text in texts:
            if plan := plan_of(text, of_100):
                wanted.pop(plan.name, None)
                wanted[plan.name] = plan
            elif name := cancels(text, of_100):
                if name in self.waiting:
                    wanted[name] = None
                else:
                    wanted.pop(name, None)
            if asked := approval_of(text, asking):
                wanted.pop(asked.name, None)
                wanted[asked.name] = asked
        gone = [name for name, plan in wanted.items() if plan is None]
        for name, plan in wanted.items():
            if plan is None:
                del self.waiting[name]
            else:
                # A turn counts from its beginning, and messages may have joined it after that.
                self.waiting[name] = Waiting(plan, min(came) + 1000 * plan.seconds - 1)
        set_ = [name for name, plan in wanted.items() if plan and not plan.about]
        return set_, [name for name, plan in wanted.items() if plan and plan.about], gone

    def decide(self, about: str) -> Plan | None:
        """Tell that somebody has decided about what a message made the assistant ask; return it, None if it is not open."""
        found = next((name for name, one in self.waiting.items() if one.plan.about == about), None)
        return self.waiting.pop(found).plan if found else None

    def drop(self, *, takeover: bool = False) -> list[str]:
        """Tell that all are cancelled, or those that a takeover cancels; return their names."""
        gone = sorted(name for name, one in self.waiting.items() if not takeover or one.plan.until_takeover)
        for name in gone:
            del self.waiting[name]
        return gone

    def hasten(self, names: Iterable[str], at: int) -> str:
        """Tell that a load of records rings some from now on; return what is wrong with that, "" if nothing is."""
        wrong = ""
        for name in names:
            one = self.waiting.get(name)
            if one is None:
                wrong = f"{name} was to ring, which did not wait"
                continue
            # The sweep may have rung it since the turn of the load began: it rings once more, and that message finds it gone.
            one.rang = False
            one.not_before = at - 1
            self.hastened += 1
        return wrong

    def ring(self, names: Iterable[str], at: int) -> str:
        """Tell that the sweep has rung some; return what is wrong with that, "" if nothing is."""
        wrong = ""
        for name in names:
            one = self.waiting.get(name)
            if one is None or one.rang:
                wrong = f"{name} rang, which did not wait"
                continue
            if at < one.not_before:
                wrong = f"{name} rang at {at}, {one.not_before - at:.0f} ms too early"
            one.rang = True
            self.rung.append((name, one))
        return wrong

    def take(self, *, held: bool, interrupted: bool) -> tuple[Plan | None, bool]:
        """Tell that the oldest that has rung has its turn; return what it says, None if it is gone.

        It has another one if the turn was interrupted, and a timer also if an agent has the conversation. Returns also whether it
        has been shown before.
        """
        name, one = self.rung.popleft() if self.rung else ("", None)
        if one is None or self.waiting.get(name) is not one:
            return None, False
        shown, one.shown = one.shown, True
        if interrupted or (held and not one.plan.about):
            one.rang = False
        else:
            del self.waiting[name]
            self.had_turn += 1
        return one.plan, shown


#: The names of timers that are set, of approvals that are asked for, and of both that are cancelled.
Changes = tuple[list[str], list[str], list[str]]


def changes_in(event: "ChangesTimers") -> Changes:
    """Return what an event says of that."""
    return list(event.timers_set), list(event.approvals_asked), list(event.timers_gone)


def is_timer(kinds: Sequence[str]) -> bool:
    """Whether the turn of an event was that of a timer, or of an approval for which nobody had time."""
    return tuple(kinds) in (("timer",), ("approval",))
