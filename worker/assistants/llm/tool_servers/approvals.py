"""Calls that a person must allow first: how a model asks for one, and what is told when somebody has decided. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Final, Literal, Self

from session.approvals import Decision
from session.turn import Turn

#: What became of a call: it has a result, the server says why not, or nobody knows whether it was carried out.
Fate = Literal["done", "failed", "doubt"]
#: Characters of a call in what is told of it: its outcome matters more.
_LONGEST: Final = 300
ASKED: Final = (
    "a colleague decides whether this is done, and you will be told; tell the customer that you have asked"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCall:
    """A call of a tool, as its server gets it. The fields are what an approval keeps of it."""

    server: str
    tool: str
    arguments: Mapping[str, Any]
    customer: str = ""  #: the argument that is the number of the customer

    @classmethod
    def of(cls, decision: Decision | None) -> Self | None:
        """Return the call that somebody has decided about; None if it was about something else."""
        match decision:
            case Decision(
                data={"server": str(server), "tool": str(tool), "arguments": dict(arguments), **more}
            ):
                return cls(
                    server=server, tool=tool, arguments=arguments, customer=str(more.get("customer", ""))
                )
        return None

    @property
    def asked(self) -> str:
        """What is asked for: the same for the same call, and without the number of the customer."""
        ours = {name: value for name, value in self.arguments.items() if name != self.customer}
        return f"{self.server}_{self.tool} {json.dumps(ours, sort_keys=True, ensure_ascii=False)}"


def ask(call: ServerCall, turn: Turn) -> None:
    """Ask for a call with the commit of a turn, unless it is asked for already.

    Raises `ValueError` as `Turn.ask_approval` does.
    """
    mark = blake2b(call.asked.encode("utf-8", "replace"), digest_size=4).hexdigest()
    name = f"{call.server}_{call.tool} {mark}"
    if name not in turn.approvals:
        text = f"The language model asks: may it call {call.tool} of {call.server}?"
        turn.ask_approval(
            name, text=text, data={part: one for part, one in asdict(call).items() if one != ""}
        )


def told(asked: str, decision: Decision, fate: Fate | None, text: str) -> str:
    """Return what a model, or the person who has the conversation, is told; without a fate nothing was called."""
    match fate:
        case "done":
            what = f"it was approved, and done: {text}"
        case "failed":
            what = f"it was approved, and not done: {text}"
        case "doubt":
            what = "it was approved, and nobody knows whether it was carried out"
        case None if decision.approved:
            what = "it was approved"
        case None:
            what = "it was declined" if decision.by else "nobody has decided in time, so it was not done"
    return "\n".join(filter(None, (f"{asked[:_LONGEST]}: {what}", decision.note)))
