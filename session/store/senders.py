"""Pauses of senders, opt-outs at providers, and providers' warnings."""

from datetime import datetime, timedelta

from session.errors import UnexpectedReply
from session.events import OptOutNoted, TroubleNoted
from session.keys import Keys
from session.messages import Route
from session.pauses import Pause, Trouble, read_pauses, readable_troubles, sender_of
from session.policy import Policy
from session.records import to_ms
from session.store.aliases import LONGEST_WAY, resolve
from session.store.calls import Call, Program, Together, as_fields, command, fields
from session.store.scripts import Scripts

#: Warnings that are stored; further ones are only logged and counted.
AT_MOST = 100


class PauseStore:
    """Pauses and resumes senders, and notes which customers have opted out at a provider.

    Every shard has its own copy of the pauses, so that scripts see them.
    """

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._all = keys
        self._doubts = keys.shard(0).doubts
        self._keys = [keys.shard(shard).paused for shard in range(keys.shards)]

    def pause(self, route: Route, *, until: datetime, code: str, words: str, needs: int = 0) -> Program[None]:
        """Pause the sender of a route until a time; `needs` is that of `Pause`."""
        pause = Pause(until=to_ms(until), code=code, words=words, needs=needs).to_json()
        yield Together(self._put(self._keys, route, pause))

    def may_try(self, route: Route, pause: Pause, *, again: datetime) -> Program[bool]:
        """Claim the probe of a sender whose pause has ended; True if this delivery may try it. Others may not before `again`."""
        held = pause.model_copy(update={"until": to_ms(again)}).to_json()
        match (
            yield self._scripts.claim_probe(
                paused=self._keys[0], sender=sender_of(route), was=pause.to_json(), becomes=held
            )
        ):
            case ["yours"]:
                yield Together(self._put(self._keys[1:], route, held))
                return True
            case ["over"]:
                return True
            case ["theirs"]:
                return False
            case reply:
                raise UnexpectedReply("claim_probe", reply)

    def _put(self, keys: list[str], route: Route, pause: str) -> list[Call[object]]:
        return [self._scripts.put_field(hash=key, field=sender_of(route), value=pause) for key in keys]

    def resume(self, sender: str, *, only: str | None = None) -> Program[bool]:
        """End the pause of a sender; returns whether it was paused. Waiting replies are sent when they are due.

        `only` is the code of the pauses that this may end; None ends any pause.
        """
        if only is not None:
            pause = (yield self.all()).get(sender)
            if pause and pause.code != only:
                return False
        yield command("resume", "DEL", self._doubts(sender))
        return any((yield Together([command("resume", "HDEL", key, sender) for key in self._keys])))

    def doubt(self, sender: str, *, within: timedelta) -> Program[int]:
        """Count a send in doubt; returns how many the sender had. The count ends `within` after the latest one."""
        match (
            yield self._scripts.note_doubt(
                doubts=self._doubts(sender), within=within // timedelta(milliseconds=1)
            )
        ):
            case ["counted", int(counted)]:
                return counted
            case reply:
                raise UnexpectedReply("note_doubt", reply)

    def opt_out(self, conversation: str) -> Program[bool]:
        """Send nothing more to a customer who has opted out at the provider; returns whether that is new.

        A name that leads elsewhere by now stands for where it leads.
        """
        event, left = OptOutNoted(consent="out"), LONGEST_WAY
        while True:
            own, left = self._all.of(conversation), left - 1
            match (
                yield self._scripts.opt_out(
                    opt_out=own.opt_out,
                    events=own.shared.events,
                    timers=own.timers,
                    due=own.shared.due,
                    alias=own.alias,
                    outbox=own.outbox,
                    timer_due=own.timer_due,
                    event_cap=Policy().events_at_most,
                    # Names that lead in a circle hold nobody up.
                    here="" if left else "yes",
                    event=fields(event.concerning(conversation)),
                )
            ):
                case ["opted out", int(new)]:
                    return bool(new)
                case ["moved"]:
                    (conversation,) = yield from resolve(self._all, [conversation])
                case reply:
                    raise UnexpectedReply("opt_out", reply)

    def all(self) -> Call[dict[str, Pause]]:
        """Return every paused sender."""
        # One that cannot be read blocks nothing; the next delivery moves it to the dead letters.
        return command(
            "paused", "HGETALL", self._keys[0], read=lambda found: read_pauses(as_fields(found))[0]
        )


class TroubleStore:
    """Keeps providers' warnings about accounts and senders, in the first shard."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._keys = keys.shard(0)

    def note(self, trouble: Trouble, *, over: bool = False) -> Program[bool]:
        """Store a warning, or remove it if it is `over`, with an event; returns whether anything changed."""
        event = TroubleNoted(
            trouble=trouble.kind,
            about=trouble.about,
            code=trouble.code,
            over=over,
            words=None if over else trouble.words or None,
        )
        match (
            yield self._scripts.note_trouble(
                troubles=self._keys.troubles,
                events=self._keys.events,
                name=trouble.name,
                record="" if over else trouble.to_json(),
                says=f"{trouble.code}: {trouble.words}",
                at_most=AT_MOST,
                event_cap=Policy().events_at_most,
                event=fields(event.to_fields()),
            )
        ):
            case ["noted", int(news)]:
                return bool(news)
            case reply:
                raise UnexpectedReply("note_trouble", reply)

    def all(self) -> Call[list[Trouble]]:
        """Return all present warnings, newest first; unreadable ones are left out."""
        return command("troubles", "HVALS", self._keys.troubles, read=readable_troubles)

    def drop(self, about: str) -> Program[int]:
        """Remove the warnings about an account or a sender; returns how many there were."""
        names: list[str] = yield command("troubles", "HKEYS", self._keys.troubles)
        gone = [name for name in names if name.rpartition("|")[0] == about]
        return (yield command("troubles", "HDEL", self._keys.troubles, *gone)) if gone else 0
