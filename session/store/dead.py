"""The dead letters: what was given up and waits for a person, who drops it or puts it back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from session.agent_actions import AgentAction
from session.dead_letters import Letter
from session.errors import NotRevivable, UnexpectedReply
from session.keys import INTAKE, Keys
from session.messages import Delivery, DeliveryState, Message
from session.policy import Policy
from session.reading import Newer, Unreadable, read_delivery, read_entry
from session.records import moment_of, to_ms
from session.silence import AFTER_ALL
from session.store.asking import asking
from session.store.scripts import Scripts, fields

_PAGE = 500
#: What a reply came to that nobody could tell of when it was given up: to send it again would double it.
_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ})


class DeadStore:
    """Lists, drops and revives dead letters."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._keys = keys

    def all(self) -> Iterator[Letter]:
        """Yield every letter, oldest first within a shard."""
        for shard in range(self._keys.shards):
            after = "-"
            while True:
                page = self._range(shard, after, "+", _PAGE)
                for id_, entry in page:
                    yield _letter(shard, id_, entry)
                if len(page) < _PAGE:
                    break
                after = f"({page[-1][0]}"

    def get(self, id_: str) -> Letter | None:
        """Return one letter, or None if there is none with this id."""
        shard, _, entry = id_.partition(":")
        if not shard.isdecimal() or int(shard) >= self._keys.shards or not entry.replace("-", "").isdecimal():
            return None
        found = self._range(int(shard), entry, entry, 1)
        return _letter(int(shard), *found[0]) if found else None

    def drop(self, letter: Letter) -> bool:
        """Remove a letter for good; returns whether it was still there."""
        shard, _, entry = letter.id.partition(":")
        with asking("dead"):
            return bool(self._scripts.client.xdel(self._keys.shard(int(shard)).dead, entry))

    def revive(self, letter: Letter, *, now: datetime) -> bool:
        """Put what a letter holds back to where it waited; returns whether it was still there.

        A reply whose customer service window was closed goes out if the customer has written since; it is a person who
        sends it now, so no takeover cancels it.
        Raises `NotRevivable` for a part of a body, which nobody can read on its own, for a status, and for a reply of
        which its provider has told since that it was sent.
        """
        shard, _, entry = letter.id.partition(":")
        shared = self._keys.shard(int(shard))
        raw, source = letter.fields.get("raw", ""), ""
        event = {"conversation": letter.conversation} if letter.conversation else {}
        event |= {"at": str(to_ms(now)), "revived": letter.kind}
        match letter.kind:
            case "message" | "action" | "reply" if not _can_be_read(letter):
                raise NotRevivable(f"{letter.id} cannot be read")
            case "body" if letter.fields.get("whole") == "yes":
                target, member, source = shared.intake, INTAKE, letter.fields["source"]
            case "message" | "action" if letter.conversation:
                own = self._keys.of(letter.conversation)
                target, member = own.mailbox, own.turn_due
                entry_of = Message if letter.kind == "message" else AgentAction
                event["came"] = f"[{entry_of.model_validate_json(raw).received_at}]"
            case "reply" if letter.conversation:
                own = self._keys.of(letter.conversation)
                target, member = own.outbox, own.deliver_due
                said = Delivery.model_validate_json(raw)
                if (state := self._came_to(own.deliveries, said.id)) in _ARRIVED:
                    raise NotRevivable(
                        f"{letter.id} is not sent again: the provider has told since that it was {state}"
                    )
                delivery = said.model_copy(update={"window_until": 0, "by_agent": True, "fence": AFTER_ALL})
                raw = delivery.to_json()
                event["queued"] = f"[{delivery.queued_at}]"
            case _:
                raise NotRevivable(
                    f"{letter.id} holds nothing that could be put back (a part of a body, a status, what nobody can read, or what a full mailbox did not take)"
                )
        match self._scripts.call(
            "revive_letter",
            [shared.dead, target, shared.due, shared.events],
            [entry, member, to_ms(now), raw, source, Policy().events_at_most, *fields(event)],
        ):
            case ["revived"]:
                return True
            case ["gone"]:
                return False
            case reply:
                raise UnexpectedReply("revive_letter", reply)

    def _came_to(self, states: str, delivery: str) -> str:
        with asking("deliveries"):
            found: Any = self._scripts.client.hget(states, delivery)
        return found or ""

    def _range(self, shard: int, first: str, last: str, count: int) -> list[Any]:
        with asking("dead"):
            found: Any = self._scripts.client.xrange(self._keys.shard(shard).dead, first, last, count=count)
        return list(found)


def _can_be_read(letter: Letter) -> bool:
    of = letter.conversation or ""
    read = read_delivery if letter.kind == "reply" else read_entry
    return not isinstance(read(letter.fields.get("raw", ""), of), Unreadable | Newer)


def _letter(shard: int, id_: str, fields: dict[str, str]) -> Letter:
    return Letter(
        id=f"{shard}:{id_}",
        kind=fields.get("kind", ""),
        why=fields.get("why", ""),
        at=moment_of(id_, fields.get("at", "")),
        conversation=fields.get("conversation"),
        fields=fields,
    )
