"""A CRM gets what happens: in order, each once, also what happened while it was away."""

import json
from base64 import b64encode

from worker.hooks.posting import Refused

MONA, ALIA, OMAR = "+201001112222", "+201001234567", "+919840930854"
SECRET = "whsec_" + b64encode(b"k" * 32).decode()
HOOK = {"hook_url": "https://crm.example/", "hook_secret": SECRET}


class Crm:
    """A receiver that may be away."""

    def __init__(self):
        self.is_away, self.got, self.asked = False, [], 0

    async def post(self, hook, event, body, *, at):
        self.asked += 1
        if self.is_away:
            return Refused(why="it answers 503")
        self.got.append(json.loads(body))
        return None

    async def close(self):
        pass

    def heard_of(self, customer):
        return [one["type"] for one in self.got if one["data"].get("customer") == customer]


def test_a_crm_that_is_down_for_a_while_gets_everything_in_order(tell):
    crm = Crm()
    story = tell(posting=crm, **HOOK)
    story.sweep()

    story.says("hello", ALIA)
    story.waits(seconds=2)
    assert crm.heard_of(ALIA) == ["messages.taken", "reply.sent"]

    crm.is_away = True
    for n in range(3):
        story.says(f"message {n}", ALIA)
        story.says(f"message {n}", OMAR, "twilio")
        story.waits(minutes=10)
    # Nobody waits for it, and it is not asked all the time.
    assert story.hears(ALIA)[-1] == "message 2"
    asked = crm.asked
    story.waits(seconds=2)
    assert crm.asked <= asked + 1

    crm.is_away = False
    for _ in range(10):
        story.waits(minutes=1)
    assert crm.heard_of(ALIA) == ["messages.taken", "reply.sent"] * 4
    assert crm.heard_of(OMAR) == ["messages.taken", "reply.sent"] * 3
    ids = [one["id"] for one in crm.got]
    assert len(ids) == len(set(ids))
    assert story.dead_letters() == []
    story.waits(seconds=2)
    assert [one["id"] for one in crm.got] == ids


def test_without_hooks_nothing_is_stored_and_nothing_is_woken(tell):
    story = tell(posting=(crm := Crm()))

    story.says("hello", ALIA)
    story.waits(seconds=2)

    assert crm.asked == 0
    assert list(story.redis.scan_iter("*hook*")) == []
    assert not any(member.startswith("hook|") for member in story.redis.zrange("due", 0, -1))


def test_what_customers_write_is_in_no_body(tell):
    crm = Crm()
    story = tell(posting=crm, **HOOK)
    story.sweep()

    story.says("my secret", ALIA)
    story.waits(seconds=2)

    assert len(crm.got) == 2
    assert "secret" not in json.dumps(crm.got)


def test_a_hook_that_is_configured_no_more_leaves_the_due_index(tell):
    first = tell(posting=Crm(), **HOOK)
    first.sweep()
    first.redis.zadd("due", {"hook|gone": 1})

    first.waits(seconds=2)

    assert first.redis.zscore("due", "hook|gone") is None
