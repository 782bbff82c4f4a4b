"""What a person must allow before the assistant does it. Pure.

An approval is a timer of its conversation (`session.timers`) that rings when nobody has decided in time. So a close, an opt-out,
forgetting and a merge do to it what they do to timers. A decision is an agent action, `session.deciding`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from session.content_parts import Kind
from session.contents import Timer
from session.planning import PlansAhead, encoded, is_sound
from session.timers import Planned

#: For so long somebody may decide: the customer can still be told within the 24 hours of the customer service window.
OPEN_FOR: Final = timedelta(hours=20)
#: Approvals of one conversation that are open at once.
MOST_OPEN: Final = 10
#: Characters of what is asked, and of a note.
LONGEST_ASKED: Final = 1000
#: Characters of the data as JSON.
MOST_DATA: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval that nobody has decided."""

    name: str
    text: str
    data: Any  #: what was passed with it; None if nothing was
    until: datetime  #: when it is over without a decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of an approval."""

    name: str
    text: str
    data: Any  #: what was passed with it; None if nothing was
    approved: bool
    by: str = ""  #: the agent, or "api:<name>" for a program; "": nobody has decided in time
    note: str = ""  #: what was said with it


class AsksApproval(PlansAhead):
    """A turn that can ask a person for a yes."""

    @property
    def decision(self) -> Decision | None:
        """What was decided, if this is the turn of a decision, or of an approval for which nobody had time: nobody wrote then."""
        said = self.messages[0].content
        if not isinstance(said, Timer) or said.kind is not Kind.APPROVAL:
            return None
        return Decision(
            name=said.name,
            text=said.text,
            data=said.payload,
            approved=said.approved,
            by=said.by,
            note=said.note,
        )

    @property
    def approvals(self) -> dict[str, Approval]:
        """The approvals that are open, by their names, with those of this turn; the one that ends first comes first."""
        return {
            name: Approval(name=name, text=plan.text, data=plan.payload, until=plan.at)
            for name, plan in self.plans(asks=True).items()
        }

    def ask_approval(self, name: str, *, text: str, data: Any = None) -> None:
        """Ask a person at the desk for a yes, with the commit of this turn. The assistant is called again when it is decided.

        The desk shows the text and the data (JSON). Then `turn.decision` says what was decided; if nobody has decided for 20 hours,
        `approved` is False and `by` is empty. Asking again replaces the open approval of the same name, and
        `turn.cancel_later` withdraws it; the end of the session, an opt-out and forgetting do too.

        Raises `ValueError`: an empty or too long name (200 characters) or text (1,000), data that are no JSON or too long (8,192
        characters), the name of a timer, or the eleventh open approval.
        """
        if not text.strip() or len(text) > LONGEST_ASKED or not is_sound(text):
            raise ValueError(f"what is asked has 1 to {LONGEST_ASKED} characters")
        at = self.now + OPEN_FOR
        asked = encoded(data, MOST_DATA, "the data of an approval")
        self.plan(Planned(name=name, at=at, meant=at, text=text, data=asked, asks=True), most=MOST_OPEN)
