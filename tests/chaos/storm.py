"""The storm of faults: which, when and how long follows from the seed; now and then a calm in which all must recover."""

import random
import threading
from dataclasses import dataclass, field

from tests.chaos.clock import now
from tests.chaos.faults import MAKERS, Field, possible
from tests.chaos.load import Load
from tests.chaos.options import CATCHES_UP, Options
from tests.chaos.strikes import Strike, Strikes
from tests.chaos.witness import Witness

#: Faults that may lie over another one: their end waits for nothing that the other has taken away.
_SOFT = ("provider-", "wakes-", "two-beats", "beat-kill", "redis-slow")
_OVERLAP = 0.3
#: Faults by which sends come to be in doubt, and seconds for which three of them pause their sender.
_DOUBTED, _PAUSED = {"provider-drop", "provider-gateway", "provider-html", "provider-slow"}, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """A time without faults, until work has gone on wherever it waited."""

    after: tuple[str, ...]  #: the faults since the last one
    seconds: float  #: until the last conversation in which something waited had gone on
    left: int  #: conversations that had not
    bound: float  #: seconds within which they should have


@dataclass(slots=True)
class Storm:
    """Strikes until its time is over."""

    options: Options
    field: Field
    witness: Witness
    load: Load
    stop: threading.Event
    strikes: Strikes = field(default_factory=Strikes)
    calms: list[Calm] = field(default_factory=list)

    def run(self, until: float) -> None:
        """Strike again and again until a time; whatever was begun is ended, on errors too."""
        dice = random.Random(f"{self.options.seed} storm")
        kinds = possible(self.options)
        soft = [kind for kind in kinds if kind.startswith(_SOFT)]
        deck: list[str] = []
        since: list[str] = []
        while not self._wait(dice.uniform(0.4, 1.6) * self.options.gap) and now() < until:
            # Like cards: every kind comes up before one comes twice.
            deck = deck or dice.sample(kinds, len(kinds))
            struck = [MAKERS[deck.pop()](self.field)]
            if soft and dice.random() < _OVERLAP:
                other = MAKERS[dice.choice(soft)](self.field)
                struck += [other] if other.kind != struck[0].kind else []
            self._strike(struck)
            since += [strike.kind for strike in struck]
            if len(since) >= self.options.calm_every:
                self._calm(since)
                since = []

    def _strike(self, struck: list[Strike]) -> None:
        begun: list[Strike] = []
        try:
            for strike in struck:
                self.strikes.done.append(strike)
                strike.began_at = now()
                begun.append(strike)
                strike.begin()
            for strike in sorted(struck, key=lambda one: one.began_at + one.hold):
                self._wait(strike.began_at + strike.hold - now())
                begun.remove(strike)
                strike.end()
                strike.ended_at = now()
        finally:
            for strike in begun:
                strike.end()
                strike.ended_at = now()

    def _calm(self, since: list[str]) -> None:
        """Wait until every conversation in which something waits has gone on."""
        began = now()
        gone_on, behind = self.witness.seen.gone_on, self.witness.behind(began)
        bound = self.options.bound + self.witness.waiting() / CATCHES_UP
        if _DOUBTED.intersection(since):
            bound += _PAUSED
        slowest = 0.0
        self.load.quiet.set()
        while behind and now() - began < 1.5 * bound and not self._wait(0.1):
            slowest = max([slowest, *(gone_on[one] - began for one in behind if one in gone_on)])
            behind = [message for message in behind if message not in gone_on]
        self.load.quiet.clear()
        if not self.stop.is_set():
            seconds = now() - began if behind else slowest
            self.calms.append(Calm(after=tuple(since), seconds=seconds, left=len(behind), bound=bound))

    def _wait(self, seconds: float) -> bool:
        """Let time pass, and look after what ends by itself; returns whether the run is to end."""
        until = now() + seconds
        while not self.stop.is_set() and now() < until:
            self.field.system.look_after()
            self.stop.wait(min(0.3, max(0.0, until - now())))
        return self.stop.is_set()
