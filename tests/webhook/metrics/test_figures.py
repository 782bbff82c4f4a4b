"""What /metrics says after a known script of messages: every figure."""

from session import Turn
from session.loads import Load
from tests.stores import Stores
from tests.stories.telling import ALIA, OMAR, text_from
from tests.webhook.metrics.scraping import Scraper, told


def fault(story, channel, mode, **more):
    answer = story.phone.post("/simulator/faults", json={"channel": channel, "mode": mode, **more})
    assert answer.status_code == 200, answer.json


def escalating(turn: Turn) -> str:
    if "person" in turn.text:
        turn.escalate("asked")
        return "A colleague will answer."
    if "bye" in turn.text:
        turn.close()
    return f"You said: {turn.text}"


def test_without_any_event_the_metrics_are_zero(tell):
    figures = Scraper(tell()).figures()

    assert told(figures) == {}
    assert figures["inturn_turns_total",] == 0
    assert figures["inturn_sessions", "state=ACTIVE"] == 0
    assert figures["inturn_waiting", "queue=intake"] == 0


def test_every_figure_after_a_known_script(tell):
    story = tell(escalating, rate_limit_messages_per_hour=3)
    metrics = Scraper(story)

    # Given Alia, who writes, is told, and writes above her limit
    story.says("one")
    story.tells_status(story.receives()[-1], "delivered")
    story.says("two")
    story.says("three")
    story.says("four, too many")
    # and Omar, who writes through the other sender and wants a person
    story.says("hello", OMAR, "twilio")
    story.says("a person, please", OMAR, "twilio")
    # and a message that its provider delivers twice
    assert story.posts_meta(text_from("+15550002222", "twice", "wamid.twice")) == 200
    assert story.posts_meta(text_from("+15550002222", "twice", "wamid.twice")) == 200
    story.work()
    # and one that comes while nobody works, whose answer is refused seven seconds later
    fault(story, "meta", "reject", count=1)
    story.posts("bye", "+15550003333")
    story.clock.move(seconds=7)
    story.work()
    # and a throttled reply, which waits
    fault(story, "meta", "throttle", count=1)
    story.says("slow", "+15550004444")
    # and two bodies that nobody has read yet
    story.posts("unread")
    story.clock.move(seconds=3)
    story.posts("unread too")
    story.wakeups.waiting.clear()

    # Then a process that has seen none of it says all of it
    figures = metrics.figures()
    assert told(figures) == {
        ("inturn_messages_total", "channel=meta", "type=text"): 7,
        ("inturn_messages_total", "channel=twilio", "type=text"): 2,
        ("inturn_turns_total",): 9,
        ("inturn_duplicates_total",): 1,
        ("inturn_rate_limited_total",): 1,
        ("inturn_replies_total", "channel=meta", "outcome=sent"): 5,
        ("inturn_replies_total", "channel=meta", "outcome=refused"): 1,
        ("inturn_replies_total", "channel=twilio", "outcome=sent"): 2,
        ("inturn_statuses_total", "status=delivered"): 1,
        ("inturn_replies_priced_total", "billable=yes", "category=service"): 1,
        (
            "inturn_cost_total",
            "assistant=worker.assistants.echo:assistant",
            "campaign=",
            "category=service",
            "country=EG",
            "currency=USD",
            "line=meta:…922",
        ): 0.0036,
        ("inturn_sessions_created_total",): 5,
        ("inturn_session_steps_total", "from=NEW", "to=ACTIVE"): 4,
        ("inturn_session_steps_total", "from=ACTIVE", "to=WAITING_AGENT"): 1,
        ("inturn_session_steps_total", "from=NEW", "to=CLOSED"): 1,
        ("inturn_escalations_total",): 1,
        ("inturn_commit_seconds_count",): 9,
        ("inturn_commit_seconds_sum",): 7,
        ("inturn_sent_seconds_count",): 7,
        ("inturn_sessions", "state=ACTIVE"): 3,
        ("inturn_sessions", "state=WAITING_AGENT"): 1,
        ("inturn_sessions", "state=CLOSED"): 1,
        ("inturn_waiting", "queue=intake"): 2,
        ("inturn_oldest_seconds", "queue=intake"): 3,
        ("inturn_waiting", "queue=outboxes"): 1,
        ("inturn_oldest_seconds", "queue=outboxes"): 3,
        ("inturn_waiting", "queue=dead"): 1,
        ("inturn_oldest_seconds", "queue=dead"): 3,
        # the intake, a delivery, and three sessions that may go idle, and one whose agent may be late
        ("inturn_due",): 6,
        ("inturn_overdue",): 1,
        ("inturn_sweep_lag_seconds",): figures["inturn_sweep_lag_seconds",],
        ("inturn_leases_granted_total",): story_fences(story),
        ("inturn_events",): len(story.events()),
    }
    assert 0 < figures["inturn_sweep_lag_seconds",] <= 3
    assert figures["inturn_commit_seconds_bucket", "le=0.05"] == 8
    assert figures["inturn_commit_seconds_bucket", "le=5"] == 8
    assert figures["inturn_commit_seconds_bucket", "le=10"] == 9
    assert figures["inturn_commit_seconds_bucket", "le=+Inf"] == 9
    assert figures["inturn_sent_seconds_bucket", "le=0.05"] == 7


def story_fences(story):
    return int(story.redis.get("fence"))


def test_scraping_twice_counts_nothing_twice(tell):
    story = tell()
    story.says("hello")

    first, second = Scraper(story).figures(), Scraper(story).figures()

    assert first == second


def test_messages_that_wait_for_their_turn_are_seen_with_their_age(tell):
    def failing(turn: Turn) -> str:
        raise RuntimeError

    story = tell(failing)
    story.says("one")
    story.clock.move(seconds=0.4)
    story.says("two")

    figures = Scraper(story).figures()
    assert figures["inturn_waiting", "queue=mailboxes"] == 2
    assert 0 <= figures["inturn_oldest_seconds", "queue=mailboxes"] <= 1


def test_a_paused_sender_is_named_with_the_code_of_the_provider(tell):
    story = tell()
    fault(story, "meta", "reject", code=190)
    story.says("hello")

    figures = Scraper(story).figures()

    assert figures["inturn_paused_lines",] == 1
    assert figures["inturn_paused_line", "channel=meta", "code=190", "line=…922"] == 1


def test_a_repeated_reply_has_its_own_outcome(tell):
    story = tell()
    fault(story, "meta", "drop", count=1)
    story.says("maybe")
    story.waits(seconds=10)

    figures = Scraper(story).figures()

    assert figures["inturn_sends_in_doubt_total",] == 1
    assert figures["inturn_replies_total", "channel=meta", "outcome=resent"] == 1
    assert figures["inturn_sent_seconds_sum",] == 10


def test_opt_outs_and_their_unsent_replies_are_counted(tell):
    story = tell()
    fault(story, "meta", "throttle", count=1)
    story.says("hello")
    story.says("stop")
    story.waits(minutes=1)

    figures = Scraper(story).figures()

    assert figures["inturn_consent_total", "way=out"] == 1
    assert figures["inturn_replies_total", "channel=meta", "outcome=opted_out"] == 1
    assert figures["inturn_waiting", "queue=outboxes"] == 0


def test_what_the_loops_of_all_workers_hold_is_summed(tell):
    story = tell()
    loads = Stores.on(story.redis, clock=story.clock).loads
    loads.note("one", Load(conversations=150, places=200, waiting=0, assistants=140, threads=3, sends=4))
    loads.note("two", Load(conversations=50, places=50, waiting=6, assistants=10, threads=2, sends=5))

    figures = Scraper(story).figures()

    assert figures["inturn_workers",] == 2
    held = {
        what: figures["inturn_loop", f"what={what}"] for what in ("conversations", "waiting", "assistants")
    }
    assert held == {"conversations": 200, "waiting": 6, "assistants": 150}
    assert (figures["inturn_loop", "what=threads"], figures["inturn_loop", "what=sends"]) == (5, 9)
    assert figures["inturn_loop_places",] == 250
    assert figures["inturn_loop_fullest",] == 1


def test_the_last_sweep_leaves_its_time(tell):
    story = tell()
    story.sweep()
    story.clock.move(seconds=30)

    assert Scraper(story).figures()["inturn_sweep_age_seconds",] == 30


def test_no_customer_and_no_text_is_in_it(tell):
    story = tell(escalating)
    story.says("my secret")
    story.says("my secret too", OMAR, "twilio")

    text = Scraper(story).text()

    assert not [word for word in (ALIA[1:], OMAR[1:], "secret", "14155238886") if word in text]
