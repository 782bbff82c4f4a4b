"""What another program does to a conversation: it writes, and changes what is known. It silences and holds nobody up."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Button, Reply, Role, State, Template
from session.agent_actions import CLIENT, SILENCING, AgentAction, AgentActionType, Declined, is_reserved
from session.agent_rules import act
from session.campaigns import Campaign, Recipient, action_of
from session.contents import Text
from session.facts import MOST_KNOWN, KnownFacts
from session.marketing import Marketing
from session.messages import Route
from session.outgoing import Reached, TurnContext
from session.pauses import sender_of
from session.policy import Policy
from session.records import to_ms
from tests.clocks import START
from tests.values import CUSTOMER, ROUTE, action, read_back, session

POLICY = Policy()
CRM = f"{CLIENT}crm"
SEND, AMEND = AgentActionType.SEND, AgentActionType.AMEND
OPEN = START + timedelta(hours=1)
BY_META = sender_of(ROUTE)
ELSEWHERE = Route(channel="twilio", sender="+15005550006", address=f"whatsapp:{CUSTOMER}")
WRITER = "telegram:123456789"
BY_TELEGRAM = Route(channel="telegram", sender="100", address="123456789")


def talks(**fields):
    return session(CUSTOMER, **({"state": State.ACTIVE, "route": ROUTE, "window_until": OPEN} | fields))


def reaching(route):
    return lambda customer, scope, sender: Reached(route, "estate")


def acted(
    found, action_type=SEND, *, opted_out=False, reach=lambda *_: None, render=None, marketing=None, **fields
):
    given = {"reply": Reply(text="your viewing is at ten"), "agent": CRM, "id": "api-1"} | fields
    context = TurnContext(
        turn="t7",
        fence=7,
        now=START,
        policy=POLICY,
        render=render or (lambda _, reply: (reply, reply)),
        reach=reach,
        marketing=marketing,
    )
    return act(found, action(action_type, **given), context, opted_out=opted_out)


def test_a_send_is_said_by_its_program_and_everything_else_stays():
    for state in (State.NEW, State.ACTIVE, State.IDLE, State.WAITING_AGENT):
        found = talks(state=state, held_by="mona" if state is State.WAITING_AGENT else None)
        result = acted(found)

        said = result.session.context.message_history[-1]
        assert (said.role, said.agent, said.text) == (Role.AGENT, CRM, "your viewing is at ten")
        assert (result.session.state, result.session.held_by) == (state, found.held_by)
        assert result.session.waiting_since == found.waiting_since
        assert (result.silence, result.event.declined, result.event.by) == (None, None, CRM)
        assert result.event.channels == ("api",)
        assert result.session.last_activity == START


def test_its_deliveries_have_its_id_and_no_takeover_cancels_them():
    deliveries = acted(talks()).deliveries

    assert [one.id for one in deliveries] == ["api-1.0", "api-1.1"]
    assert all(one.by_agent and one.window_until == to_ms(OPEN) and one.route == ROUTE for one in deliveries)


def test_what_is_not_said_to_a_person_is_cancelled_by_a_takeover():
    assert not any(one.by_agent for one in acted(talks(), unless_agent=True).deliveries)
    assert acted(talks(state=State.WAITING_AGENT), unless_agent=True).event.declined == Declined.HELD


@pytest.mark.parametrize(
    ("found", "more", "why"),
    [
        (talks(), {"opted_out": True}, Declined.OPTED_OUT),
        (talks(window_until=START), {}, Declined.WINDOW),
        (talks(window_until=None), {}, Declined.WINDOW),
        (None, {}, Declined.SENDER),
        (None, {"reach": reaching(ELSEWHERE)}, Declined.WINDOW),
        # A window is open where the customer wrote, and nowhere else.
        (talks(), {"sender": "twilio:+15005550006", "reach": reaching(ELSEWHERE)}, Declined.WINDOW),
        (talks(), {"sender": "meta:nobody"}, Declined.SENDER),
    ],
)
def test_a_send_that_cannot_be_is_declined_and_says_nothing(found, more, why):
    result = acted(found, **more)

    assert (result.event.declined, result.deliveries, result.session) == (why, (), found)


def test_a_session_begins_where_there_is_none():
    result = acted(None, customer=WRITER, reach=reaching(BY_TELEGRAM))

    begun = result.session
    assert (begun.state, begun.agent_id, begun.route) == (State.NEW, "estate", BY_TELEGRAM)
    assert (result.event.created, begun.id) == ("t7", "t7")
    assert result.deliveries[0].route == BY_TELEGRAM


def test_and_where_the_last_one_is_closed_with_the_window_that_is_still_open():
    result = acted(talks(state=State.CLOSED))

    assert (result.session.state, result.session.id, result.session.window_until) == (State.NEW, "t7", OPEN)
    assert result.event.created == "t7"
    assert str(result.event.to_fields()["state"]) == "CLOSED>NEW"
    assert [one.text for one in result.session.context.message_history] == ["your viewing is at ten"]


def test_a_named_sender_is_the_one_of_the_route_too():
    assert acted(talks(), sender=f"{ROUTE.channel}:{ROUTE.sender}").event.declined is None


def test_whoever_has_the_conversation_answers_by_it():
    found = talks(state=State.WAITING_AGENT, held_by=CRM, waiting_since=START)

    assert acted(found).session.waiting_since is None
    assert acted(found).session.held_by == CRM


def test_options_as_numbers_can_be_chosen_by_number():
    menu = Reply(text="Which?", buttons=(Button(id="a", title="ten"), Button(id="b", title="noon")))

    result = acted(talks(), reply=menu, render=lambda _, reply: (Reply(text=reply.text),))

    assert [one.id for one in result.session.context.offered] == ["a", "b"]


def test_known_facts_change_and_whoever_has_the_conversation_keeps_it():
    known = KnownFacts.model_validate({"budget": 3, "location": "Maadi"})
    found = talks(held_by="mona", state=State.WAITING_AGENT).change_context(extracted_info=known)

    result = acted(found, AMEND, reply=None, known={"budget": 4, "stage": "won"}, withdrawn=("location",))

    assert result.session.context.extracted_info.stored() == {"budget": 4, "stage": "won"}
    assert (result.session.held_by, result.deliveries, result.silence) == ("mona", (), None)
    assert (result.event.action, result.event.by) == ("amend", CRM)


def test_more_facts_than_are_kept_are_declined():
    result = acted(talks(), AMEND, reply=None, known={"notes": "x" * MOST_KNOWN})

    assert (result.event.declined, result.session) == (Declined.FULL, talks())


def test_no_client_silences_the_assistant_by_writing():
    assert not SILENCING & {SEND, AMEND}


def test_no_agent_has_the_name_of_a_client():
    assert is_reserved("api:crm")
    assert is_reserved("API:crm")
    assert not is_reserved("apinya")


@given(
    known=st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=4),
    withdrawn=st.lists(st.text(max_size=8), max_size=3),
)
def test_an_amendment_is_read_back_as_it_was_written(known, withdrawn):
    known = {name: value for name, value in known.items() if value is not None}
    one = action(AMEND, agent=CRM, known=known, withdrawn=tuple(withdrawn))

    assert read_back(one) == one
    assert '"format":3' in one.to_json()


def test_a_send_is_read_back_as_it_was_written():
    one = action(
        SEND, agent=CRM, reply=Reply(text="hi", media="https://villas.example/7.jpg"), sender="meta:1"
    )

    assert read_back(one) == one
    assert isinstance(read_back(one), AgentAction)
    assert acted(talks(), reply=Reply(text="hi")).session.context.message_history[-1].content == Text(
        text="hi"
    )


def test_a_message_template_is_sent_when_the_window_is_over_and_to_who_never_wrote():
    template = Reply(template=Template(name="order_ready", language="en"))

    late = acted(talks(window_until=START), reply=template)
    first = acted(None, reply=template, reach=reaching(ROUTE))

    for result in (late, first):
        assert result.event.declined is None
        assert {one.window_until for one in result.deliveries} == {0}
        assert result.session.context.message_history[-1].content.name == "order_ready"


def test_marketing_is_not_sent_to_who_wishes_none():
    stop, resume = (Marketing(wish=wish, at=1) for wish in ("stop", "resume"))
    offer, reminder = (
        Reply(template=Template(name="offer", language="en", category=category))
        for category in ("MARKETING", "UTILITY")
    )

    assert acted(talks(), reply=offer, marketing=stop).event.declined == Declined.MARKETING
    for reply, wish in ((offer, resume), (offer, None), (reminder, stop)):
        assert acted(talks(), reply=reply, marketing=wish).event.declined is None
    # What is sent to many is marketing as long as nothing else is known.
    unknown = Reply(template=Template(name="offer", language="en"))
    assert acted(talks(), reply=unknown, marketing=stop).event.declined is None
    declined = acted(talks(), reply=unknown, marketing=stop, agent="campaign:spring").event.declined
    assert declined == Declined.MARKETING


def test_a_campaign_is_said_in_its_name_and_remembered_until_the_customer_writes():
    campaign = Campaign(name="spring", template="offer", language="en", sender=BY_META)
    row = action_of(campaign, 17, Recipient(customer=CUSTOMER), START)
    fields = row.model_dump(include={"id", "agent", "sender", "unless_agent"}) | {"reply": row.reply}

    result = acted(talks(), **fields)

    assert result.event.channels == ("campaign",)
    assert {one.id for one in result.deliveries} == {"campaign:spring:17.0", "campaign:spring:17.1"}
    assert (result.session.campaign.row, result.session.campaign.at) == ("spring:17", to_ms(START))
    assert acted(talks(), reply=row.reply).session.campaign is None
    with_mona = talks(state=State.WAITING_AGENT, held_by="mona")
    assert acted(with_mona, **fields).event.declined == Declined.HELD
    # A name that looks like one of a campaign is no agent's.
    assert is_reserved("Campaign:spring")
