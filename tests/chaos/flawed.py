"""The Celery app of a worker with a deliberate bug: it reads altered scripts. `celery -A tests.chaos.flawed worker`."""

import os
from dataclasses import replace
from pathlib import Path
from secrets import randbelow
from typing import Any

from session import hearing, time_outs, turn_result
from session.admission import Admission
from session.agent_actions import AgentAction
from session.results import Committed
from session.store import scripts
from session.turn_result import TurnResult
from worker import acting
from worker import app as system
from worker.campaigns import sending
from worker.interruptions import Watch
from worker.turns import TurnTaker

scripts.files = lambda _package: Path(os.environ["CHAOS_SCRIPTS"])

if os.environ["CHAOS_BUG"] == "superseded":
    _begin_anew = TurnTaker._begin_anew

    async def _and_go_on(self: TurnTaker, watch: Watch, *, go_on: bool) -> Committed | None:
        """Begin a turn anew, and let its superseded run go on and commit as well."""
        running = watch.running
        running.over = False
        result = await self.answerer.decide(running, self.new_id(), running.clock.now())
        committed = await _begin_anew(self, watch, go_on=go_on)
        await self._commit(running.conversation, running.taken, result, running.clock.now(), go_on=False)
        return committed

    TurnTaker._begin_anew = _and_go_on  # type: ignore[method-assign]

if os.environ["CHAOS_BUG"] == "renamed-row":
    _made = sending.action_of

    def _by_chance(*about: Any) -> AgentAction:
        """Return the action of a row, with an id that does not follow from the row."""
        action = _made(*about)
        return action.model_copy(update={"id": f"{action.id}.{randbelow(1000)}"})

    sending.action_of = _by_chance

if os.environ["CHAOS_BUG"] == "unasked":
    for module in (hearing, time_outs):
        module.open_messages = lambda _session: ()  # type: ignore[attr-defined]

if os.environ["CHAOS_BUG"] == "still-open":
    turn_result.without_open = lambda session, _answered: session  # type: ignore[attr-defined]

if os.environ["CHAOS_BUG"] == "undecided":
    _settled = acting.settle_decision

    def _and_stays(*about: Any, **more: Any) -> TurnResult:
        """Return the result of a decision, and leave its approval open."""
        result = _settled(*about, **more)
        return replace(result, timers=replace(result.timers, written={}))

    acting.settle_decision = _and_stays  # type: ignore[attr-defined]

if os.environ["CHAOS_BUG"] == "always-yes":
    _admitted = acting.admit_decision

    def _as_a_yes(session: Any, action: AgentAction, *about: Any, **more: Any) -> Admission | None:
        """Admit a decision as if it were a yes."""
        return _admitted(session, action.model_copy(update={"approved": True}), *about, **more)

    acting.admit_decision = _as_a_yes  # type: ignore[attr-defined]

app = system.app
