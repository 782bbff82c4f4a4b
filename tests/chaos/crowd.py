"""The crowd: threads in which people write under several names, and agents take them over under any of them."""

import random
from itertools import count

from session.agent_actions import AgentAction, AgentActionType
from tests.chaos.bodies import META
from tests.chaos.clock import now
from tests.chaos.crew import Crew, Desk
from tests.chaos.ledger import START, STOP, Ledger
from tests.chaos.load import Line, Load, attach
from tests.chaos.people import MOVED, Person, Saying, a_person
from tests.chaos.system import System

_THREADS = 2
#: After so many messages another person comes: most of what is tried here happens once in a life.
_MOST_MESSAGES = 24
#: Shares: an old body again, a body of several messages, a new number, a takeover, and its end.
_AGAIN, _BATCH, _MOVE, _TAKE, _BACK = 0.08, 0.15, 0.06, 0.08, 0.4
#: Providers tell the time of a message in seconds: changes of one number are further apart.
_BETWEEN_MOVES = 2.5


class Crowd(Crew):
    """Writes until it is stopped; then finishes what it has begun."""

    def __init__(self, system: System, ledger: Ledger, load: Load) -> None:
        options = system.options
        # The last release knows no names.
        super().__init__("crowd", range(_THREADS if options.people and not options.old else 0))
        self._options, self._ledger, self._load = options, ledger, load
        self._desk = Desk(system, ledger)
        self._numbers = count(1)

    def stop(self, *, within: float) -> None:
        super().stop(within=within)
        self._desk.close()

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._options.seed} crowd {number}")
        line = self._load.line()
        own = [self._newcomer() for _ in range(max(1, self._options.people // _THREADS))]
        pause = _THREADS / self._options.people_rate
        while not self._stop.wait(pause * dice.uniform(0.3, 1.7) * (4 if self._load.quiet.is_set() else 1)):
            place = dice.randrange(len(own))
            if len(own[place].posts) >= _MOST_MESSAGES and not own[place].held_by:
                own[place] = self._newcomer()
            self._something(own[place], line, dice)
        line.hang_up()

    def _newcomer(self) -> Person:
        return self._ledger.meet(a_person(next(self._numbers), self._options.seed))

    def _something(self, person: Person, line: Line, dice: random.Random) -> None:
        chance = dice.random()
        if chance < _AGAIN and person.bodies:
            body = dice.choice(person.bodies)
            self._ledger.redelivered += 1
            line.post(META, body, self._load.signer.headers(META, body))
        elif chance < _AGAIN + _MOVE and person.posts and now() - person.moved_at > _BETWEEN_MOVES:
            old, new = person.change_number(now())
            self._write(person, [person.say(now(), (old, new), MOVED, new)], line, dice)
        elif chance < _AGAIN + _MOVE + _TAKE and not person.held_by and person.posts:
            # Under a name that has been seen, so there is a session.
            person.held_by = f"keeper{person.name}"
            self._act(person, AgentActionType.TAKE_OVER, dice)
        elif person.held_by and dice.random() < _BACK:
            self._act(person, AgentActionType.HAND_BACK, dice)
            person.held_by = ""
        else:
            self._talk(person, line, dice)

    def _talk(self, person: Person, line: Line, dice: random.Random) -> None:
        said: list[Saying] = []
        for _ in range(dice.randint(2, 3) if dice.random() < _BATCH else 1):
            word = ""
            if person.out and dice.random() < 0.4:
                word = START
            elif not person.out and dice.random() < self._options.people_stops:
                word = STOP
            said.append(person.say(now(), person.shown(dice), word))
        self._write(person, said, line, dice)

    def _write(self, person: Person, said: list[Saying], line: Line, dice: random.Random) -> None:
        for saying in said:
            attach(saying, self._options)
            self._ledger.by_id[saying.id] = saying
        body = self._load.signer.people(said, dice)
        self._load.deliver(line, META, body, said, dice)
        person.bodies.append(body)

    def _act(self, person: Person, kind: AgentActionType, dice: random.Random) -> None:
        """Let an agent act under a name that was seen lately, until the desk knows that it is kept."""
        at = now()
        latest = next(one for one in reversed(person.posts) if not one.moved_to)
        action = AgentAction(
            type=kind,
            id="",
            customer=dice.choice(latest.names),
            agent=person.held_by,
            received_at=int(1000 * at),
        )
        act = self._ledger.next_act(action, at)
        self._ledger.keepers[act.id] = person.name
        self._desk.post(act, self._give_up)
