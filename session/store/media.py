"""What is to be fetched of the media of a conversation, and what became of it."""

from collections.abc import Sequence
from datetime import timedelta

from session.dead_letters import MediumLetter
from session.errors import UnexpectedReply
from session.keys import Keys
from session.leases import TOO_LATE, Held, Lease, MediaEmpty, MediaTaken, Stale
from session.media_work import MediumRecord, MediumState, read_records
from session.models import Session
from session.policy import Policy
from session.reading import Unreadable, read_session
from session.records import MS, from_ms
from session.results import MediumGone, MediumSettled
from session.store.calls import Call, Program, as_text, command, flat
from session.store.mending import Mender
from session.store.scripts import Scripts


class MediaWorkStore:
    """Leases the media of conversations, and settles them one by one."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def take(self, conversation: str, *, holder: str, limit: int) -> Program[MediaTaken | MediaEmpty | Held]:
        """Lease the media of a conversation and return those that are to be fetched now, the oldest first.

        A holder that has fetched them takes again; if there are none any more, the lease is released.
        """
        own = self._keys.of(conversation)
        call = self._scripts.take_media(
            lease=own.media_lease,
            media=own.media,
            due=own.shared.due,
            fences=own.shared.fence,
            holder=holder,
            lease_for=self._policy.fetch_lease_for // MS,
            limit=limit,
            member=own.media_due,
            garbage=TOO_LATE // MS,
            keep_for=self._policy.keep_for // MS,
        )
        while True:
            match (yield from self._mender.call([conversation], call)):
                case ["held", int(until), int(at)]:
                    if held := (yield from self._mender.held(until, at, self._mender.mend(conversation))):
                        return held
                case ["empty"]:
                    return MediaEmpty()
                case ["taken", int(fence), int(at), int(attempt), *pairs]:
                    lease, texts = Lease(fence=fence, holder=holder), list(map(str, pairs))
                    media = read_records(texts)
                    unreadable = [
                        Unreadable(place="media", raw=raw, why="it is no record of a medium")
                        for field, raw in zip(texts[::2], texts[1::2], strict=True)
                        if field not in media
                    ]
                    if not unreadable:
                        return MediaTaken(lease=lease, now=from_ms(at), attempt=attempt, media=media)
                    put = yield from self._mender.put_aside(
                        conversation, unreadable, lease=lease, key=own.media_lease
                    )
                    if isinstance(put, Stale) or not put:
                        return Held(until=0)
                case reply:
                    raise UnexpectedReply("take_media", reply)

    def settle(
        self,
        conversation: str,
        lease: Lease,
        field: str,
        record: MediumRecord,
        *,
        letter: MediumLetter | None = None,
    ) -> Program[MediumSettled | MediumGone | Stale]:
        """Write what became of a medium: kept, failed (with a dead letter), or to be fetched later."""
        own = self._keys.of(conversation)
        call = self._scripts.settle_medium(
            lease=own.media_lease,
            media=own.media,
            alias=own.alias,
            turn_lease=own.turn_lease,
            session=own.session,
            mailbox=own.mailbox,
            outbox=own.outbox,
            due=own.shared.due,
            dead=own.shared.dead,
            counters=own.shared.counters,
            fence=lease.fence,
            holder=lease.holder,
            field=field,
            record=record.to_json(),
            kept_as=record.media.stored or "",
            turn_due=own.turn_due,
            wake_after=self._policy.wake_after // MS,
            letters=flat([letter.to_fields()]) if letter else (),
            counts=_counted(record),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["settled", int(wake)]:
                return MediumSettled(wake_turn=bool(wake))
            case ["gone", int(used)]:
                return MediumGone(used=bool(used))
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("settle_medium", reply)

    def let_turn_wait(
        self, conversation: str, lease: Lease, *, fields: Sequence[str], wait: timedelta
    ) -> Program[bool]:
        """Release a turn until none of these media waits any more, at most for `wait`. The attempt does not count.

        Returns whether the turn must be woken now, because they have come meanwhile.
        """
        own = self._keys.of(conversation)
        match (
            yield self._scripts.abandon_turn(
                lease=own.turn_lease,
                due=own.shared.due,
                media=own.media,
                fence=lease.fence,
                holder=lease.holder,
                wait=wait // MS,
                member=own.turn_due,
                counts="no",
                waits="\n".join(fields),
            )
        ):
            case ["abandoned", int(at_once)]:
                return bool(at_once)
            case ["stale", int()]:
                return False
            case reply:
                raise UnexpectedReply("abandon_turn", reply)

    def claim_removal(self, every: timedelta) -> Call[bool]:
        """Return whether the caller is to remove what is too old: once in so long one caller is."""
        key = self._keys.shard(0).media_swept
        return command("claim", "SET", key, 1, "NX", "PX", every // MS, read=bool)

    def language(self, conversation: str) -> Call[str | None]:
        """Return the language of a customer, if a session that can be read has one."""

        def read(answer: list[str | None]) -> str | None:
            found = read_session(answer[0], conversation) if answer[0] else None
            return found.context.language if isinstance(found, Session) else None

        return command("language", "MGET", self._keys.of(conversation).session, read=read)

    def known(self, conversation: str, field: str) -> Call[MediumRecord | None]:
        """Return what is known of a medium."""
        return command("known", "HGET", self._keys.of(conversation).media, field, read=_read)


def _counted(record: MediumRecord) -> list[str | int]:
    """Return counters and their increments for a medium that is fetched no more."""
    if record.state is MediumState.WAITING:
        return []
    size = (record.media.size or 0) if record.state is MediumState.KEPT else 0
    return [f"media|{record.kind}|{record.state}", 1, "media_bytes", size]


def _read(answer: object) -> MediumRecord | None:
    return MediumRecord.read(as_text(answer)) if answer else None
