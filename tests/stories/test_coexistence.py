"""The business keeps its phone beside the system: what was said before comes in large bodies, and is answered by nobody."""

from datetime import timedelta

from session.models import Role, State
from session.records import to_ms
from tests.stories.telling import ALIA, METADATA, OMAR


def at(story, **ago):
    return str(to_ms(story.clock.now() - timedelta(**ago)) // 1000)


def older(story, text, id_, *, days, by=ALIA, **more):
    written = {"from": by.removeprefix("+"), "id": id_, "timestamp": at(story, days=days), "type": "text"}
    return written | {"text": {"body": text}, "history_context": {"status": "READ"}} | more


def history(*threads, phase=0, chunk=1, progress=55):
    found = [{"id": customer.removeprefix("+"), "messages": messages} for customer, messages in threads]
    about = {"phase": phase, "chunk_order": chunk, "progress": progress}
    return {
        "field": "history",
        "value": {"metadata": METADATA, "history": [{"metadata": about, "threads": found}]},
    }


def tell_of(story, change):
    assert story.posts_change(change) == 200
    story.work()


def said(story, customer=ALIA):
    return [(entry.role, entry.text) for entry in story.session(customer).context.message_history]


def test_five_hundred_old_messages_fill_histories_and_nobody_is_answered(tell, log):
    story = tell()
    threads = [
        (
            f"+2010000000{n:02}",
            [
                older(story, f"{n}/{m}", f"wamid.{n}.{m}", days=100 - m, by=f"+2010000000{n:02}")
                for m in range(25)
            ],
        )
        for n in range(20)
    ]

    tell_of(story, history(*threads))
    story.sweep()

    for customer, _ in threads:
        assert story.hears(customer) == []
        session = story.session(customer)
        assert len(session.context.message_history) == 20
        assert (session.state, session.message_count, session.window_until) == (State.NEW, 0, None)
    assert story.dead_letters() == []
    assert [line for line in log if line.startswith(("WARNING", "ERROR", "CRITICAL"))] == []
    assert story.redis.keys("rate:*") == []


def test_what_both_wrote_is_put_in_order_and_newer_words_stay_behind_it(tell):
    story = tell()
    story.says("hello")
    story.hears()
    chunk = history(
        (
            ALIA,
            [
                older(story, "thanks!", "wamid.3", days=40),
                older(story, "It is free.", "wamid.2", days=41, by="+15550001111"),
                older(
                    story,
                    "Never came.",
                    "wamid.x",
                    days=41,
                    by="+15550001111",
                    history_context={"status": "ERROR"},
                ),
                older(story, "Is the flat free?", "wamid.1", days=42),
            ],
        )
    )

    # The provider sends chunks in any order, and again.
    tell_of(story, chunk)
    tell_of(story, history((ALIA, [older(story, "good morning", "wamid.0", days=90)]), phase=1))
    tell_of(story, chunk)

    assert said(story) == [
        (Role.USER, "good morning"),
        (Role.USER, "Is the flat free?"),
        (Role.AGENT, "It is free."),
        (Role.USER, "thanks!"),
        (Role.USER, "hello"),
        (Role.ASSISTANT, "hello"),
    ]
    assert story.hears() == []


def test_an_attachment_is_described_by_a_later_body(tell):
    story = tell()
    placeholder = older(story, "", "wamid.1", days=3, type="media_placeholder")
    tell_of(story, history((ALIA, [placeholder])))
    picture = {"id": "900000000000001", "mime_type": "image/jpeg", "caption": "the kitchen"}
    described = older(story, "", "wamid.1", days=3, type="image", image=picture)
    change = {"field": "history", "value": {"metadata": METADATA, "messages": [described]}}

    tell_of(story, change)

    assert said(story) == [(Role.USER, "the kitchen")]


def test_a_business_that_shares_nothing_is_no_alarm(tell, log):
    story = tell()
    error = {"code": 2593109, "title": "History sync is turned off by the business"}
    change = {"field": "history", "value": {"metadata": METADATA, "history": [{"errors": [error]}]}}

    tell_of(story, change)

    assert story.dead_letters() == []
    assert [line for line in log if "shares no history" in line and line.startswith("INFO")]
    assert story.events() == []


def test_who_writes_after_it_is_answered_as_anybody_is(tell):
    story = tell()
    tell_of(story, history((OMAR, [older(story, "a flat", "wamid.1", days=9, by=OMAR)])))

    story.says("is it free?", OMAR)

    assert story.hears(OMAR) == ["is it free?"]
    assert story.session(OMAR).message_count == 1


def test_an_account_that_leaves_is_news_of_the_account(tell):
    story = tell()

    assert story.posts_change({"field": "account_update", "value": {"event": "ACCOUNT_OFFBOARDED"}}) == 200
    story.work()

    assert [event["code"] for event in story.events() if "trouble" in event] == ["ACCOUNT_OFFBOARDED"]


def test_what_nobody_reads_is_counted_by_its_name(tell):
    story = tell()
    contact = {"type": "contact", "contact": {"full_name": "Mona"}, "action": "add"}

    for field in ("smb_app_state_sync", "group_lifecycle_update", "x" * 60):
        tell_of(story, {"field": field, "value": {"metadata": METADATA, "state_sync": [contact]}})

    counted = {name: n for name, n in story.redis.hgetall("tally").items() if name.startswith("ignored")}
    assert counted == {
        "ignored|smb_app_state_sync": "1",
        "ignored|group_lifecycle_update": "1",
        "ignored|other": "1",
    }
    assert story.events() == story.dead_letters() == []
