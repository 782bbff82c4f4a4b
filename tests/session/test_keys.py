"""The keys: who lies where, and that every script finds its keys in one place."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from session.conversations import conversation_of, customer_of
from session.keys import DELIVER, IDLE_TIMEOUT, INTAKE, TURN, Keys
from session.limits import MESSAGES, SEARCHES
from session.policy import Policy
from session.store import Scripts
from tests.session.every_script import play_every_script
from tests.stores import immortal
from tests.values import CONVERSATION, CUSTOMER

CONVERSATIONS = [conversation_of(f"+2010{n:03}") for n in range(50)]


def test_with_one_shard_keys_have_no_prefix():
    own, shared = Keys().of(CONVERSATION), Keys().shard(0)

    assert own.session == "session:whatsapp:+201001234567"
    assert own.mailbox == "mailbox:whatsapp:+201001234567"
    assert own.outbox == "outbox:whatsapp:+201001234567"
    assert own.turn_lease == "lease:whatsapp:+201001234567"
    assert own.seen == "seen:whatsapp:+201001234567"
    assert own.usage_of(MESSAGES) == "rate:msg:+201001234567"
    assert own.usage_of(SEARCHES) == "rate:search:+201001234567"
    assert (shared.intake, shared.due, shared.events, shared.dead) == ("intake", "due", "events", "dead")


def test_a_conversation_and_its_customer_name_each_other():
    assert (conversation_of(CUSTOMER), customer_of(CONVERSATION)) == (CONVERSATION, CUSTOMER)


@given(st.text(st.characters(codec=None), max_size=50), st.integers(1, 16384))
def test_every_name_has_a_shard(name, shards):
    assert 0 <= Keys(shards).shard_of(name) < shards


@pytest.mark.parametrize("shards", [1, 4])
def test_no_two_keys_are_the_same(shards):
    keys = Keys(shards)
    owned = [keys.of(conversation).everything() for conversation in CONVERSATIONS]
    for some, others in combinations(owned, 2):
        assert not set(some) & set(others)
    all_owned = {key for own in owned for key in own}
    for shard in range(shards):
        shared = keys.shard(shard)
        names = [shared.intake, shared.intake_lease, shared.due, shared.paused, shared.fence]
        names += [shared.secret, shared.events, shared.dead]
        assert len(set(names)) == len(names)
        assert not set(names) & all_owned


def test_the_members_of_the_due_index_are_told_apart_by_how_they_begin():
    own = Keys().of(CONVERSATION)

    members = [own.turn_due, own.deliver_due, own.idle_timeout_due, INTAKE]
    assert [
        [member.startswith(kind) for kind in (TURN, DELIVER, IDLE_TIMEOUT, INTAKE)] for member in members
    ] == [[n == kind for kind in range(4)] for n in range(4)]


@pytest.mark.parametrize("shards", [2, 4, 100])
def test_all_that_changes_together_lies_in_one_slot(shards):
    keys = Keys(shards)
    for conversation in CONVERSATIONS:
        own, shared = keys.of(conversation), keys.of(conversation).shared
        together = [*own.everything(), shared.due, shared.fence, shared.events, shared.dead, shared.paused]
        assert len({key_slot(key.encode()) for key in together}) == 1
        assert len({key.partition(":")[0] for key in together}) == 1


def test_conversations_are_spread_over_the_shards():
    keys = Keys(4)

    assert {keys.shard_of(conversation) for conversation in CONVERSATIONS} == {0, 1, 2, 3}


@pytest.mark.parametrize("shards", [1, 4])
def test_every_script_touches_one_shard_only(redis, clock, shards):
    calls = play_every_script(redis, clock, shards=shards)

    for name, keys, _ in calls:
        prefixes = {key.partition("}")[0] for key in keys} if shards > 1 else {""}
        assert len(prefixes) == 1, (name, keys)
        if shards > 1:
            assert len({key_slot(key.encode()) for key in keys}) == 1, (name, keys)
    assert {name for name, _, _ in calls} == Scripts.load().by_name.keys()


@pytest.mark.parametrize("shards", [1, 4])
def test_after_every_script_only_the_shared_keys_would_stay(redis, clock, shards):
    play_every_script(redis, clock, shards=shards, policy=Policy())

    assert immortal(redis) == []
