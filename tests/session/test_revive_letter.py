"""revive_letter.lua: what was given up and put back, once."""

import pytest

from session.dead_letters import MessageLetter
from session.errors import NotRevivable
from session.messages import Delivery, Message
from session.outgoing import AFTER_ALL
from session.records import to_ms
from session.store import DeadStore
from tests.stores import Stores, at_once, everything, scripts_by
from tests.values import CONVERSATION, action, delivery, message, turn_result

MESSAGE = {
    "kind": "message",
    "why": "Broken",
    "conversation": CONVERSATION,
    "at": "1",
    "raw": message().to_json(),
}
REPLY = {
    "kind": "reply",
    "why": "1: no",
    "conversation": CONVERSATION,
    "at": "2",
    "raw": delivery().to_json(),
}
BODY = {"kind": "body", "why": "odd", "source": "meta?a=b", "at": "3", "whole": "yes", "raw": "\udcff{"}


@pytest.fixture
def dead(stores):
    return at_once(stores.client, DeadStore(scripts_by(), stores.keys))


@pytest.fixture
def letter(stores, dead):
    """Write a dead letter; returns it as it is read."""

    def write(fields):
        stores.client.xadd(
            "dead", {name: value.encode("utf-8", "surrogateescape") for name, value in fields.items()}
        )
        return list(dead.all())[-1]

    return write


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        (MESSAGE, f"mailbox:{CONVERSATION}"),
        (REPLY, f"outbox:{CONVERSATION}"),
        (BODY, "intake"),
        (MESSAGE, "due"),
    ],
)
def test_a_letter_whose_queue_is_broken_is_not_lost(stores, letter, dead, fields, broken):
    record = letter(fields)
    stores.client.set(broken, "garbage")

    assert dead.revive(record)

    assert [one["raw"] for one in stores.dead()] == ["garbage"]
    assert stores.client.type(broken) in ("list", "stream", "zset")


def test_letters_are_read_oldest_first(letter, dead):
    written = [letter(MESSAGE), letter(REPLY), letter(BODY)]

    assert list(dead.all()) == written
    assert [(one.letter.kind, one.letter.why, one.at, one.letter.conversation) for one in written] == [
        ("message", "Broken", 1, CONVERSATION),
        ("reply", "1: no", 2, CONVERSATION),
        ("body", "odd", 3, None),
    ]
    assert [dead.get(one.id) for one in written] == written


def test_very_many_letters_are_all_read(stores, dead):
    for n in range(1100):
        stores.client.xadd("dead", MESSAGE | {"at": str(n)})

    assert [one.at for one in dead.all()] == list(range(1100))


@pytest.mark.parametrize("id_", ["", "0", "0:", "0:1-1", "1:1-1", "x:1-1", "0:x", "0:-", "0:+", "-1:1-1"])
def test_an_unknown_letter_is_not_found(letter, dead, id_):
    letter(MESSAGE)

    assert dead.get(id_) is None


def test_a_message_goes_back_to_its_mailbox_and_is_due_at_once(stores, letter, dead, clock):
    one = letter(MESSAGE)

    assert dead.revive(one, now=clock.now()) is True

    assert stores.waiting_since() == {f"turn|{CONVERSATION}": to_ms(clock.now())}
    assert list(dead.all()) == []
    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    assert taken.messages == (Message.model_validate_json(MESSAGE["raw"]),)


def test_a_reply_goes_back_to_its_outbox_without_its_window_and_is_sent_by_a_person(
    stores, letter, dead, clock
):
    closed = delivery().model_copy(update={"window_until": 5})

    dead.revive(letter(REPLY | {"raw": closed.to_json()}), now=clock.now())

    assert stores.waiting_since() == {f"deliver|{CONVERSATION}": to_ms(clock.now())}
    (waiting,) = stores.client.lrange(f"outbox:{CONVERSATION}", 0, -1)
    assert Delivery.model_validate_json(waiting) == delivery().model_copy(
        update={"by_agent": True, "fence": AFTER_ALL}
    )


def test_an_action_goes_back_to_its_mailbox(stores, letter, dead, clock):
    given_up = action(received_at=7)

    dead.revive(
        letter({"kind": "action", "conversation": CONVERSATION, "raw": given_up.to_json()}), now=clock.now()
    )

    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    assert (taken.messages, taken.action) == ((), given_up)
    assert (stores.events()[-1]["revived"], stores.events()[-1]["came"]) == ("action", "[7]")


def test_a_body_goes_back_to_the_intake_as_the_bytes_it_was(stores, letter, dead, clock):
    dead.revive(letter(BODY), now=clock.now())

    (body,) = stores.intake.take(0, holder="w1", now=clock.now(), limit=9).bodies
    assert (body.source, body.body) == ("meta?a=b", b"\xff{")


@pytest.mark.parametrize(
    "fields",
    [BODY | {"whole": "no"}, MESSAGE | {"kind": "status"}, {"kind": "message", "raw": "{}"}, {"x": "y"}],
)
def test_what_cannot_be_put_back_stays(stores, letter, dead, clock, fields):
    one = letter(fields)
    before = everything(stores.client)

    with pytest.raises(NotRevivable):
        dead.revive(one, now=clock.now())
    assert everything(stores.client) == before


@pytest.mark.parametrize("fields", [MESSAGE, REPLY, BODY])
def test_a_letter_is_put_back_once(stores, letter, dead, clock, fields):
    one = letter(fields)
    dead.revive(one, now=clock.now())
    before = everything(stores.client)

    assert dead.revive(one, now=clock.now()) is False
    assert everything(stores.client) == before


def test_a_conversation_that_waits_for_its_retry_is_not_hurried(stores, letter, dead, clock):
    stores.mailboxes.receive([message("m2")], now=clock.now())
    due = stores.waiting_since()

    dead.revive(letter(MESSAGE), now=clock.move(seconds=1))

    assert stores.waiting_since() == due


def test_a_dropped_letter_is_gone(letter, dead):
    one = letter(MESSAGE)

    assert (dead.drop(one), dead.drop(one), dead.get(one.id)) == (True, False, None)


def test_letters_of_every_shard_are_found_and_put_back(redis, clock):
    stores = Stores.on(redis, shards=4)
    dead = at_once(stores.client, DeadStore(scripts_by(), stores.keys))
    for n in range(12):
        customer = f"+2010{n}"
        stores.mailboxes.receive([message(f"m{n}", customer=customer)], now=clock.now())
        taken = stores.turns.take(f"whatsapp:{customer}", holder="w", now=clock.now())
        lost = MessageLetter.of(taken.messages[0], "x", clock.now())
        turn = turn_result(1, session=None, dead=(lost,))
        stores.turns.commit(f"whatsapp:{customer}", taken.lease, turn, now=clock.now())

    letters = list(dead.all())
    assert len({one.id.partition(":")[0] for one in letters}) > 1
    for one in letters:
        assert dead.revive(one, now=clock.now())
        assert stores.turns.take(one.letter.conversation, holder="w", now=clock.now()).messages


@pytest.mark.parametrize("state", ["delivered", "sent", "read", "unknown", "failed"])
def test_a_reply_that_arrived_after_all_is_not_sent_again(stores, dead, letter, clock, state):
    held, sent_again = letter(REPLY), state in {"unknown", "failed"}
    own = stores.keys.of(CONVERSATION)
    stores.client.hset(own.deliveries, delivery().id, state)
    stores.client.expire(own.deliveries, 60)

    if sent_again:
        assert dead.revive(held, now=clock.now())
    else:
        with pytest.raises(NotRevivable, match=state):
            dead.revive(held, now=clock.now())

    assert stores.client.llen(own.outbox) == int(sent_again)
    assert bool(dead.get(held.id)) != sent_again
