"""What was said, and what became of it: quotes, edits, deletions, reactions."""

from datetime import timedelta

import pytest

from session.bounds import LONGEST_TEXT
from session.content_parts import Kind, Media
from session.contents import Attachment, Edit, Form, Reaction, Revoke, Text
from session.history import Quoted, Role, change_entry, deleted, edited, entry, heard, reacted, with_quoted
from session.models import Session
from session.policy import Policy
from session.records import from_ms, to_ms
from tests.clocks import START
from tests.values import message, read_back, session

PHOTO = Attachment(kind=Kind.IMAGE, text="my roof", media=(Media(id="5"),))
LATER = START + timedelta(minutes=1)


def said(id_="m1", content=None, role=Role.USER):
    return entry(role, content or Text(text="two rooms"), at=START, id=id_)


def change(content, of="m1", **fields):
    return message("m9", content=content, reply_to=of, **fields)


def test_a_text_is_kept_as_a_text_and_everything_else_with_its_content():
    assert (said().full, said().content) == (None, Text(text="two rooms"))
    photo = said(content=PHOTO)
    assert (photo.text, photo.content) == ("my roof", PHOTO)


def test_an_entry_of_an_earlier_release_is_read_as_before():
    record = (
        session()
        .to_json()
        .replace(
            '"messageHistory":[]',
            '"messageHistory":[{"role":"user","content":"[image]","timestamp":"2100-01-01T12:00:00Z","messageId":"m1"}]',
        )
    )

    (found,) = Session.model_validate_json(record).context.message_history

    assert (found.text, found.content) == ("[image]", Text(text="[image]"))


def test_a_history_with_everything_is_read_back_as_it_was_written():
    first = heard(message("m1", content=PHOTO, forwarded="often"))
    second = edited(
        heard(with_quoted(message("m2", "hi", reply_to="m1"), (first,), {})), change(Edit(text="hello"), "m2")
    )
    third = reacted(deleted(said("m3"), change(Revoke(), "m3")), change(Reaction(text="👍"), "m3"))
    one = session()
    for each in (first, second, third):
        one = one.with_entry(each, Policy())

    assert read_back(one) == one


def test_a_content_that_is_too_large_is_kept_as_a_text():
    large = said(content=Form(text="Sent", payload='{"a":"%s"}' % ("x" * 20_000)))

    assert (large.full, large.cut, len(large.text)) == (None, True, LONGEST_TEXT)


@pytest.mark.parametrize("names", ["wamid.OUR", "t1.0"])
def test_a_quote_says_who_said_what(names):
    history = (said("m1"), said("t1.0", Text(text="which area? " * 100), Role.ASSISTANT))

    found = with_quoted(message("m2", "Maadi", reply_to=names), history, {"wamid.OUR": "t1.0"}).quoted

    assert (found.id, found.role, len(found.text)) == (names, Role.ASSISTANT, 200)


@pytest.mark.parametrize(("delivery", "entry"), [("t1.0", "t1.0"), ("t1.2", "t1.0"), ("t1.4", "t1.3")])
def test_a_quote_of_a_part_of_a_long_reply_means_the_reply(delivery, entry):
    history = tuple(said(id_, role=Role.ASSISTANT) for id_ in ("t0.0", "t1.0", "t1.3", "t2.0"))

    quoted = with_quoted(message("m2", reply_to="wamid.OUR"), history, {"wamid.OUR": delivery}).quoted

    assert quoted.entry == entry


def test_a_quote_of_a_reply_that_the_history_has_forgotten_means_none_of_the_same_turn():
    history = (said("t1.3", role=Role.ASSISTANT),)

    assert (
        with_quoted(message("m2", reply_to="wamid.OUR"), history, {"wamid.OUR": "t1.2"}).quoted.entry is None
    )


def test_a_quote_of_something_that_nobody_remembers_is_kept_by_its_id():
    assert with_quoted(message("m2", "this", reply_to="m0"), (said(),), {}).quoted == Quoted(id="m0")


def test_an_edit_replaces_a_message_and_says_when():
    one = edited(said(content=PHOTO), change(Edit(text="my new roof", new=Text(text="my new roof"))))

    assert (one.text, one.content, one.message_id) == ("my new roof", Text(text="my new roof"), "m1")
    assert (one.timestamp, one.edited_at) == (START, from_ms(change(Revoke()).received_at))


def test_a_new_caption_keeps_the_file_that_was_fetched():
    kept = Media(id="5", stored="f/1", sha256="aa", words="a roof")
    photo = said(content=PHOTO.model_copy(update={"media": (kept,)}))

    for media in ((), (Media(id="5", sha256="aa"),)):
        new = Attachment(kind=Kind.IMAGE, text="our roof", media=media)
        one = edited(photo, change(Edit(text="our roof", new=new)))

        assert (one.content.text, one.content.media) == ("our roof", (kept,))


def test_an_edit_that_comes_after_a_deletion_does_not_bring_a_message_back():
    one = edited(deleted(said(), change(Revoke())), change(Edit(text="three rooms")))

    assert (one.text, one.deleted_at) == ("three rooms", from_ms(change(Revoke()).received_at))


def test_of_two_edits_the_one_that_was_made_later_stays_whatever_came_first():
    later = change(Edit(text="four rooms", new=Text(text="four rooms")), sent_at=to_ms(LATER))
    earlier = change(Edit(text="three rooms", new=Text(text="three rooms")), sent_at=to_ms(START))

    for first, second in ((later, earlier), (earlier, later)):
        one = edited(edited(said(), first), second)
        assert (one.text, one.edited_at) == ("four rooms", LATER)


def test_a_quote_of_a_deleted_message_does_not_tell_it():
    history = (deleted(said("m1"), change(Revoke())),)

    found = with_quoted(message("m2", "this", reply_to="m1"), history, {}).quoted

    assert (found.role, found.text) == (Role.USER, "")


def test_a_deleted_message_is_marked_and_kept():
    one = deleted(said(), change(Revoke()))

    assert (one.text, one.deleted_at) == ("two rooms", from_ms(change(Revoke()).received_at))


def test_a_reaction_replaces_the_earlier_one_and_an_empty_one_removes_it():
    once = reacted(said("t1.0", role=Role.ASSISTANT), change(Reaction(text="👍"), "t1.0"))
    twice = reacted(once, change(Reaction(text="❤"), "t1.0"))

    assert [one.emoji for one in twice.reactions] == ["❤"]
    assert reacted(twice, change(Reaction(), "t1.0")).reactions is None


def test_a_change_concerns_the_message_that_it_names():
    history = (said("m1"), said("m2"), said("t1.0", role=Role.ASSISTANT))

    after = change_entry(history, change(Revoke(), "m2"), deleted, {})

    assert [one.deleted_at is not None for one in after] == [False, True, False]
    assert change_entry(history, change(Revoke(), "m7"), deleted, {}) is None


def test_a_customer_changes_only_their_own_messages_but_reacts_to_all():
    history = (said("m1"), said("t1.0", role=Role.ASSISTANT))
    ids = {"wamid.OUR": "t1.0"}

    assert change_entry(history, change(Revoke(), "wamid.OUR"), deleted, ids) is None
    after = change_entry(history, change(Reaction(text="👍"), "wamid.OUR"), reacted, ids, own=False)
    assert [one.reactions is not None for one in after] == [False, True]
