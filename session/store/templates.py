"""The definitions of message templates, in the first shard: read at the providers, changed by what they report, or put by programs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from session.errors import UnexpectedReply
from session.keys import Keys
from session.policy import Policy
from session.store.calls import Program, Together, Value, as_fields, command, fields
from session.store.mending import Mender
from session.store.scripts import Scripts
from session.template_definitions import Definition, Definitions, NotKept, TemplateChange
from session.template_events import TemplateChanged

#: Between an account and the name of a template; a field without it is an account that was read.
_BETWEEN = "|"
#: Fields of the hash beyond which no further definition is recorded: more than an account of Meta's can have.
_MOST = 10_000


class TemplateStore:
    """Keeps definitions."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys)
        self._keys = keys.shard(0)

    def all(self) -> Program[Definitions]:
        """Return everything that is kept; unreadable definitions are left out."""
        found: Mapping[str, str] = yield from self._ask("HGETALL", read=as_fields)
        return _read(found)

    def find(self, key: str) -> Program[Definition | None]:
        """Return the definition with a key, see `Definition.key`; None if there is none that can be read."""
        return _definition((yield from self._ask("HGET", key)))

    def put(self, account: str, definitions: Sequence[Definition]) -> Program[None]:
        """Replace the definitions of an account. Whoever reads meanwhile finds old ones that are gone, and none is missing."""
        kept: list[str] = yield from self._ask("HKEYS")
        written = {account: "read"} | {one.key: one.to_json() for one in definitions}
        yield from self._ask("HSET", *(word for pair in written.items() for word in pair))
        gone = [name for name in kept if name.startswith(f"{account}{_BETWEEN}") and name not in written]
        if gone:
            yield from self._ask("HDEL", *gone)

    def note(self, change: TemplateChange) -> Program[bool]:
        """Note a change with its event; returns whether it is one."""

        def changed(before: Definition | None) -> tuple[Definition, TemplateChanged] | None:
            after = change.of(before)
            return None if before == after else (after, change.event(before))

        return self._write(change.key, changed)

    def record(self, definition: Definition, *, by: str) -> Program[bool | NotKept]:
        """Keep one definition, of an account that is not read at its provider, with the event that `by` has put it.

        Returns whether it is another one than before. What was reported of its quality stays.
        """

        def put(before: Definition | None) -> tuple[Definition, TemplateChanged] | None:
            after = definition.model_copy(update={"quality": before.quality if before else None})
            return None if before == after else (after, _told(definition, before, after.status, by))

        pulled, kept, count = yield Together(
            [
                self._ask("HEXISTS", definition.account),
                self._ask("HEXISTS", definition.key),
                self._ask("HLEN"),
            ]
        )
        # An account that is read at this very moment may keep it until it is read again.
        if pulled:
            return NotKept.PULLED
        if not kept and count >= _MOST:
            return NotKept.FULL
        return (yield from self._write(definition.key, put))

    def remove(self, definition: Definition, *, by: str) -> Program[bool | NotKept]:
        """Remove what was recorded, with an event; returns whether there was anything."""

        def removed(before: Definition | None) -> tuple[None, TemplateChanged] | None:
            return (None, _told(definition, before, "REMOVED", by)) if before else None

        if (yield from self._ask("HEXISTS", definition.account)):
            return NotKept.PULLED
        return (yield from self._write(definition.key, removed))

    def _write(
        self,
        key: str,
        decide: Callable[[Definition | None], tuple[Definition | None, TemplateChanged] | None],
    ) -> Program[bool]:
        """Write what becomes of a definition, None to remove it, with its event; returns whether something was decided."""
        while True:
            raw: str | None = yield from self._ask("HGET", key)
            found = decide(_definition(raw))
            if found is None:
                return False
            after, event = found
            call = self._scripts.note_template(
                templates=self._keys.templates,
                events=self._keys.events,
                name=key,
                was=raw or "",
                becomes=after.to_json() if after else "",
                event_cap=Policy().events_at_most,
                event=fields(event.to_fields()),
            )
            match (yield from self._mender.call_on_shard(0, call)):
                case ["noted"]:
                    return True
                case ["changed"]:
                    continue
                case reply:
                    raise UnexpectedReply("note_template", reply)

    def _ask(self, what: str, *words: Value, read: Callable[[Any], Any] | None = None) -> Program[Any]:
        """Send a command about the definitions; a key of a wrong type is moved to the dead letters first."""
        call = command("templates", what, self._keys.templates, *words, read=read)
        return self._mender.call_on_shard(0, call)


def _told(about: Definition, before: Definition | None, after: str, by: str) -> TemplateChanged:
    return TemplateChanged(
        what="definition",
        template=about.name,
        language=about.language,
        about=about.account,
        before=before.status if before else None,
        after=after,
        by=by,
    )


def _read(found: Mapping[str, str]) -> Definitions:
    accounts = frozenset(name for name in found if _BETWEEN not in name)
    return Definitions(
        known=tuple(_definitions(value for name, value in found.items() if _BETWEEN in name)), pulled=accounts
    )


def _definition(raw: str | None) -> Definition | None:
    return next(iter(_definitions([raw] if raw else [])), None)


def _definitions(records: Iterable[str]) -> Iterable[Definition]:
    for record in records:
        try:
            yield Definition.model_validate_json(record.encode("utf-8", "replace"))
        except ValueError:
            continue
