"""A Redis that refuses is an absence, whatever it says, whatever was asked, by a script or by a plain command."""

import inspect
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
import redis as redis_py
from redis.exceptions import ResponseError

import session.store as store_rooms
from session.campaigns import Campaign, Recipient
from session.content_parts import Kind, Media
from session.dead_letters import LetterRecord, MessageLetter
from session.errors import StoreUnavailable
from session.events import CustomerForgotten, ReplySent, SignInNoted
from session.hours import ALWAYS
from session.keys import Keys
from session.leases import Lease
from session.limits import MESSAGES
from session.loads import Load
from session.media_work import MediumRecord, MediumState
from session.messages import DeliveryState, Status
from session.parcels import Parcel
from session.pauses import Pause, Trouble
from session.policy import Policy
from session.reading import Unreadable
from session.replies import Reply
from session.results import Accepted, IdleTimeout
from session.store import AttemptKeys, AttemptLimits, HookSettled, Runner, shared_secret
from session.template_definitions import Definition, TemplateChange
from tests.clocks import START
from tests.stores import AtOnce, Stores, scripts_by
from tests.valkey import OPTIONS, running_server, until
from tests.values import CONVERSATION, OTHER, ROUTE, action, delivery, message, session, turn_result

#: What a server says that will not do what it is asked though nothing is wrong with that.
WORDS = [
    "OOM command not allowed when used memory > 'maxmemory'.",
    "MISCONF Errors writing to the AOF file: No space left on device",
    "NOREPLICAS Not enough good replicas to write.",
    "READONLY You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "LOADING Valkey is loading the dataset in memory",
    "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "CLUSTERDOWN The cluster is down",
    "NOPERM User inturn has no permissions to run the 'hset' command",
    "NOAUTH Authentication required.",
]
LEASE = Lease(fence=1, holder="w")
MERGE = action("merge", other="US.77ab")
LETTER = LetterRecord.of(MessageLetter.of(message(), "x", START).to_fields(), shard=0, id="1-1")
SENT = ReplySent(delivery="t1.0", sent="p")
STATUS = Status(
    conversation=CONVERSATION, delivery="t1.0", provider_id="p", state=DeliveryState.READ, at=0, code=None
)
PAUSE = Pause(until=0, code="190", words="")
ACCEPTED = Accepted(delivery=delivery(), raw=delivery().to_json(), of_the_past=False)
TROUBLE = Trouble(about="meta:1", kind="errors", code="131031")
UNREADABLE = Unreadable(place="session", raw="{", why="x")
TAKEN = SimpleNamespace(lease=LEASE)
ATTEMPTS, SECOND = AttemptKeys(pair="p", address="a"), timedelta(seconds=1)
LIMITS = AttemptLimits(free_pair=1, free_address=1, first=SECOND, longest=SECOND, keep=SECOND)
MEDIUM = MediumRecord(state=MediumState.WAITING, kind=Kind.IMAGE, route=ROUTE, media=Media(id="1"))
#: Methods that ask Redis nothing, and one that says what became of it.
SILENT = {"EventReader.skip_to", "DeskStore.within", "ForgettingStore.rewrite_files"}

CAMPAIGN = Campaign(name="spring", template="offer", language="en", sender="meta:1", state="running")
TEMPLATE = Definition(account="meta:2", name="order_ready", language="en", status="APPROVED")
TEMPLATE_PAUSED = TemplateChange(
    account="meta:2", name="order_ready", language="en", what="status", after="PAUSED"
)


#: Each method of each store, once.
CALLS: dict[str, Callable[[Any], Any]] = {
    "CampaignStore.all": lambda on: on.all(),
    "CampaignStore.find": lambda on: on.find("spring"),
    "CampaignStore.create": lambda on: on.create(CAMPAIGN),
    "CampaignStore.add": lambda on: on.add("spring", [Recipient(customer="+201001234567")]),
    "CampaignStore.ready": lambda on: on.ready("spring", 0),
    "CampaignStore.start": lambda on: on.start("spring", START),
    "CampaignStore.due": lambda on: on.due("spring"),
    "CampaignStore.keep_outcomes": lambda on: on.keep_outcomes("spring"),
    "CampaignStore.pause": lambda on: on.pause("spring", ""),
    "CampaignStore.remove": lambda on: on.remove("spring", START),
    "CampaignStore.rows": lambda on: on.rows("spring", 1, 10),
    "CampaignStore.outcomes": lambda on: on.outcomes(0, "spring", [1]),
    "CampaignStore.of": lambda on: on.of(["+201001234567"]),
    "CampaignStore.rows_of": lambda on: on.rows_of(CONVERSATION),
    "CampaignStore.forget": lambda on: on.forget(CONVERSATION),
    "CampaignWorkStore.take": lambda on: on.take(CAMPAIGN, holder="w", limit=1, every=SECOND, a_day=1),
    "CampaignWorkStore.on_their_way": lambda on: on.on_their_way([CONVERSATION]),
    "CampaignWorkStore.leave": lambda on: on.leave("spring"),
    "CampaignWorkStore.settle": lambda on: on.settle("spring", LEASE, lambda one: one),
    "DeadStore.all": lambda on: on.all(),
    "DeadStore.get": lambda on: on.get("0:1-1"),
    "DeadStore.page": lambda on: on.page(after="0:1-1", covers=lambda _: True, limit=2),
    "DeadStore.drop": lambda on: on.drop(LETTER),
    "DeadStore.revive": lambda on: on.revive(LETTER, now=START),
    "DeskStore.waiting": lambda on: on.waiting(),
    "DeskStore.recent": lambda on: on.recent(),
    "DeskStore.records": lambda on: on.records([CONVERSATION]),
    "DeskStore.send": lambda on: on.send(CONVERSATION, "api-1"),
    "DeskStore.snapshot": lambda on: on.snapshot(CONVERSATION),
    "DeskStore.resolve": lambda on: on.resolve([CONVERSATION]),
    "DeskStore.find": lambda on: on.find("20"),
    "SignInStore.attempt": lambda on: on.attempt(ATTEMPTS, LIMITS, now=START),
    "SignInStore.enter": lambda on: on.enter(
        "d", "mona", lasts=timedelta(hours=1), attempts=ATTEMPTS, event=SignInNoted(what="in"), now=START
    ),
    "SignInStore.refuse": lambda on: on.refuse(ATTEMPTS, event=SignInNoted(what="refused"), now=START),
    "SignInStore.leave": lambda on: on.leave("d", event=SignInNoted(what="out"), now=START),
    "SignInStore.who": lambda on: on.who("d"),
    "DueStore.claim": lambda on: on.claim(0, now=START, limit=1),
    "DueStore.idle_timeouts": lambda on: on.idle_timeouts(0, now=START),
    "EventReader.skip_all": lambda on: on.skip_all(),
    "EventReader.read": lambda on: on.read(),
    "HookStore.look": lambda on: on.look(0, ["crm"], now=START),
    "HookStore.take": lambda on: on.take(0, "crm", holder="w", limit=1, now=START),
    "HookStore.settle": lambda on: on.settle(0, "crm", LEASE, HookSettled(), now=START),
    "HookStore.leave": lambda on: on.leave(0, "crm"),
    "HookStore.rewind": lambda on: on.rewind(0, "crm", START, now=START),
    "HookStore.state": lambda on: on.state(0, "crm"),
    "IntakeStore.store": lambda on: on.store(b"x", source="meta", now=START, ordering_key="x"),
    "IntakeStore.take": lambda on: on.take(0, holder="w", now=START, limit=1),
    "LoadStore.note": lambda on: on.note("w", Load(conversations=1)),
    "LoadStore.all": lambda on: on.all(),
    "IdentityStore.find": lambda on: on.find([message(customer="US.77ab")]),
    "IdentityStore.names": lambda on: on.names(CONVERSATION),
    "IdentityStore.join": lambda on: on.join(message(also=("US.77ab",))),
    "MergeStore.pack": lambda on: on.pack(MERGE, LEASE),
    "MergeStore.put": lambda on: on.put(MERGE, "{}"),
    "MergeStore.take": lambda on: on.take(MERGE, LEASE),
    "MergeStore.take_in": lambda on: on.take_in(MERGE, LEASE, Parcel(), []),
    "MailboxStore.receive": lambda on: on.receive([message(), action()], now=START),
    "MediaWorkStore.take": lambda on: on.take(CONVERSATION, holder="w", limit=1, now=START),
    "MediaWorkStore.settle": lambda on: on.settle(CONVERSATION, LEASE, "m/0", MEDIUM, now=START),
    "MediaWorkStore.let_turn_wait": lambda on: on.let_turn_wait(
        CONVERSATION, LEASE, fields=["m/0"], wait=timedelta(0), now=START
    ),
    "MediaWorkStore.claim_removal": lambda on: on.claim_removal(timedelta(hours=1)),
    "MediaWorkStore.language": lambda on: on.language(CONVERSATION),
    "MediaWorkStore.known": lambda on: on.known(CONVERSATION, "m/0"),
    "OutboxStore.take": lambda on: on.take(CONVERSATION, holder="w", now=START),
    "OutboxStore.settle": lambda on: on.settle(delivery(), LEASE, DeliveryState.SENT, event=SENT, now=START),
    "OutboxStore.postpone": lambda on: on.postpone(
        delivery(), LEASE, wait=timedelta(0), attempts=1, now=START
    ),
    "PauseStore.pause": lambda on: on.pause(ROUTE, until=START, code="190", words=""),
    "PauseStore.resume": lambda on: on.resume("meta:1"),
    "PauseStore.all": lambda on: on.all(),
    "RetentionStore.trim": lambda on: on.trim(0),
    "SpendingStore.today": lambda on: on.today(),
    "WaitStore.today": lambda on: on.today("", ALWAYS, START),
    "SessionStore.read": lambda on: on.read(CONVERSATION, now=START),
    "SessionStore.marketing": lambda on: on.marketing(CONVERSATION),
    "SessionStore.delivery_states": lambda on: on.delivery_states(CONVERSATION),
    "SessionStore.read_many": lambda on: on.read_many([CONVERSATION]),
    "SessionStore.set_aside": lambda on: on.set_aside(CONVERSATION, UNREADABLE, now=START),
    "SessionStore.update": lambda on: on.update(session(), was="", now=START),
    "SessionStore.time_out": lambda on: on.time_out(
        0, [IdleTimeout(conversation=CONVERSATION, was="", becomes="", next_at=None)], now=START
    ),
    "SessionStore.count": lambda on: on.count(CONVERSATION, MESSAGES, uses=1, now=START),
    "ForgettingStore.whole": lambda on: on.whole([CONVERSATION]),
    "ForgettingStore.known": lambda on: on.known([OTHER, CONVERSATION]),
    "ForgettingStore.resolve": lambda on: on.resolve([CONVERSATION]),
    "ForgettingStore.forget": lambda on: on.forget(CONVERSATION, now=START),
    "ForgettingStore.forget_in_turn": lambda on: on.forget_in_turn(
        CONVERSATION, LEASE, now=START, event=CustomerForgotten(forgotten=True)
    ),
    "SessionStore.timers": lambda on: on.timers(CONVERSATION),
    "SessionStore.exists": lambda on: on.exists(CONVERSATION),
    "SessionStore.conversations": lambda on: on.conversations(),
    "StatusStore.count_ignored": lambda on: on.count_ignored(0, {"history": 1}, foreign=1),
    "StatusStore.sent": lambda on: on.sent(STATUS),
    "PauseStore.may_try": lambda on: on.may_try(ROUTE, PAUSE, again=START),
    "PauseStore.doubt": lambda on: on.doubt("meta:1", within=timedelta(minutes=1)),
    "StatusStore.send_again": lambda on: on.send_again(ACCEPTED, STATUS, now=START, wait=timedelta(0)),
    "PauseStore.opt_out": lambda on: on.opt_out(CONVERSATION, now=START),
    "StatusStore.note": lambda on: on.note(STATUS, now=START),
    "StatusStore.is_new": lambda on: on.is_new(STATUS),
    "StatusStore.note_all": lambda on: on.note_all([STATUS], now=START),
    "CounterStore.fold": lambda on: on.fold(0, swept=START),
    "CounterStore.queue_statistics": lambda on: on.queue_statistics(0, now=START),
    "ForgettingStore.traced": lambda on: on.traced(["+201001234567"]),
    "ForgettingStore.remove_traces": lambda on: on.remove_traces(CONVERSATION),
    "ForgettingStore.kept_of": lambda on: on.kept_of("+201001234567"),
    "IntakeStore.try_body": lambda on: on.try_body(),
    "TimerStore.ring": lambda on: on.ring(0, [CONVERSATION], now=START),
    "WatchStore.timers": lambda on: on.timers(0, "saved-searches", 0),
    "WatchStore.looked": lambda on: on.looked("properties"),
    "WatchStore.note_looked": lambda on: on.note_looked("properties", "2026-03-01"),
    "TroubleStore.note": lambda on: on.note(TROUBLE, now=START),
    "TroubleStore.all": lambda on: on.all(),
    "TroubleStore.drop": lambda on: on.drop("meta:1"),
    "TemplateStore.all": lambda on: on.all(),
    "TemplateStore.find": lambda on: on.find(TEMPLATE.key),
    "TemplateStore.put": lambda on: on.put("meta:2", [TEMPLATE]),
    "TemplateStore.note": lambda on: on.note(TEMPLATE_PAUSED),
    "TemplateStore.record": lambda on: on.record(TEMPLATE, by="api:crm"),
    "TemplateStore.remove": lambda on: on.remove(TEMPLATE, by="api:crm"),
    "UploadStore.find": lambda on: on.find("d"),
    "UploadStore.note": lambda on: on.note("d", "1", keep_for=SECOND),
    "UploadStore.drop": lambda on: on.drop("d"),
    "TurnStore.take": lambda on: on.take(CONVERSATION, holder="w", now=START),
    "TurnStore.commit": lambda on: on.commit(CONVERSATION, LEASE, turn_result(), now=START),
    "TurnStore.abandon": lambda on: on.abandon(CONVERSATION, LEASE, wait=timedelta(0)),
    "TurnStore.set_aside": lambda on: on.set_aside(CONVERSATION, TAKEN, [UNREADABLE], now=START),
    "RunningTurnStore.renew": lambda on: on.renew(CONVERSATION, LEASE, now=START),
    "RunningTurnStore.keep": lambda on: on.keep(CONVERSATION, LEASE, "f", "v", now=START),
    "RunningTurnStore.say": lambda on: on.say(
        CONVERSATION, LEASE, "f", Reply(text="x"), [delivery()], at=START
    ),
    "RunningTurnStore.more": lambda on: on.more(CONVERSATION, LEASE, taken=1, now=START),
    "shared_secret": lambda on: on.run(shared_secret(Keys(), fresh="x")),
}


class Refusing(redis_py.Connection):
    """A connection over which the server says the same to everything."""

    words = ""

    def connect(self) -> None:
        """There is nobody to connect to."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        """Whatever it is, it is not looked at."""

    def read_response(self, *_: Any, **__: Any) -> Any:
        """Answer as the library's parser would."""
        raise self._parser.parse_error(Refusing.words)

    def can_read(self, *_: Any, **__: Any) -> bool:
        """Nothing is left of an earlier answer."""
        return False


def methods() -> Iterator[str]:
    """Every public method of every store, by the name of its class."""
    for name, room in vars(store_rooms).items():
        if inspect.isclass(room) and name.endswith(("Store", "Reader")):
            yield from (
                f"{name}.{method}"
                for method, value in vars(room).items()
                if inspect.isfunction(value) and not method.startswith("_")
            )


def made(name: str, client: Any) -> Any:
    """The store of a method, on a client."""
    kind, run = name.partition(".")[0], Runner(client)
    if kind == "shared_secret":
        return SimpleNamespace(run=run)
    room = getattr(store_rooms, kind)
    parts = {"scripts": scripts_by(), "keys": Keys(), "policy": Policy()}
    wanted = inspect.signature(room).parameters
    return AtOnce(run, room(**{part: value for part, value in parts.items() if part in wanted}))


def test_no_method_is_left_out():
    assert {*methods(), "shared_secret"} - SILENT == set(CALLS)


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("name", CALLS)
def test_whatever_is_asked_a_refusal_is_an_absence(name, words, monkeypatch):
    monkeypatch.setattr(Refusing, "words", words)
    with redis_py.Redis(connection_pool=redis_py.ConnectionPool(Refusing, **OPTIONS)) as client:
        store = made(name, client)

        with pytest.raises(StoreUnavailable):
            CALLS[name](store)


def test_a_call_that_is_wrong_is_not_taken_for_an_absence(monkeypatch):
    monkeypatch.setattr(
        Refusing, "words", "WRONGTYPE Operation against a key holding the wrong kind of value"
    )
    with redis_py.Redis(connection_pool=redis_py.ConnectionPool(Refusing, **OPTIONS)) as client:
        # A page shows what is there beside a key of a wrong type, and whoever has one can be forgotten.
        may_be_wrong = {
            "DeskStore.snapshot",
            "SpendingStore.today",
            "WaitStore.today",
            "DeskStore.send",
            "ForgettingStore.known",
            "SessionStore.delivery_states",
        }
        for name, call in [one for one in CALLS.items() if one[0] not in may_be_wrong]:
            with pytest.raises(ResponseError, match="WRONGTYPE"):
                call(made(name, client))


def test_a_server_whose_disk_is_broken_is_named_as_such_by_scripts_and_by_plain_commands():
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as gone,
        running_server("--save", "3600 1", "--enable-protected-configs", "yes") as socket,
        redis_py.Redis(unix_socket_path=socket, **OPTIONS) as client,
    ):
        stores = Stores.on(client)
        client.config_set("dir", gone)
        client.config_set("dbfilename", "dump.rdb")
        client.set("x", "y", ex=60)
        shutil.rmtree(gone)
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the save has failed")

        with pytest.raises(StoreUnavailable, match="MISCONF"):
            stores.intake.store(b"x", source="meta", now=START, ordering_key="x")
        with pytest.raises(StoreUnavailable, match="MISCONF"):
            stores.pauses.pause(ROUTE, until=START, code="190", words="")


def test_a_server_that_too_few_replicas_follow_keeps_no_body(valkey):
    stores = Stores.on(valkey)
    valkey.config_set("min-replicas-to-write", "1")
    try:
        with pytest.raises(StoreUnavailable, match="NOREPLICAS"):
            stores.intake.store(b"x", source="meta", now=START, ordering_key="x")
        with pytest.raises(StoreUnavailable, match="NOREPLICAS"):
            stores.pauses.pause(ROUTE, until=START + timedelta(minutes=1), code="190", words="")
    finally:
        valkey.config_set("min-replicas-to-write", "0")
    assert list(valkey.scan_iter()) == []
