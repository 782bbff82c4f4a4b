"""Campaigns: one template to many customers, each once, at a pace, in the hours of the sender, and to nobody who does not want it."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from session import State
from session.agent_actions import AgentActionType
from session.campaign_files import read_recipients
from session.campaigning import Campaigns
from session.campaigns import Campaign, CampaignState
from session.conversations import conversation_of
from session.keys import Keys
from session.policy import Policy
from session.store import CampaignStore, Runner, TemplateStore
from tests.stores import at_once, scripts_by
from tests.stories.telling import ALIA, Story
from tests.stories.test_deliveries import fault
from tests.stories.test_marketing import wishes
from worker.wakeups import DELIVER, SWEEP

SENDER = "meta:106540352242922"
REMINDER = "Hello Alia, we meet at 10:00."
NEWS = "We have news for you: Maadi Reply to go on."
#: The lines of a file for each template.
FILES = {
    "viewing_reminder": ("to,1,2,header", "{},Alia,10:00,Thursday"),
    "we_have_news": ("to,1", "{},Maadi"),
}


class Death(BaseException):
    """A process dies: nothing of it goes on, not even what follows an error."""


def dies(*_args: object, **_options: object) -> None:
    raise Death


def guest(number: int) -> str:
    return f"+20100{number:07}"


class Operator:
    """Somebody at the command line; and time, which passes while a worker waits for the pace of its sender."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.templates = at_once(story.redis, TemplateStore(scripts_by(story.clock), Keys()))
        store = CampaignStore(scripts_by(story.clock), Keys(), Policy())
        self.campaigns = Campaigns(Runner(story.redis), store, shards=1, clock=story.clock)
        self.plans: dict[tuple[str, int], Callable[[], object]] = {}
        story.services.campaigns.sleep = self._meanwhile
        story.pulls_templates()

    def makes(
        self,
        name: str,
        guests: list[str],
        template: str = "viewing_reminder",
        sender: str = SENDER,
        **more: Any,
    ) -> None:
        definition = self.templates.all().find(sender.partition(":")[0], template, "en")
        assert definition
        head, line = FILES[template]
        rows = read_recipients([head, *map(line.format, guests)], definition, "")
        wanted = Campaign(name=name, template=template, language="en", sender=sender, **more)
        made = self.campaigns.new(wanted, (row.recipient for row in rows if row.recipient))
        assert (made.state, made.total) == (CampaignState.NEW, len(guests))

    def starts(self, name: str) -> None:
        """Start a campaign, and do all the work that follows."""
        self.campaigns.start(name)
        self.story.waits(seconds=2)

    def when(self, name: str, position: int, then: Callable[[], object]) -> None:
        """Do something while a worker waits with so many rows handed over."""
        self.plans[name, position] = then

    async def _meanwhile(self, seconds: float) -> None:
        self.story.clock.move(seconds=seconds)
        for (name, position), then in list(self.plans.items()):
            if self.how_far(name) == ("running", position):
                del self.plans[name, position]
                then()

    def how_far(self, name: str) -> tuple[str, int]:
        found = self.campaigns.show(name)
        return str(found.state), found.position

    def outcomes(self, name: str) -> dict[str, tuple[str, str]]:
        """What became of each customer: the state, and the reason."""
        self.story.waits(seconds=2)  # the sweep counts the events
        return {one.customer: (str(one.state), one.reason) for one in self.campaigns.every_outcome(name)}

    def states(self, name: str) -> dict[str, int]:
        return dict(Counter(state for state, _ in self.outcomes(name).values()))


def each(guests: list[str], *texts: str) -> dict[str, list[str]]:
    """What is heard if each of some customers hears the same."""
    return {one: list(texts) for one in guests}


def heard_by(story: Story, guests: list[str]) -> dict[str, list[str]]:
    """What each of some customers has heard, if anything."""
    return {one: texts for one in guests if (texts := story.hears(one))}


def stops_between_commit_and_send(story: Story, customer: str) -> None:
    """Follow the wake-ups; the customer writes STOP when the turn of the message is committed, and before it is sent."""
    alias, stopped = story.wakeups.hide(conversation_of(customer)), False
    while story.wakeups.waiting:
        task, arguments = story.wakeups.waiting[0]
        if not stopped and task == DELIVER and alias in json.loads(arguments)[0]:
            stopped = story.posts("STOP", customer) == 200
            story.drains_only()
        story.work_once()
    assert stopped


# -- a thousand guests


@pytest.mark.slow
def test_a_thousand_guests_hear_it_once_whatever_happens_on_the_way(tell, valkey):
    story = tell(client=valkey, campaign_per_second=20, campaign_customers_per_day=2000)
    operator, guests = Operator(story), [guest(number) for number in range(1, 1001)]
    early, waiting, late = guests[0], guests[699], guests[799]
    works = story.services.campaigns.store

    # Given a guest who wants nothing any more, and a campaign that two operators start
    story.says("STOP", early)
    story.hears(early)
    operator.makes("opening", guests)
    operator.campaigns.start("opening")

    # When the worker dies after it has stored what it hands over, and before it has noted that
    settle = works.settle
    operator.when("opening", 200, lambda: setattr(works, "settle", dies))
    with pytest.raises(Death):
        operator.starts("opening")
    works.settle = settle
    assert operator.how_far("opening") == ("running", 200)
    assert "campaign:opening:201" in str(story.redis.xrange("intake"))
    story.wakeups.waiting.clear()
    # and the next one between two batches
    operator.when("opening", 400, dies)
    with pytest.raises(Death):
        story.waits(seconds=30)
    story.wakeups.waiting.clear()
    # and it is paused for lunch, and started again by both operators,
    operator.when("opening", 600, lambda: operator.campaigns.pause("opening", "lunch"))
    story.waits(seconds=30)
    assert operator.how_far("opening") == ("paused", 600)
    story.waits(minutes=30)
    heard = heard_by(story, guests)
    assert heard.keys() == set(guests[1:600])
    operator.campaigns.start("opening")
    # and one guest wants nothing any more before the turn of the message, another one between the turn and the send
    operator.when("opening", 680, lambda: story.posts("STOP", waiting))
    story.clock.move(seconds=5)
    story.tasks[SWEEP].apply(throw=True)
    stops_between_commit_and_send(story, late)
    story.waits(minutes=1)

    # Then everybody else has heard it, once
    assert operator.how_far("opening") == ("done", 1000)
    for one, texts in heard_by(story, guests).items():
        heard[one] = heard.get(one, []) + texts
    reached = set(guests) - {early, waiting, late}
    assert {one for one, texts in heard.items() if REMINDER in texts} == reached
    assert all(heard[one] == [REMINDER] for one in reached)
    assert story.dead_letters() == []
    # and the operator sees that.
    outcomes = operator.outcomes("opening")
    assert (outcomes[early], outcomes[waiting]) == (("declined", "opted_out"), ("declined", "opted_out"))
    assert outcomes[late] == ("cancelled", "opted_out")
    assert operator.states("opening") == {"sent": 997, "declined": 2, "cancelled": 1}


def test_what_waited_for_its_sender_longer_than_ids_are_known_is_sent_once(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    operator.makes("opening", guests)
    works = story.services.campaigns.store

    # Given a worker that dies before it has noted what it has handed over, and a provider that takes nothing then
    fault(story, "meta", "throttle")
    vars(works)["settle"] = dies
    with pytest.raises(Death):
        operator.starts("opening")
    vars(works).pop("settle")
    story.work()
    operator.campaigns.pause("opening")
    assert operator.how_far("opening") == ("paused", 0)
    # When it is started again after ten days, and the ids of messages are known no more
    for _ in range(10):
        story.waits(days=1)
    assert story.redis.delete(*story.redis.keys("seen:*")) == 2
    operator.campaigns.start("opening")
    story.waits(seconds=2)
    story.phone.delete("/simulator/faults")
    for _ in range(4):
        story.waits(minutes=2)

    # Then everybody hears it, once.
    assert operator.how_far("opening") == ("done", 2)
    assert heard_by(story, guests) == each(guests, REMINDER)
    assert operator.states("opening") == {"sent": 2}


# -- when, and to whom


def test_what_would_go_out_at_night_goes_out_in_the_morning(tell):
    story = tell(time_zone="Africa/Cairo", quiet_hours="21:00-09:00", campaign_per_second=0.2)
    operator, guests = Operator(story), [guest(number) for number in range(1, 5)]
    operator.makes("opening", guests)

    # It is two o'clock in Cairo; the campaign begins eight seconds before nine in the evening
    story.clock.move(hours=6, minutes=59, seconds=50)
    operator.starts("opening")
    for _ in range(4):
        story.waits(seconds=5)
    assert heard_by(story, guests) == each(guests[:2], REMINDER)
    story.waits(hours=11, minutes=59)
    assert heard_by(story, guests) == {}
    story.waits(minutes=1)
    story.waits(seconds=5)

    assert heard_by(story, guests) == each(guests[2:], REMINDER)
    assert operator.how_far("opening") == ("done", 4)


def test_whom_a_person_is_talking_to_gets_nothing_and_the_person_goes_on(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    mona = story.agent("mona")
    story.says("I have a question", guests[0])
    mona.takes_over(guests[0])
    mona.answers_and_keeps_it("Which one?", guests[0])
    operator.makes("opening", guests)
    story.hears(guests[0])

    operator.starts("opening")

    assert heard_by(story, guests) == {guests[1]: [REMINDER]}
    assert operator.outcomes("opening") == {guests[0]: ("declined", "held"), guests[1]: ("sent", "")}
    session = story.session(guests[0])
    assert (session.state, session.held_by) == (State.WAITING_AGENT, "mona")
    mona.answers("Here is your answer.", guests[0])
    assert story.hears(guests[0]) == ["Here is your answer."]


def test_a_sender_reaches_no_more_customers_in_a_day_than_its_tier_allows(tell):
    story = tell(campaign_customers_per_day=3)
    operator, guests = Operator(story), [guest(number) for number in range(1, 6)]
    operator.makes("opening", guests)
    operator.makes("news", guests[:3], "we_have_news")

    operator.starts("opening")
    assert operator.how_far("opening") == ("running", 3)
    # Another campaign may write to the same customers, and to nobody else.
    operator.starts("news")
    assert operator.how_far("news") == ("done", 3)
    assert heard_by(story, guests) == each(guests[:3], REMINDER, NEWS)
    story.waits(hours=23)
    assert heard_by(story, guests) == {}
    story.waits(hours=1, minutes=1)

    assert heard_by(story, guests) == each(guests[3:], REMINDER)
    assert operator.how_far("opening") == ("done", 5)


def test_a_template_that_is_paused_pauses_its_own_campaigns_only(tell):
    story = tell(campaign_per_second=0.2)
    operator, guests = Operator(story), [guest(number) for number in range(1, 4)]
    operator.makes("opening", guests)
    operator.makes("news", guests, "we_have_news")

    # Given two campaigns of one sender, which take turns
    operator.starts("opening")
    operator.starts("news")
    story.waits(seconds=5)
    assert heard_by(story, guests) == {guests[0]: [REMINDER, NEWS]}
    # When Meta pauses the template of one
    happens(story, status="PAUSED", reason="LOW_QUALITY")
    for _ in range(12):
        story.waits(seconds=5)
    # Then the other one goes on
    assert heard_by(story, guests) == each(guests[1:], NEWS)
    assert operator.how_far("news") == ("done", 3)
    found = operator.campaigns.show("opening")
    assert (found.state, found.position) == ("paused", 1)
    assert found.why == "the template viewing_reminder (en) is PAUSED: LOW_QUALITY"
    # and this one when the operator starts it again, once Meta allows it.
    operator.starts("opening")
    assert operator.how_far("opening") == ("paused", 1)
    happens(story, status="APPROVED")
    operator.campaigns.start("opening")
    for _ in range(3):
        story.waits(seconds=5)
    assert heard_by(story, guests) == each(guests[1:], REMINDER)


def happens(story: Story, **change: str) -> None:
    """Something happens to the template at Meta, which tells the webhook."""
    told = {"name": "viewing_reminder", **change}
    assert story.phone.post("/simulator/templates", json=told).status_code == 200
    story.work()


def test_a_marketing_template_goes_to_nobody_who_wants_no_marketing(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    happens(story, category="MARKETING")
    story.says("hello", guests[0])
    story.tells_status(story.receives(guests[0])[-1], "failed", code=131050)
    operator.makes("opening", guests)

    operator.starts("opening")

    assert heard_by(story, guests) == {guests[1]: [REMINDER]}
    assert operator.outcomes("opening")[guests[0]] == ("declined", "marketing")


def test_who_wants_no_marketing_while_a_message_waits_to_be_sent_again_gets_it_no_more(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    happens(story, category="MARKETING")
    operator.makes("opening", guests)

    # Given a provider that takes nothing for now
    fault(story, "meta", "throttle")
    operator.starts("opening")
    assert heard_by(story, guests) == {}
    # When one guest wants no marketing messages meanwhile
    wishes(story, "stop", customer=guests[0])
    story.phone.delete("/simulator/faults")
    story.waits(minutes=1)

    # Then only the other one gets it.
    assert heard_by(story, guests) == {guests[1]: [REMINDER]}
    assert operator.outcomes("opening") == {guests[0]: ("cancelled", "marketing"), guests[1]: ("sent", "")}
    assert story.dead_letters() == []


def test_who_is_held_back_gets_nothing_and_stays_to_be_compared_with(tell):
    story = tell()
    operator, guests = Operator(story), [guest(number) for number in range(1, 41)]
    operator.makes("opening", guests, hold_back=50)

    operator.starts("opening")

    heard = heard_by(story, guests)
    held_back = {one for one, (state, _) in operator.outcomes("opening").items() if state == "held_back"}
    assert heard.keys() == set(guests) - held_back
    assert 8 <= len(held_back) <= 32


def test_who_is_forgotten_while_a_campaign_waits_gets_nothing_and_leaves_no_name(tell):
    story = tell(campaign_per_second=0.2)
    operator, guests = Operator(story), [guest(number) for number in range(1, 4)]
    operator.makes("opening", guests)
    operator.starts("opening")
    story.manager.forget(guests[1])
    story.manager.forget(guests[0])
    for _ in range(3):
        story.waits(seconds=5)

    assert heard_by(story, guests) == {guests[0]: [REMINDER], guests[2]: [REMINDER]}
    assert operator.how_far("opening") == ("done", 3)
    assert [one.customer for one in operator.campaigns.every_outcome("opening")] == ["", "", guests[2]]


@pytest.mark.parametrize("by_an_agent", [False, True], ids=["by a script", "by an agent"])
def test_who_is_forgotten_while_a_row_is_handed_over_gets_nothing(tell, by_an_agent):
    story = tell()
    operator, guests, mona = Operator(story), [guest(1), guest(2)], story.agent("mona")
    operator.makes("opening", guests)
    intake = story.services.campaigns.intake
    store = intake.store

    def forget_first(*given: Any, **more: Any) -> Any:
        vars(intake).pop("store")
        if by_an_agent:
            mona.posts(AgentActionType.FORGET, guests[0])
        else:
            story.manager.forget(guests[0])
        return store(*given, **more)

    # The worker has the row, and its body is not stored yet.
    vars(intake)["store"] = forget_first
    operator.starts("opening")

    assert heard_by(story, guests) == {guests[1]: [REMINDER]}
    assert story.manager.get(guests[0]) is None
    story.waits(seconds=2)  # the sweep counts the events
    outcomes = [(one.customer, str(one.state)) for one in operator.campaigns.every_outcome("opening")]
    assert outcomes == [("", "forgotten"), (guests[1], "sent")]
    # By what is counted nothing waits any more.
    assert [name for name in story.redis.hkeys("counters") if name.startswith("mailbox@")] == []


def test_who_is_forgotten_before_the_body_of_a_row_is_read_gets_nothing(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    operator.makes("opening", guests)
    works = story.services.campaigns.store
    settle = works.settle

    def forget_first(*given: Any, **more: Any) -> Any:
        vars(works).pop("settle")
        story.manager.forget(guests[0])
        return settle(*given, **more)

    vars(works)["settle"] = forget_first
    operator.starts("opening")

    assert heard_by(story, guests) == {guests[1]: [REMINDER]}
    assert story.manager.get(guests[0]) is None


def test_who_is_forgotten_before_a_campaign_starts_keeps_nobody_out_of_another_one_with_its_name(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    operator.makes("opening", guests)
    story.manager.forget(guests[0])
    operator.campaigns.remove("opening")

    operator.makes("opening", guests[1:])
    operator.starts("opening")

    assert heard_by(story, guests) == {guests[1]: [REMINDER]}


def test_twilio_sends_the_content_that_the_template_was_read_from(tell):
    story = tell()
    operator, guests = Operator(story), [guest(1), guest(2)]
    story.pulls_templates("twilio")
    operator.makes("opening", guests, sender="twilio:+14155238886")

    operator.starts("opening")

    for one in guests:
        (got,) = story.receives(one)
        assert (got["channel"], got["header"], got["text"]) == (
            "twilio",
            "Your viewing on Thursday",
            REMINDER,
        )


def test_who_stands_there_under_two_names_is_written_to_once(tell):
    story = tell()
    operator, phone, user = Operator(story), guest(1), "US.13491208655302740107"
    about = {
        "from": phone.removeprefix("+"),
        "from_user_id": user,
        "id": "wamid.1",
        "timestamp": "4102488000",
    }
    assert story.posts_meta(about | {"type": "text", "text": {"body": "hello"}}) == 200
    story.work()
    story.hears(phone)
    operator.makes("opening", [phone, user, guest(2)])

    operator.starts("opening")

    assert (len(story.receives(phone)), len(story.receives(guest(2)))) == (1, 1)
    assert operator.outcomes("opening")[user] == ("declined", "twice")


# -- what became of it


def test_the_outcomes_say_how_far_each_came_and_what_it_cost(tell):
    story = tell()
    operator, guests = Operator(story), [guest(number) for number in range(1, 6)]
    operator.makes("opening", guests)
    operator.starts("opening")
    sent = {one: story.receives(one)[0] for one in guests}
    for state in ("delivered", "read"):
        story.tells_status(sent[guests[1]], state)
    story.tells_status(sent[guests[2]], "failed", code=131026)
    story.tells_status(sent[guests[3]], "delivered")
    story.clock.move(hours=1)
    story.says("I will come", guests[3])
    # Who writes once more has answered once, and who was not written to has answered nothing.
    story.says("and my wife too", guests[3])
    story.says("hello", ALIA)

    assert operator.outcomes("opening") == {
        guests[0]: ("sent", ""),
        guests[1]: ("read", ""),
        guests[2]: ("failed", "131026"),
        guests[3]: ("delivered", ""),
        guests[4]: ("sent", ""),
    }
    summary = operator.campaigns.summary("opening")
    assert (summary.count, summary.answered) == (5, 1)
    (answer,) = [one for one in operator.campaigns.every_outcome("opening") if one.answered]
    assert (answer.customer, answer.answered - answer.sent) == (guests[3], 3_600_000)
