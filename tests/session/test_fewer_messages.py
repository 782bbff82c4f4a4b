"""The replies of a turn in fewer messages: nothing lost, the order kept, no limit passed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Button, Menu, Reply, Row
from session.admission import admit
from session.fewer_messages import in_fewer
from session.limits import Usages
from session.outgoing import TurnContext
from session.policy import Policy
from session.replies import Link
from session.templates import Template
from session.turn import Effects
from session.turn_result import settle
from tests.clocks import START
from tests.values import message
from worker.channels.meta import rendering as meta
from worker.channels.texts import units
from worker.channels.twilio import sending as twilio

MENU = Menu(button="Show", rows=(Row(id="r1", title="One"), Row(id="r2", title="Two")))
BUTTONS = (Button(id="yes", title="Yes"), Button(id="no", title="No"))
PICTURE = "https://villas.example/7.jpg"
RENDERERS = [meta.render, twilio.render]


def texts(replies, render=meta.render, **how):
    return [reply.text for reply in in_fewer(replies, render, **how)]


@pytest.mark.parametrize("render", RENDERERS)
def test_texts_become_one_with_a_blank_line_between(render):
    assert in_fewer([Reply(text="One moment."), Reply(text="Two villas."), Reply(text="More?")], render) == [
        Reply(text="One moment.\n\nTwo villas.\n\nMore?")
    ]


@pytest.mark.parametrize(
    "carries",
    [
        {"menu": MENU},
        {"buttons": BUTTONS},
        {"media": PICTURE},
        {"media": PICTURE, "buttons": BUTTONS},
        {"link": Link(title="Open", url="https://villas.example")},
        {"asks_location": True},
    ],
)
def test_a_text_goes_into_the_body_or_the_caption_of_what_follows(carries):
    (reply,) = in_fewer([Reply(text="Here they are."), Reply(text="Choose:", **carries)], meta.render)

    assert reply == Reply(text="Here they are.\n\nChoose:", **carries)
    assert len(meta.render(reply)) == 1


def test_a_menu_without_a_text_gets_that_before_it():
    assert in_fewer([Reply(text="Choose:"), Reply(menu=MENU)], meta.render) == [
        Reply(text="Choose:", menu=MENU)
    ]


def test_what_follows_options_or_a_picture_stays_behind_them():
    said = [Reply(text="Choose:", menu=MENU), Reply(text="or write."), Reply(media=PICTURE), Reply(text="!")]

    assert in_fewer(said, meta.render) == [
        Reply(text="Choose:", menu=MENU),
        Reply(text="or write.", media=PICTURE),
        Reply(text="!"),
    ]


def test_what_would_not_be_one_message_less_stays_as_it_is():
    too_long = [Reply(text="a" * 1000), Reply(text="b" * 30, menu=MENU)]
    a_place = [Reply(text="Here:"), Reply(contacts=[{"name": "Mona"}])]

    assert in_fewer(too_long, meta.render) == too_long
    assert in_fewer(a_place, meta.render) == a_place
    assert texts([Reply(text="a" * 900), Reply(text="b" * 900)], twilio.render) == ["a" * 900, "b" * 900]


def test_a_reply_that_is_separate_stays_alone_on_both_sides_unless_even_those_are_joined():
    said = [Reply(text="a"), Reply(text="b", separate=True), Reply(text="c"), Reply(text="d")]

    assert texts(said) == ["a", "b", "c\n\nd"]
    assert texts(said, even_separate=True) == ["a\n\nb\n\nc\n\nd"]


def test_a_quote_stays_with_what_quotes():
    first, second = Reply(text="a", reply_to="m1"), Reply(text="b", reply_to="m2")

    assert in_fewer([first, Reply(text="b")], meta.render) == [Reply(text="a\n\nb", reply_to="m1")]
    assert in_fewer([first, second], meta.render) == [first, second]
    assert in_fewer([Reply(text="a"), second], meta.render) == [Reply(text="a"), second]


def test_a_template_and_a_reply_that_says_nothing_are_left_alone():
    said = [
        Reply(text="a"),
        Reply(template=Template(name="n", language="en")),
        Reply(text=" "),
        Reply(text="b"),
    ]

    assert in_fewer(said, meta.render) == said


REPLIES = st.lists(
    st.one_of(
        st.builds(
            Reply,
            text=st.text("ab \n😀é", max_size=12).flatmap(
                lambda piece: st.integers(1, 400).map(lambda times: piece * times)
            ),
            separate=st.booleans(),
            reply_to=st.sampled_from([None, None, "m1", "m2"]),
        ),
        st.builds(
            lambda text, carries: Reply(text=text, **carries),
            st.sampled_from(["", "Choose:", "x y " * 200, "z" * 1030]),
            st.sampled_from([{"menu": MENU}, {"buttons": BUTTONS}, {"media": PICTURE}]),
        ),
    ),
    max_size=7,
)


def said_in(replies):
    return "".join("".join(reply.text.split()) for reply in replies)


def carried(replies):
    return [(one.menu, one.buttons, one.media) for one in replies if one.menu or one.buttons or one.media]


@pytest.mark.parametrize("render", RENDERERS)
@given(replies=REPLIES, even_separate=st.booleans())
def test_no_word_is_lost_the_order_is_kept_and_no_limit_is_passed(render, replies, even_separate):
    joined = in_fewer(replies, render, even_separate=even_separate)
    before = [part for reply in replies for part in render(reply)]
    after = [part for reply in joined for part in render(reply)]

    assert said_in(joined) == said_in(replies)
    assert carried(joined) == carried(replies)
    assert len(after) <= len(before)
    limit = meta.TEXT_LIMIT if render is meta.render else twilio.TEXT_LIMIT
    assert all(units(part.text) <= limit for part in after)
    assert in_fewer(joined, render, even_separate=even_separate) == joined


def test_the_deliveries_the_history_and_the_numbers_are_those_of_what_is_sent():
    messages = [message("m1", "hello")]
    admission = admit(
        None, messages, Usages(), now=START, new_id="s", policy=Policy(), wants_human=lambda _: False
    )
    said = [Reply(text="Here they are."), Reply(text="Choose:", menu=MENU), Reply(text="Or:", menu=MENU)]
    context = TurnContext(
        turn="t7",
        fence=1,
        now=START,
        policy=Policy(),
        render=lambda _, reply: twilio.render(reply),
        join=lambda _, replies: in_fewer(replies, twilio.render),
    )

    result = settle(admission, Effects(replies=said), messages, context)

    assert [(one.id, one.reply.text) for one in result.deliveries] == [
        ("t7.0", "Here they are.\n\nChoose:\n\n1. One\n2. Two"),
        ("t7.1", "Or:\n\n3. One\n4. Two"),
    ]
    history = result.session.context.message_history[1:]
    assert [(one.text, one.message_id) for one in history] == [
        ("Here they are.\n\nChoose:", "t7.0"),
        ("Or:", "t7.1"),
    ]
    assert [one.id for one in result.session.context.offered] == ["r1", "r2", "r1", "r2"]
