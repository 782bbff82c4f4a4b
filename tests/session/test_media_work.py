"""What is to be fetched is noted with its message, fetched by one worker, and a turn waits for it."""

from datetime import timedelta
from functools import partial

import pytest

from session import File, Reply
from session.content_parts import Card, Kind, Media
from session.contents import Attachment, Edit, readable
from session.conversations import customer_of
from session.dead_letters import MediumLetter
from session.history import Role, edited, entry, heard
from session.leases import Held, MediaEmpty, MediaTaken, Stale, TurnTaken
from session.media_work import (
    MediumRecord,
    MediumState,
    field_of,
    still_waited_for,
    to_fetch,
    with_late_media,
    with_media,
)
from session.outgoing import said_in
from session.policy import Policy
from session.records import to_ms
from session.results import MediumGone, MediumSettled
from session.store import DeadStore
from tests.clocks import START, ManualClock
from tests.stores import AtOnce, Stores
from tests.values import CONVERSATION, OTHER, ROUTE, action, delivery, message, session, turn_result

PHOTO = Media(id="7", mime_type="image/jpeg")
SECOND = timedelta(seconds=1)


def photo(id_="m1", *media, **fields):
    return message(id_, "", kind=Kind.IMAGE, media=media or (PHOTO,), **fields)


def kept(record):
    media = record.media.model_copy(update={"stored": "folder/1", "size": 3})
    return record.model_copy(update={"state": MediumState.KEPT, "media": media})


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture(params=["fake", "valkey"])
def stores(request, clock):
    return Stores.on(request.getfixturevalue(request.param), clock=clock)


def take(stores, holder="f", limit=4):
    return stores.media.take(CONVERSATION, holder=holder, limit=limit)


# -- receiving


def test_a_text_notes_nothing(stores):
    received = stores.mailboxes.receive([message()])

    assert received.fetch == ()
    assert not stores.client.exists(f"media:{CONVERSATION}")
    assert isinstance(take(stores), MediaEmpty)


def test_a_photo_is_noted_with_its_message_and_fetched_by_one(stores, clock):
    received = stores.mailboxes.receive([message("m0"), photo("m1", PHOTO, Media(url="https://x"))])
    taken = take(stores)

    assert (received.woken, received.fetch) == ((CONVERSATION,), (CONVERSATION,))
    assert list(taken.media) == ["m1/0", "m1/1"]
    record = taken.media["m1/0"]
    assert (record.kind, record.route, record.media) == (Kind.IMAGE, ROUTE, PHOTO)
    assert record.at == photo().received_at
    assert isinstance(take(stores, "other"), Held)
    assert stores.waiting_since()[f"media|{CONVERSATION}"] == to_ms(
        clock.now() + stores.policy.fetch_lease_for
    )


def test_a_redelivered_photo_is_not_noted_again(stores):
    stores.mailboxes.receive([photo()])
    taken = take(stores)
    stores.media.settle(CONVERSATION, taken.lease, "m1/0", kept(taken.media["m1/0"]))

    assert stores.mailboxes.receive([photo()]).fetch == ()
    assert isinstance(take(stores), MediaEmpty)


def test_media_of_groups_and_without_an_address_are_not_fetched():
    assert to_fetch(photo("m1", Media(mime_type="image/jpeg"))) == ""
    assert to_fetch(photo("m1", PHOTO, group="g")) == ""


def test_many_media_are_capped_and_those_that_wait_stay(stores):
    for n in range(0, 520, 20):
        stores.mailboxes.receive([photo(f"m{k}") for k in range(n, n + 20)])
        if n < 400:
            while isinstance(taken := take(stores, limit=100), MediaTaken):
                for field, record in taken.media.items():
                    stores.media.settle(CONVERSATION, taken.lease, field, kept(record))

    assert stores.client.hlen(f"media:{CONVERSATION}") <= 500
    assert {f"m{n}/0" for n in range(400, 500)} <= set(stores.client.hkeys(f"media:{CONVERSATION}"))


# -- settling


def test_what_is_kept_is_kept_as_long_as_the_session(stores, clock):
    stores.mailboxes.receive([photo()])
    assert stores.client.pttl(f"media:{CONVERSATION}") > stores.policy.keep_for / timedelta(milliseconds=1)
    taken = take(stores)

    settled = stores.media.settle(CONVERSATION, taken.lease, "m1/0", kept(taken.media["m1/0"]))

    assert settled == MediumSettled(wake_turn=False)
    assert isinstance(take(stores), MediaEmpty)
    assert stores.media.known(CONVERSATION, "m1/0").media.stored == "folder/1"
    assert f"media|{CONVERSATION}" not in stores.waiting_since()
    assert not stores.client.exists(f"lease:media:{CONVERSATION}")
    assert stores.client.pttl(f"media:{CONVERSATION}") <= stores.policy.keep_for / timedelta(milliseconds=1)


def test_a_fetch_that_failed_is_due_later(stores, clock):
    stores.mailboxes.receive([photo()])
    taken = take(stores)
    later = to_ms(clock.now() + 5 * SECOND)
    again = taken.media["m1/0"].model_copy(update={"attempts": 1, "not_before": later})

    stores.media.settle(CONVERSATION, taken.lease, "m1/0", again)

    assert isinstance(take(stores), MediaEmpty)
    assert stores.waiting_since()[f"media|{CONVERSATION}"] == later
    clock.move(5 * SECOND)
    assert take(stores, "other").media["m1/0"].attempts == 1


def test_a_worker_that_died_is_counted_and_comes_too_late(stores, clock):
    stores.mailboxes.receive([photo()])
    first = take(stores)
    clock.move(stores.policy.fetch_lease_for + SECOND)
    second = take(stores, "other")

    assert (first.attempt, second.attempt) == (1, 2)
    late = stores.media.settle(CONVERSATION, first.lease, "m1/0", kept(first.media["m1/0"]))
    assert late == Stale(fence=second.lease.fence)
    done = stores.media.settle(CONVERSATION, second.lease, "m1/0", kept(second.media["m1/0"]))
    assert isinstance(done, MediumSettled)


def test_a_medium_that_is_given_up_is_a_dead_letter_that_can_be_revived(stores, clock):
    stores.mailboxes.receive([photo()])
    taken = take(stores)
    failed = taken.media["m1/0"].model_copy(update={"state": MediumState.FAILED, "attempts": 5})
    letter = MediumLetter(why="gone", conversation=CONVERSATION, field="m1/0", raw=failed.to_json())
    for _ in range(2):  # the first answer is lost
        stores.media.settle(CONVERSATION, taken.lease, "m1/0", failed, letter=letter)
    assert isinstance(take(stores), MediaEmpty)
    dead = AtOnce(stores.run, DeadStore(stores.scripts, stores.keys))

    (record,) = dead.all()
    assert record.letter.why == "gone"
    assert dead.revive(record)

    again = take(stores)
    assert again.media["m1/0"].state is MediumState.WAITING
    assert again.media["m1/0"].attempts == 0


def test_what_comes_after_the_customer_was_forgotten_is_written_nowhere(stores):
    stores.mailboxes.receive([photo()])
    taken = take(stores)
    stores.forgetting.forget(CONVERSATION)

    gone = stores.media.settle(CONVERSATION, taken.lease, "m1/0", kept(taken.media["m1/0"]))

    assert gone == MediumGone(used=False)
    assert [key for key in stores.client.scan_iter() if "media" in key] == []
    assert f"media|{CONVERSATION}" not in stores.waiting_since()
    stores.mailboxes.receive([photo("m2")])
    other = take(stores)
    stores.media.settle(CONVERSATION, other.lease, "m2/0", kept(other.media["m2/0"]))
    assert stores.media.settle(CONVERSATION, taken.lease, "m1/0", kept(taken.media["m1/0"])).used


@pytest.mark.parametrize("where", ["session", "mailbox", "outbox"])
def test_a_file_that_is_named_elsewhere_is_not_removed_with_a_medium_that_is_gone(stores, where):
    stores.mailboxes.receive([photo()])
    taken = take(stores)
    stores.forgetting.forget(CONVERSATION)
    settled = partial(stores.media.settle, CONVERSATION, taken.lease, "m1/0", kept(taken.media["m1/0"]))
    file = File(stored="folder/1", mime_type="image/jpeg", size=3)

    if where == "mailbox":
        stores.mailboxes.receive([action("answer", media=file)])
    elif where == "outbox":
        stores.mailboxes.receive([message("m2")])
        answered = delivery().model_copy(update={"reply": Reply(media=file)})
        stores.turns.commit(CONVERSATION, turn(stores).lease, turn_result(1, replies=(answered,)))
    else:
        said = entry(Role.AGENT, said_in(Reply(media=file)), at=START, id="a")
        stores.mailboxes.receive([message("m2")])
        result = turn_result(1, session=session().with_entry(said, Policy()))
        stores.turns.commit(CONVERSATION, turn(stores).lease, result)

    assert settled() == MediumGone(used=True)


def test_a_record_that_cannot_be_read_is_a_dead_letter_and_does_not_stop_the_others(stores):
    stores.mailboxes.receive([photo("m1"), photo("m2")])
    stores.client.hset(f"media:{CONVERSATION}", "m1/0", '{"state":"waiting","notBefore":0,')

    assert list(take(stores).media) == ["m2/0"]
    (letter,) = stores.dead()
    assert (letter["kind"], letter["place"], letter["raw"]) == (
        "unreadable",
        "media",
        '{"state":"waiting","notBefore":0,',
    )


# -- an edit that puts another file in the place of one


def test_the_new_file_of_an_edit_is_fetched_and_is_that_of_the_message_that_it_changes(stores):
    first, garden = photo("m1"), PHOTO.model_copy(update={"id": "garden"})
    stores.mailboxes.receive([first])
    fetched = take(stores)
    stores.media.settle(CONVERSATION, fetched.lease, "m1/0", kept(fetched.media["m1/0"]))
    assert isinstance(take(stores), MediaEmpty)
    taken = turn(stores)
    said = heard(with_media(first, taken.media))
    stores.turns.commit(CONVERSATION, taken.lease, turn_result(1))
    new = Attachment(kind=Kind.IMAGE, text="the garden", media=(garden,))
    edit = message("m2", reply_to="m1", content=Edit(text="the garden", new=new))

    stores.mailboxes.receive([edit])
    again = take(stores)
    found = again.media["m1/0"]
    assert (found.media.id, found.kind, found.state) == ("garden", Kind.IMAGE, MediumState.WAITING)
    assert still_waited_for([edit], again.media, now=START, at_most=10 * SECOND)[0] == ["m1/0"]
    stores.media.settle(CONVERSATION, again.lease, "m1/0", kept(found))

    (medium,) = edited(said, with_media(edit, turn(stores).media)).content.media
    assert (said.content.media[0].id, medium.id, medium.stored) == ("7", "garden", "folder/1")


def test_the_former_file_is_not_taken_for_the_new_one():
    record = MediumRecord(state=MediumState.WAITING, kind=Kind.IMAGE, route=ROUTE, media=PHOTO)
    new = PHOTO.model_copy(update={"id": "another"})

    assert with_media(photo("m1", new), {"m1/0": kept(record)}).media == (new,)


# -- the turn that waits


def turn(stores):
    taken = stores.turns.take(CONVERSATION, holder="w")
    assert isinstance(taken, TurnTaken)
    return taken


def wait(stores, taken, seconds=10):
    fields = list(taken.media)
    return stores.media.let_turn_wait(
        CONVERSATION, taken.lease, fields=fields, wait=timedelta(seconds=seconds)
    )


def test_a_turn_is_told_of_the_media_of_its_messages(stores):
    stores.mailboxes.receive(
        [photo("m1"), message("m2"), photo("m3"), photo("m4", customer=customer_of(OTHER))]
    )

    assert set(turn(stores).media) == {"m1/0", "m3/0"}


def test_a_later_turn_is_told_of_a_medium_that_came_late(stores):
    stores.mailboxes.receive([photo("m1")])
    first = turn(stores)
    said = heard(with_media(photo("m1"), first.media))
    result = turn_result(1, session=session().with_entry(said, Policy()))
    stores.turns.commit(CONVERSATION, first.lease, result)
    fetched = take(stores)
    stores.media.settle(CONVERSATION, fetched.lease, "m1/0", kept(fetched.media["m1/0"]))
    stores.mailboxes.receive([message("m2")])

    taken = turn(stores)

    (late,) = with_late_media(taken.session.context.message_history, taken.media)
    assert late == said.model_copy(update={"full": late.full})
    assert (said.content.media[0].stored, late.content.media[0].stored) == (None, "folder/1")
    assert late.content.media[0].why_not is None
    stores.turns.commit(
        CONVERSATION, taken.lease, turn_result(1, session=session().with_entry(late, Policy()))
    )
    stores.mailboxes.receive([message("m3")])
    assert turn(stores).media == {}, "it is told once"


def test_a_voice_note_that_is_heard_late_says_so_in_the_history():
    words = PHOTO.model_copy(update={"words": "I look for a villa", "stored": "folder/1"})
    record = MediumRecord(state=MediumState.KEPT, kind=Kind.VOICE, route=ROUTE, media=words)
    said = heard(message("m1", "", kind=Kind.VOICE, media=(PHOTO,)))

    (late,) = with_late_media((said,), {"m1/0": record})

    assert (said.text, late.text, late.content.text) == ("[voice]", *["I look for a villa"] * 2)
    assert with_late_media((said,), {"m2/0": record}) == (said,)


def test_the_turn_that_a_commit_hands_on_is_told_as_well(stores):
    stores.mailboxes.receive([message("m0"), photo("m1")])
    taken = stores.turns.take(CONVERSATION, holder="w", limit=1)

    committed = stores.turns.commit(CONVERSATION, taken.lease, turn_result(1))

    assert taken.media == {}
    assert list(committed.next_turn.media) == ["m1/0"]


def test_a_turn_that_waits_is_taken_by_nobody_until_its_media_have_come(stores, clock):
    stores.mailboxes.receive([photo(), message("m2")])
    assert wait(stores, turn(stores)) is False
    assert isinstance(stores.turns.take(CONVERSATION, holder="x"), Held)

    fetched = take(stores)
    settled = stores.media.settle(CONVERSATION, fetched.lease, "m1/0", kept(fetched.media["m1/0"]))
    again = turn(stores)

    assert settled == MediumSettled(wake_turn=True)
    assert (again.attempt, again.crashes) == (1, 0)
    assert [one.id for one in again.messages] == ["m1", "m2"]
    assert again.media["m1/0"].media.stored == "folder/1"


def test_a_turn_waits_for_all_of_its_media(stores):
    stores.mailboxes.receive([photo("m1", PHOTO, PHOTO)])
    wait(stores, turn(stores))
    fetched = take(stores)

    woken = [
        stores.media.settle(CONVERSATION, fetched.lease, field, kept(record)).wake_turn
        for field, record in fetched.media.items()
    ]

    assert woken == [False, True]


def test_what_came_between_taking_and_waiting_is_not_waited_for(stores):
    stores.mailboxes.receive([photo()])
    taken = turn(stores)
    fetched = take(stores)
    stores.media.settle(CONVERSATION, fetched.lease, "m1/0", kept(fetched.media["m1/0"]))

    assert wait(stores, taken) is True
    assert turn(stores).attempt == 1


def test_the_wait_ends_by_itself(stores, clock):
    stores.mailboxes.receive([photo()])
    wait(stores, turn(stores), 10)
    clock.move(10 * SECOND)

    assert stores.waiting_since()[f"turn|{CONVERSATION}"] == to_ms(clock.now())
    assert turn(stores).media["m1/0"].state is MediumState.WAITING


def test_a_retry_of_a_fetch_does_not_end_the_wait(stores, clock):
    stores.mailboxes.receive([photo()])
    wait(stores, turn(stores))
    fetched = take(stores)
    again = fetched.media["m1/0"].model_copy(update={"attempts": 1, "not_before": to_ms(clock.now())})

    assert not stores.media.settle(CONVERSATION, fetched.lease, "m1/0", again).wake_turn


def test_the_back_off_of_a_turn_that_failed_is_not_shortened(stores, clock):
    stores.mailboxes.receive([photo()])
    stores.turns.abandon(CONVERSATION, turn(stores).lease, wait=60 * SECOND)
    fetched = take(stores)

    assert not stores.media.settle(CONVERSATION, fetched.lease, "m1/0", kept(fetched.media["m1/0"])).wake_turn
    assert isinstance(stores.turns.take(CONVERSATION, holder="x"), Held)


@pytest.mark.parametrize("what", [action(), message("m2", "STOP")])
def test_an_agent_or_a_stop_does_not_wait_behind_a_photo(stores, what):
    stores.mailboxes.receive([photo()])
    wait(stores, turn(stores))

    assert stores.mailboxes.receive([what]).woken == (CONVERSATION,)
    taken = turn(stores)
    assert (taken.followed, len(taken.messages)) == ((True, 1) if what.id != "m2" else (False, 2))


# -- the decisions


def test_a_message_gets_what_became_of_its_media():
    record = MediumRecord(state=MediumState.WAITING, kind=Kind.IMAGE, route=ROUTE, media=PHOTO)
    taken = {field_of("m1", 0): record}

    assert with_media(message(), taken) == message()
    assert with_media(photo("m2"), taken) == photo("m2")
    assert with_media(photo(), taken).media[0].why_not == "it has not arrived yet"
    assert with_media(photo(), {"m1/0": kept(record)}).media[0].stored == "folder/1"


def test_what_is_heard_in_a_voice_note_is_its_text():
    heard = PHOTO.model_copy(update={"words": "I look for a villa"})
    record = MediumRecord(state=MediumState.KEPT, kind=Kind.VOICE, route=ROUTE, media=heard)
    voice = message("m1", "", kind=Kind.VOICE, media=(PHOTO,))

    assert with_media(voice, {"m1/0": record}).text == "I look for a villa"
    assert readable(with_media(voice, {"m1/0": record}).content) == "I look for a villa"
    assert with_media(photo(), {"m1/0": record}).text == ""
    assert readable(with_media(photo(), {"m1/0": record}).content) == "I look for a villa"


VCARD = Media(url="https://x/1", mime_type="text/vcard")
MONA, OMAR = Card(name="Mona", phones=("0100",)), Card(name="Omar")


def card_record(*cards):
    record = MediumRecord(state=MediumState.WAITING, kind=Kind.CONTACTS, route=ROUTE, media=VCARD)
    return kept(record).model_copy(update={"cards": cards}) if cards else record


def test_what_was_read_in_vcards_are_the_cards_of_the_message_and_the_files_stay():
    sent = message("m1", "", kind=Kind.CONTACTS, media=(VCARD, VCARD))

    known = with_media(sent, {"m1/0": card_record(MONA), "m1/1": card_record(OMAR)})

    assert (known.content.cards, known.text) == ((MONA, OMAR), "Mona, Omar")
    assert [one.stored for one in known.media] == ["folder/1"] * 2
    assert readable(known.content) == "Mona, Omar\nMona, 0100\nOmar"
    assert with_media(known, {"m1/0": card_record(MONA)}) == known, "they are read once"


def test_a_vcard_that_comes_late_has_its_cards_in_the_history():
    sent = message("m1", "", kind=Kind.CONTACTS, media=(VCARD, VCARD))
    said = heard(with_media(sent, {"m1/0": card_record(MONA), "m1/1": card_record()}))

    (late,) = with_late_media((said,), {"m1/1": card_record(OMAR)})

    assert said.content.cards == (MONA,)
    assert late.content.cards == (MONA, OMAR)
    assert "Omar" in late.text


def test_the_cards_of_many_files_leave_room_for_the_files():
    large = Card(name="x" * 250, phones=("1" * 250,) * 5)
    sent = message("m1", "", kind=Kind.CONTACTS, media=(VCARD,) * 10)
    found = {f"m1/{n}": card_record(large) for n in range(10)}

    said = heard(with_media(sent, found))

    assert len(said.content.cards) == 2
    assert [one.stored for one in said.content.media] == ["folder/1"] * 10


def test_a_record_without_cards_is_written_as_before():
    assert "cards" not in card_record().to_json()
    assert MediumRecord.read(card_record(MONA).to_json()) == card_record(MONA)


def test_a_turn_waits_only_so_long_after_its_message_came():
    record = MediumRecord(state=MediumState.WAITING, kind=Kind.IMAGE, route=ROUTE, media=PHOTO)
    found, at_most = {"m1/0": record}, timedelta(seconds=10)

    def waits(seconds, found=found):
        return still_waited_for([photo()], found, now=START + timedelta(seconds=seconds), at_most=at_most)

    assert waits(0) == (["m1/0"], at_most)
    assert waits(4) == (["m1/0"], timedelta(seconds=6))
    assert waits(10) == ([], timedelta())
    assert waits(0, {"m1/0": kept(record)}) == ([], timedelta())
