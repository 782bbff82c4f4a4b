"""The sessions as a library: for scripts, notebooks and other applications. Safe while workers run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

from pydantic import SecretStr

from session.clock import Clock
from session.connection import ServersClock, connect
from session.contents import Text
from session.conversations import short_name
from session.customers import Seeker
from session.delivery_states import with_states
from session.errors import NoSuchSession
from session.facts import KnownFacts
from session.forgetting import Forgetter, Forgot, no_media
from session.history import HistoryEntry, Role, entry
from session.idle_timeouts import IdleTimeouts
from session.ids import new_id
from session.keys import Keys
from session.limits import MESSAGES, SEARCHES, Allowance, Limit, allowance
from session.machine import Closed, MachineEvent, step
from session.models import SearchEntry, Session, Statistics
from session.optimistic_updates import Change, OptimisticUpdates, readable
from session.policy import Policy
from session.records import from_ms
from session.store import CounterStore, DueStore, ForgettingStore, MailboxStore, Scripts, SessionStore
from session.store.runners import Redis, Runner
from session.timer_reading import ReadsTimers


class SessionManager(ReadsTimers):
    """Creates, reads and changes sessions by customer: a number in any spelling, a business-scoped id, "<scope>:+20…".

    Every method that takes a customer raises `NoCustomer` for anything else.
    """

    def __init__(
        self,
        client: Redis,
        *,
        shards: int = 1,
        policy: Policy | None = None,
        clock: Clock | None = None,
        new_id: Callable[[], str] = new_id,
        wait_for: timedelta = timedelta(seconds=5),
        pause: Callable[[float], None] = time.sleep,
        country: str = "",
    ) -> None:
        """Take a client with `decode_responses=True`, a `pause` that waits (seconds), a `country` (ISO 3166-1) of numbers."""
        self.policy = policy or Policy()
        self._keys = Keys(shards)
        self._clock, self._new_id = clock or ServersClock(client), new_id
        self._run = run = Runner(client)
        parts = (Scripts.load(clock), self._keys, self.policy)
        self._store = store = SessionStore(*parts)
        self._due = DueStore(*parts)
        self._forgetting = ForgettingStore(*parts)
        self._idle_timeouts = IdleTimeouts(self._store, MailboxStore(*parts), self.policy)
        self._forgetter = Forgetter(self._forgetting, CounterStore(*parts[:2]), self._keys)
        self._seeker = Seeker(run, self._store, self._forgetting, country=country)
        self._updates = OptimisticUpdates(
            run, store, clock=self._clock, new_id=new_id, policy=self.policy, wait_for=wait_for, pause=pause
        )

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Self:
        """Return a manager with its own connection to the Redis at `url`."""
        return cls(connect(SecretStr(url), timeout=5), **options)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._run.close()

    # -- read

    def get(self, customer: str) -> Session | None:
        """Return the session of a customer, or None if there is none. Raises `UnreadableSession`."""
        conversation = self._seeker.name(customer)
        record, _ = self._run(self._store.read(conversation, now=self._clock.now()))
        if not record:
            return None
        marketing = self._run(self._store.marketing(conversation))
        return readable(conversation, record).change(marketing=marketing)

    def history(self, customer: str) -> tuple[HistoryEntry, ...]:
        """Return the history, oldest entry first, with what became of each reply; empty without a session."""
        if (session := self.get(customer)) is None:
            return ()
        known = self._run(self._store.delivery_states(session.conversation))
        return with_states(session.context.message_history, known)

    def statistics(self, customer: str) -> Statistics:
        """Return some figures of a session. Raises `NoSuchSession`."""
        now = self._clock.now()
        conversation = self._seeker.name(customer)
        record, expires = self._run(self._store.read(conversation, now=now))
        if not record:
            raise NoSuchSession(customer)
        session = readable(conversation, record)
        return Statistics(
            state=session.state,
            messages=session.message_count,
            searches=session.search_count,
            age=now - session.created_at,
            idle_for=now - session.last_activity,
            expires_in=from_ms(expires) - now if expires else None,
        )

    def customers(self) -> list[str]:
        """Return all customers with a session, sorted. Reads every key of the server: not for hot paths."""
        return sorted({short_name(name) for name in self._run(self._store.conversations())})

    def find(self, customer: str) -> list[str]:
        """Return the customers with a session that a text may mean: "estate:+20…"; without a scope in all scopes.

        Reads every key of the server: not for hot paths. Raises `NoCustomer` if the text is ambiguous.
        """
        return [short_name(name) for name in self._seeker.sessions_of(customer)]

    def names(self, customer: str) -> list[str]:
        """Return every name of a customer, with or without a session, the present one first. Raises `NoCustomer`."""
        return [short_name(name) for name in self._seeker.names_of(customer)]

    # -- change

    def get_or_create(self, customer: str) -> Session:
        """Return the session of a customer; creates a NEW one if there is none."""
        return self._change(customer, lambda session: session, create=True)

    def update(self, customer: str, change: Change | None = None, **fields: Any) -> Session:
        """Change a session by a function of the session, or by fields. Raises `NoSuchSession`, and the errors of `revised`.

        The function may be called more than once, always with the newest session.
        """
        return self._change(customer, change or (lambda session: session.revised(**fields)))

    def change_state(self, customer: str, event: MachineEvent) -> Session:
        """Apply one event of the state machine. Raises `NoSuchSession`, `IllegalTransition`."""
        return self._change(
            customer, lambda one: step(one, event, self._clock.now(), self.policy), named=event
        )

    def close(self, customer: str, reason: str = "closed by hand") -> Session:
        """End the session; the next message begins a new one. Raises `NoSuchSession`, `IllegalTransition`."""
        return self.change_state(customer, Closed(reason=reason))

    def add_message(self, customer: str, role: Role | str, content: str, message_id: str = "") -> Session:
        """Add to the history; a message of the user is counted. Creates the session if there is none."""

        def add(session: Session) -> Session:
            now = self._clock.now()
            said = entry(Role(role), Text(text=content), at=now, id=message_id or self._new_id())
            counted = session.message_count + (said.role is Role.USER)
            return session.with_entry(said, self.policy).change(last_activity=now, message_count=counted)

        return self._change(customer, add, create=True)

    def add_search(
        self,
        customer: str,
        query: str,
        *,
        intent: str | None = None,
        entities: Mapping[str, Any] | None = None,
        result_count: int = 0,
    ) -> Session:
        """Add a search and count it. Creates the session if there is none."""

        def add(session: Session) -> Session:
            now = self._clock.now()
            entry = SearchEntry(
                query=query,
                timestamp=now,
                intent=intent,
                entities=dict(entities or {}),
                result_count=result_count,
            )
            return session.with_search(entry, self.policy).change(last_activity=now)

        return self._change(customer, add, create=True)

    def update_extracted_info(
        self, customer: str, model: type[KnownFacts] = KnownFacts, /, **known: Any
    ) -> Session:
        """Store known facts of a customer; None removes one. Raises `NoSuchSession`.

        Raises `pydantic.ValidationError` if `model`, the assistant's, refuses a value.
        """
        return self._change(customer, lambda session: session.with_facts(model, known))

    def delete(self, customer: str) -> bool:
        """Remove every key of a customer; return whether there was any. The event stream still names the customer."""
        return self._run(self._forgetting.forget(self._seeker.name(customer))) > 0

    def forget(self, customer: str, *, remove_media: Callable[[str], int] = no_media) -> Forgot:
        """Remove every trace of a customer, events and dead letters included; without a scope in all scopes.

        `remove_media` removes the media of a conversation. A concurrent turn writes nothing. An unread body in the intake is a
        new message. Raises `NoCustomer` if the text is ambiguous. Reads every key of the server.
        """
        found = self._seeker.everything_of(customer)
        return self._forgetter.forget_with_media(self._run, found, remove_media)

    # -- limits: what remains, and one use if it is allowed

    def check_messages(self, customer: str) -> Allowance:
        """Return how many more messages the assistant may receive; nothing is counted."""
        return self._limit(customer, MESSAGES, 0)

    def count_message(self, customer: str) -> Allowance:
        """Count one message if it is allowed; `allowed` says whether it was."""
        return self._limit(customer, MESSAGES, 1)

    def check_searches(self, customer: str) -> Allowance:
        """Return how many searches are left; nothing is counted."""
        return self._limit(customer, SEARCHES, 0)

    def count_search(self, customer: str) -> Allowance:
        """Count one search if it is allowed; `allowed` says whether it was."""
        return self._limit(customer, SEARCHES, 1)

    # -- sweep

    def sweep_idle(self) -> int:
        """Apply all idle time-outs that are due, like the sweep of the workers; return how many sessions changed.

        The workers tell a customer whom no agent answered in time.
        """
        due = self._idle_timeouts.time_out_all(self._due, shards=self._keys.shards, now=self._clock.now())
        return self._run(due)

    def _change(self, customer: str, change: Change, **how: Any) -> Session:
        return self._updates.change(self._seeker.name(customer), change, **how)

    def _limit(self, customer: str, limit: Limit, uses: int) -> Allowance:
        now, conversation = self._clock.now(), self._seeker.name(customer)
        counted, usage = self._run(self._store.count(conversation, limit, uses=uses))
        found = allowance(usage, limit, now, self.policy)
        wait = timedelta(0) if counted else found.ends_at - now
        return replace(found, allowed=counted, wait_for=wait) if uses else found
