"""The sessions as a library, also while workers run."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread

import pytest
import redis as redis_py
from pydantic import SecretStr

from session import (
    ConversationBusy,
    IllegalTransition,
    KnownFacts,
    NoSuchSession,
    Role,
    Session,
    SessionManager,
    State,
)
from session.clock import SystemClock
from session.connection import connect
from session.errors import NoCustomer, StoreUnavailable, UnreadableSession
from session.keys import Keys
from session.leases import TurnTaken
from session.machine import AgentAnswered, AgentTookOver, CustomerWrote, Escalated, HandedBack
from session.policy import Policy
from tests.fakes import CountingIds
from tests.stores import Stores, everything
from tests.valkey import OPTIONS
from tests.values import CONVERSATION, CUSTOMER, delivery, message, session, turn_result

OTHER = "+919840930854"
MS = timedelta(milliseconds=1)


@pytest.fixture
def manager(redis, clock, new_id):
    return SessionManager(redis, clock=clock, new_id=new_id)


def events(manager_client):
    return [fields for _, fields in manager_client.xrange("events")]


def test_the_package_has_the_manager_and_nothing_that_it_does_not_name():
    import session as package  # noqa: PLC0415  (`session` makes sessions here)

    assert package.SessionManager is SessionManager
    with pytest.raises(AttributeError, match="invented"):
        package.invented  # noqa: B018


# -- read


def test_of_a_stranger_nothing_is_known(manager):
    assert manager.get(CUSTOMER) is None
    assert manager.history(CUSTOMER) == ()
    assert manager.customers() == []
    with pytest.raises(NoSuchSession):
        manager.statistics(CUSTOMER)


def test_a_session_is_made_once(manager, redis, clock):
    made = manager.get_or_create(CUSTOMER)

    assert (made.id, made.state, made.customer_id, made.created_at) == (
        "id1",
        State.NEW,
        CUSTOMER,
        clock.now(),
    )
    assert manager.get(CUSTOMER) == made
    clock.move(minutes=1)
    before = everything(redis)
    assert manager.get_or_create(CUSTOMER) == made
    assert everything(redis) == before


@pytest.mark.parametrize("customer", ["EG.77ab", "user.937ab", "+12345"])
def test_any_customer_may_have_a_session(manager, customer):
    manager.get_or_create(customer)

    assert manager.get(customer).customer_id == customer
    assert manager.customers() == [customer]


@pytest.mark.parametrize("odd", ["+1", "\u202eodd", "with space", ""])
def test_an_invalid_customer_gets_no_session_but_an_existing_one_is_found_and_forgotten(
    manager, redis, clock, odd
):
    with pytest.raises(NoCustomer):
        manager.get_or_create(odd)
    redis.set(
        f"session:whatsapp:{odd}",
        manager.get_or_create(CUSTOMER).to_json(),
        pxat=clock.now() + timedelta(days=1),
    )

    with pytest.raises(UnreadableSession):
        manager.get(odd)
    assert manager.forget(odd).removed == 1
    with pytest.raises(NoCustomer):
        manager.get(odd)


@pytest.mark.parametrize(
    "typed", ["+20 100 123-4567", "00201001234567", "201001234567", "whatsapp:+201001234567"]
)
def test_a_customer_is_the_same_in_every_spelling(manager, typed):
    made = manager.get_or_create(CUSTOMER)

    assert manager.get(typed) == made
    assert manager.update_extracted_info(typed, location="Cairo").customer_id == CUSTOMER
    assert manager.customers() == [CUSTOMER]
    assert manager.find(typed) == [CUSTOMER]
    assert manager.forget(typed).removed > 0
    assert manager.find(typed) == []


def test_on_which_lines_a_customer_is_known_can_be_asked(manager):
    for name in (f"estate:{CUSTOMER}", f"directory:{CUSTOMER}", f"estate:{OTHER}"):
        manager.get_or_create(name)

    assert manager.find("0020 100 123 4567") == [f"directory:{CUSTOMER}", f"estate:{CUSTOMER}"]
    assert manager.find("estate:201001234567") == [f"estate:{CUSTOMER}"]
    assert manager.find("other:201001234567") == []


def test_without_a_scope_a_customer_is_forgotten_at_every_sender(manager, redis):
    for name in (CUSTOMER, f"estate:{CUSTOMER}", f"directory:{CUSTOMER}", f"estate:{OTHER}"):
        manager.add_message(name, "user", "hi")
    # Of this one only a trace is left.
    redis.xadd("events", {"conversation": f"whatsapp:old:{CUSTOMER}", "received": "[]"})
    # And of this one only a counter.
    manager.count_message(f"counted:{CUSTOMER}")

    gone = manager.forget("201001234567")

    assert [name.removeprefix("whatsapp:") for name in gone.conversations] == [
        CUSTOMER, f"counted:{CUSTOMER}", f"directory:{CUSTOMER}", f"estate:{CUSTOMER}", f"old:{CUSTOMER}",
    ]  # fmt: skip
    digits = CUSTOMER.removeprefix("+")
    assert not [key for key, held in everything(redis).items() if digits in key or digits in repr(held)]
    assert manager.customers() == [f"estate:{OTHER}"]


def test_with_a_scope_a_customer_is_forgotten_at_that_sender_alone(manager):
    for name in (CUSTOMER, f"estate:{CUSTOMER}"):
        manager.get_or_create(name)

    assert manager.forget(f"estate:{CUSTOMER}").conversations == (f"whatsapp:estate:{CUSTOMER}",)
    assert manager.customers() == [CUSTOMER]


def test_a_number_that_matches_two_customers_is_ambiguous(redis, clock):
    manager = SessionManager(redis, clock=clock, country="IN")
    manager.get_or_create("+919840830854")
    assert manager.find("9840830854") == ["+919840830854"]
    manager.get_or_create("+9840830854")

    for call in (manager.find, manager.forget):
        with pytest.raises(NoCustomer, match=r"\+919840830854 or \+9840830854"):
            call("9840830854")
    assert manager.forget("+9840830854").conversations == ("whatsapp:+9840830854",)
    assert manager.customers() == ["+919840830854"]


def test_the_figures_of_a_session(manager, clock, policy):
    manager.add_message(CUSTOMER, "user", "hi")
    manager.add_search(CUSTOMER, "villa")
    clock.move(minutes=7)

    found = manager.statistics(CUSTOMER)

    assert (found.state, found.messages, found.searches) == (State.NEW, 1, 1)
    assert (found.age, found.idle_for) == (timedelta(minutes=7), timedelta(minutes=7))
    assert found.expires_in == policy.keep_for - timedelta(minutes=7)


def test_all_customers_are_listed(manager):
    for customer in (OTHER, CUSTOMER):
        manager.get_or_create(customer)
    manager.count_message("+15550001111")

    assert manager.customers() == [CUSTOMER, OTHER]


@pytest.mark.parametrize(("off", "known"), [(-MS, True), (0 * MS, False), (MS, False)])
def test_a_session_is_kept_for_a_day_after_its_last_activity(manager, clock, policy, off, known):
    manager.get_or_create(CUSTOMER)
    clock.move(hours=5)
    manager.add_message(CUSTOMER, "user", "hi")

    clock.move(policy.keep_for + off)

    assert (manager.get(CUSTOMER) is not None) is known


# -- change


def test_a_session_is_updated_by_fields(manager):
    manager.get_or_create(CUSTOMER)

    changed = manager.update(CUSTOMER, profile_name="Alia", member={"user_id": "u", "name": "A", "role": "r"})

    assert (changed.profile_name, changed.member.user_id) == ("Alia", "u")
    assert manager.get(CUSTOMER) == changed


def test_or_by_a_function_of_the_session(manager):
    manager.get_or_create(CUSTOMER)

    changed = manager.update(CUSTOMER, lambda was: was.change(message_count=was.message_count + 3))

    assert manager.get(CUSTOMER) == changed
    assert changed.message_count == 3


def test_a_wrong_value_changes_nothing(manager, redis):
    manager.get_or_create(CUSTOMER)
    before = everything(redis)

    with pytest.raises(ValueError, match="message_count"):
        manager.update(CUSTOMER, message_count="many")

    assert everything(redis) == before


def test_a_missing_session_cannot_be_changed(manager, redis):
    for change in (
        lambda: manager.update(CUSTOMER, profile_name="x"),
        lambda: manager.change_state(CUSTOMER, HandedBack()),
        lambda: manager.close(CUSTOMER),
        lambda: manager.update_extracted_info(CUSTOMER, budget=1),
    ):
        with pytest.raises(NoSuchSession):
            change()
    assert everything(redis) == {}


def test_messages_are_added_and_those_of_the_user_are_counted(manager, clock):
    manager.add_message(CUSTOMER, Role.USER, "hi", "m1")
    clock.move(seconds=5)
    after = manager.add_message(CUSTOMER, "assistant", "hello")
    manager.add_message(CUSTOMER, "agent", "here")

    assert (after.message_count, after.last_activity) == (1, clock.now())
    assert [(said.role, said.text) for said in manager.history(CUSTOMER)] == [
        (Role.USER, "hi"),
        (Role.ASSISTANT, "hello"),
        (Role.AGENT, "here"),
    ]
    assert manager.history(CUSTOMER)[0].message_id == "m1"


def test_the_history_says_what_became_of_each_reply(manager, redis):
    for id_ in ("t1.0", "t2.0", "t3.0"):
        manager.add_message(CUSTOMER, "assistant", "hello", id_)
    own = Keys(1).of(CONVERSATION)
    redis.hset(own.deliveries, mapping={"t1.0": "failed", "t2.0": "read"})
    redis.expire(own.deliveries, 60)
    redis.rpush(own.outbox, delivery("t3.0").to_json())

    assert [one.state for one in manager.history(CUSTOMER)] == ["failed", "read", "queued"]


def test_a_key_of_a_wrong_type_hides_no_history(manager, redis):
    manager.add_message(CUSTOMER, "assistant", "hello", "t1.0")
    redis.set(Keys(1).of(CONVERSATION).deliveries, "x", ex=60)

    assert [(one.text, one.state) for one in manager.history(CUSTOMER)] == [("hello", None)]


def test_an_unknown_role_is_refused(manager, redis):
    with pytest.raises(ValueError, match="bystander"):
        manager.add_message(CUSTOMER, "bystander", "hi")

    assert everything(redis) == {}


def test_the_newest_twenty_messages_and_ten_searches_are_kept(manager):
    for n in range(25):
        manager.add_message(CUSTOMER, "user", str(n))
        manager.add_search(CUSTOMER, str(n), intent="buy", entities={"n": n}, result_count=n)

    kept = manager.get(CUSTOMER)
    assert [said.text for said in kept.context.message_history] == [str(n) for n in range(5, 25)]
    assert [entry.query for entry in kept.context.search_history] == [str(n) for n in range(15, 25)]
    assert (kept.message_count, kept.search_count) == (25, 25)
    assert (kept.context.search_history[-1].entities, kept.context.search_history[-1].result_count) == (
        {"n": 24},
        24,
    )


class Priced(KnownFacts):
    budget: float | None = None


def test_known_facts_are_stored_and_removed(manager):
    manager.get_or_create(CUSTOMER)
    manager.update_extracted_info(CUSTOMER, budget=5_000_000, pets="cats", location="Zamalek")

    manager.update_extracted_info(CUSTOMER, pets=None, bedrooms=3)

    info = manager.get(CUSTOMER).context.extracted_info
    assert info == KnownFacts(budget=5_000_000, location="Zamalek", bedrooms=3)
    with pytest.raises(ValueError, match="budget"):
        manager.update_extracted_info(CUSTOMER, Priced, budget="a lot")


# -- states


def test_a_session_goes_through_its_states(manager, redis):
    manager.get_or_create(CUSTOMER)
    states = [
        manager.change_state(CUSTOMER, event).state
        for event in (
            CustomerWrote(new_id="x"),
            Escalated(reason="asked"),
            AgentTookOver(agent_id="mona"),
            AgentAnswered(agent_id="mona", keeps=True),
            HandedBack(),
        )
    ]
    states.append(manager.close(CUSTOMER, "enough").state)

    assert states == ["ACTIVE", "WAITING_AGENT", "WAITING_AGENT", "WAITING_AGENT", "ACTIVE", "CLOSED"]
    told = [
        {name: event[name] for name in ("created", "state", "escalated", "closed") if name in event}
        for event in events(redis)
    ]
    assert told[0] == {"created": "id1"}
    assert {"state": "NEW>ACTIVE"} in told
    assert {"state": "ACTIVE>WAITING_AGENT", "escalated": "asked"} in told
    assert {"state": "WAITING_AGENT>ACTIVE"} in told
    assert told[-1] == {"state": "ACTIVE>CLOSED", "closed": "enough"}


def test_an_illegal_step_changes_nothing(manager, redis):
    manager.get_or_create(CUSTOMER)
    manager.close(CUSTOMER)
    before = everything(redis)

    with pytest.raises(IllegalTransition, match="CLOSED does not allow the event Closed"):
        manager.close(CUSTOMER)
    assert everything(redis) == before


# -- delete and forget


def test_a_deleted_customer_leaves_no_key(manager, redis):
    manager.add_message(CUSTOMER, "user", "hi")
    manager.count_message(CUSTOMER)

    assert manager.delete(CUSTOMER) is True
    assert manager.delete(CUSTOMER) is False
    assert manager.get(CUSTOMER) is None
    assert [key for key in redis.scan_iter() if CUSTOMER in key] == []


def test_a_forgotten_customer_leaves_no_trace_at_all(manager, redis):
    manager.add_message(CUSTOMER, "user", "hi")
    manager.change_state(CUSTOMER, Escalated(reason="asked"))
    manager.add_message(OTHER, "user", "hi")
    redis.xadd("dead", {"kind": "message", "conversation": CONVERSATION, "raw": "{}"})

    gone = manager.forget(CUSTOMER)

    assert (gone.conversations, gone.removed > 1) == ((CONVERSATION,), True)

    digits = CUSTOMER.removeprefix("+")
    assert not [key for key, held in everything(redis).items() if digits in key or digits in repr(held)]
    assert manager.get(OTHER) is not None


# -- limits


def test_messages_are_counted_up_to_the_limit(manager, clock):
    assert (manager.check_messages(CUSTOMER).remaining, manager.check_messages(CUSTOMER).allowed) == (
        50,
        True,
    )
    for n in range(50):
        counted = manager.count_message(CUSTOMER)
        assert (counted.allowed, counted.remaining, counted.wait_for) == (True, 49 - n, timedelta(0))
    clock.move(minutes=20)

    refused = manager.count_message(CUSTOMER)

    assert (refused.allowed, refused.remaining, refused.wait_for) == (False, 0, timedelta(minutes=40))
    assert manager.check_messages(CUSTOMER).wait_for == timedelta(minutes=40)
    assert manager.check_searches(CUSTOMER).remaining == 30
    clock.move(minutes=40)
    assert manager.count_message(CUSTOMER).remaining == 49


def test_searches_are_counted_by_themselves(manager):
    for _ in range(30):
        assert manager.count_search(CUSTOMER).allowed

    assert not manager.count_search(CUSTOMER).allowed
    assert manager.check_searches(CUSTOMER).remaining == 0
    assert manager.check_messages(CUSTOMER).remaining == 50
    assert manager.check_searches(OTHER).remaining == 30


def test_no_more_are_counted_than_allowed_however_many_ask_at_once(valkey, clock):
    manager = SessionManager(valkey, clock=clock)

    with ThreadPoolExecutor(8) as askers:
        answers = list(askers.map(lambda _: manager.count_message(CUSTOMER).allowed, range(200)))

    assert answers.count(True) == 50


# -- the sweep


def test_quiet_sessions_are_lapsed(manager, clock, policy):
    manager.get_or_create(CUSTOMER)
    manager.change_state(CUSTOMER, CustomerWrote(new_id="x"))
    manager.get_or_create(OTHER)

    assert manager.sweep_idle() == 0
    clock.move(policy.idle_after)
    assert manager.sweep_idle() == 1
    assert manager.get(CUSTOMER).state is State.IDLE
    clock.move(policy.close_after - policy.idle_after)
    assert manager.sweep_idle() == 1
    assert manager.get(CUSTOMER).state is State.CLOSED
    assert manager.get(OTHER).state is State.NEW


@pytest.mark.parametrize("shards", [1, 4])
def test_all_of_very_many_quiet_sessions_are_lapsed(valkey, clock, policy, shards):
    stores = Stores.on(valkey, shards=shards)
    for n in range(1100):
        stores.sessions.update(session(f"+2010{n:05}", state=State.ACTIVE), was="", now=clock.now())
    manager = SessionManager(valkey, shards=shards, clock=clock)
    clock.move(policy.idle_after)

    assert manager.sweep_idle() == 1100
    assert len(manager.customers()) == 1100


# -- while workers run


class Impatient:
    """A pause that moves the clock instead of waiting, and may do something each time."""

    def __init__(self, clock, each_time=lambda: None):
        self.clock, self.each_time, self.pauses = clock, each_time, 0

    def __call__(self, seconds):
        self.pauses += 1
        self.clock.move(seconds=seconds)
        self.each_time()


def test_a_change_waits_for_a_worker_that_holds_the_conversation(redis, clock):
    # Given a worker in the middle of a turn, which it commits after a while
    stores = Stores.on(redis)
    stores.mailboxes.receive([message()], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    turn = turn_result(session=session(state=State.ACTIVE, message_count=1))

    def commit_at_the_third_look():
        if pause.pauses == 3:
            stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now())

    pause = Impatient(clock, commit_at_the_third_look)
    manager = SessionManager(redis, clock=clock, pause=pause)

    # If somebody adds a message meanwhile, nothing of both is lost
    after = manager.add_message(CUSTOMER, "agent", "hi")

    assert (after.message_count, after.state) == (1, State.ACTIVE)
    assert [said.text for said in after.context.message_history] == ["hi"]
    assert pause.pauses == 3


def test_but_not_for_ever(redis, clock):
    stores = Stores.on(redis)
    stores.mailboxes.receive([message()], now=clock.now())
    stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    pause = Impatient(clock)
    manager = SessionManager(redis, clock=clock, pause=pause, wait_for=timedelta(seconds=3))
    began = clock.now()

    with pytest.raises(ConversationBusy):
        manager.add_message(CUSTOMER, "agent", "hi")

    assert timedelta(seconds=3) <= clock.now() - began < timedelta(seconds=3.1)
    assert manager.get(CUSTOMER) is None


def test_a_dead_worker_is_waited_for_until_its_lease_has_run_out(redis, clock):
    stores = Stores.on(redis)
    stores.mailboxes.receive([message()], now=clock.now())
    stores.turns.take(CONVERSATION, holder="dead", now=clock.now())
    manager = SessionManager(redis, clock=clock, pause=Impatient(clock), wait_for=timedelta(minutes=1))

    assert manager.add_message(CUSTOMER, "agent", "hi").context.message_history[0].text == "hi"


def test_a_change_that_lost_a_race_is_made_again_on_the_newest_session(redis, clock):
    manager = SessionManager(redis, clock=clock)
    manager.get_or_create(CUSTOMER)
    seen = []

    def change(was):
        seen.append(was.message_count)
        if len(seen) == 1:
            manager.update(CUSTOMER, message_count=10)
        return was.change(message_count=was.message_count + 1)

    assert manager.update(CUSTOMER, change).message_count == 11
    assert seen == [0, 10]


def test_two_equal_changes_are_both_made(redis, clock, new_id):
    first, second = (SessionManager(redis, clock=clock, new_id=new_id) for _ in range(2))
    first.get_or_create(CUSTOMER)
    times = []

    def one_more(was):
        times.append(was.search_count)
        if len(times) == 1:
            second.update(CUSTOMER, lambda other: other.change(search_count=other.search_count + 1))
        return was.change(search_count=was.search_count + 1)

    assert first.update(CUSTOMER, one_more).search_count == 2
    assert times == [0, 1]


def test_no_update_is_lost_while_workers_take_turns(valkey, valkey_socket, policy):
    """Two workers, two managers, one customer, real time: every count is exact at the end."""
    per_worker, per_manager = 40, 40
    ids = CountingIds("m")

    def with_stores(work):
        with redis_py.Redis(unix_socket_path=valkey_socket, **OPTIONS) as own:
            work(Stores.on(own))

    def work(stores):
        clock = SystemClock()
        done = 0
        while done < per_worker:
            stores.mailboxes.receive([message(ids())], now=clock.now())
            taken = stores.turns.take(CONVERSATION, holder=ids(), now=clock.now(), limit=1)
            if isinstance(taken, TurnTaken):
                was = taken.session or session(now=clock.now())
                after = was.change(message_count=was.message_count + 1, last_activity=clock.now())
                committed = stores.turns.commit(
                    CONVERSATION, taken.lease, turn_result(session=after), now=clock.now(), go_on=False
                )
                assert committed.next_turn is None
                done += 1

    def manage(stores):
        manager = SessionManager(stores.client, pause=lambda _: None, wait_for=timedelta(minutes=1))
        for n in range(per_manager):
            if n % 2:
                manager.update(CUSTOMER, lambda was: was.change(search_count=was.search_count + 1))
            else:
                manager.add_search(CUSTOMER, "x")

    errors = []

    def run(part):
        try:
            with_stores(part)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [Thread(target=run, args=(part,)) for part in (work, work, manage, manage)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    found = Session.model_validate_json(valkey.get(f"session:{CONVERSATION}"))
    assert (found.message_count, found.search_count) == (2 * per_worker, 2 * per_manager)


# -- the connection


def test_a_manager_opens_and_closes_its_own_connection(valkey, valkey_socket):
    with SessionManager.from_url(f"unix://{valkey_socket}", policy=Policy(agent_id="mona")) as manager:
        assert manager.get_or_create(CUSTOMER).agent_id == "mona"
        manager.delete(CUSTOMER)


def test_a_store_that_is_away_is_named_as_such(tmp_path):
    with SessionManager.from_url(f"unix://{tmp_path}/nothing") as manager:
        for call in (manager.get, manager.get_or_create, manager.count_message, manager.delete):
            with pytest.raises(StoreUnavailable):
                call(CUSTOMER)
        with pytest.raises(StoreUnavailable):
            manager.customers()


def test_a_manager_takes_the_client_that_a_process_opens(valkey_socket, valkey):
    with connect(SecretStr(f"unix://{valkey_socket}"), timeout=5) as client:
        assert SessionManager(client).get(CUSTOMER) is None


def test_a_field_that_no_session_has_is_an_error_and_nothing_is_written(manager):
    before = manager.get_or_create(CUSTOMER)

    with pytest.raises(TypeError, match="agent_idd"):
        manager.update(CUSTOMER, agent_idd="nobody")

    assert manager.get(CUSTOMER) == before
