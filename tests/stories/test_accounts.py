"""A provider's warning about an account is logged once and stays visible until it is withdrawn."""

import json

import pytest
from click.testing import CliRunner

from session.keys import Keys
from session.pauses import Trouble
from session.store import TroubleStore
from session.store.senders import AT_MOST
from tests.clocks import START
from tests.stores import Stores, at_once, scripts_by
from tests.webhook.metrics.scraping import Scraper
from worker.channels.meta.accounts import account_news
from worker.cli import main

LOCKED = {"code": 131031, "title": "Account has been locked"}


def tells(story, field, account="2", **value):
    assert story.posts_change({"field": field, "value": value}, account) == 200
    story.work()


def scheduled(story):
    ban = {"waba_ban_state": ["SCHEDULE_FOR_DISABLE"], "waba_ban_date": "2026-12-01"}
    tells(story, "account_update", event="DISABLED_UPDATE", ban_info=ban)


def warnings(log):
    return [line for line in log if line.startswith("WARNING") and "warning of the provider" in line]


def test_an_account_that_will_be_disabled_is_an_event_a_metric_and_a_warning(tell, log):
    story = tell()
    metrics = Scraper(story)

    scheduled(story)
    scheduled(story)  # Meta delivers it twice

    (line,) = warnings(log)
    assert "DISABLED_UPDATE SCHEDULE_FOR_DISABLE 2026-12-01" in line
    (event,) = story.events()
    assert (event["trouble"], event["line"], event["code"]) == (
        "account_update",
        "meta:account:2",
        "DISABLED_UPDATE",
    )
    story.sweep()
    figures = metrics.figures()
    assert figures["inturn_account_troubles_total", "kind=account_update"] == 1
    open_ = ("inturn_account_trouble", "about=meta:account:2", "code=DISABLED_UPDATE", "kind=account_update")
    assert figures[open_] == 1

    tells(story, "account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": ["REINSTATE"]})

    assert open_ not in metrics.figures()
    assert story.events()[-1]["over"] == "1"


def test_an_error_beside_the_messages_is_about_the_sender_and_costs_no_message(tell, log):
    story = tell()
    message = {
        "from": "201234567890",
        "id": "wamid.1",
        "timestamp": "4102488000",
        "type": "text",
        "text": {"body": "hi"},
    }

    tells(
        story,
        "messages",
        metadata={"phone_number_id": "106540352242922"},
        errors=[LOCKED, "no object"],
        messages=[message],
    )

    assert story.hears("+201234567890") == ["hi"]
    assert [line for line in warnings(log) if "131031 Account has been locked" in line]
    assert [event["line"] for event in story.events() if "trouble" in event] == ["meta:106540352242922"]
    assert [letter["why"] for letter in story.dead_letters()] == ["not an object"]


@pytest.mark.parametrize(
    ("field", "value", "code", "over"),
    [
        (
            "phone_number_quality_update",
            {"event": "FLAGGED", "display_phone_number": "1555"},
            "FLAGGED",
            False,
        ),
        (
            "phone_number_quality_update",
            {"event": "UNFLAGGED", "display_phone_number": "1555"},
            "UNFLAGGED",
            True,
        ),
        ("phone_number_status", {"status": "RESTRICTED"}, "RESTRICTED", False),
        ("phone_number_status", {"status": "CONNECTED"}, "CONNECTED", True),
        ("phone_number_name_update", {"decision": "REJECTED"}, "REJECTED", False),
        ("account_review_update", {"decision": "APPROVED"}, "APPROVED", True),
        (
            "account_update",
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}},
            "ACCOUNT_VIOLATION",
            False,
        ),
        ("account_alerts", {"alert_info": {"alert_severity": "CRITICAL", "alert_type": "OBA"}}, "OBA", False),
    ],
)
def test_warnings_about_accounts_and_numbers_are_parsed(field, value, code, over):
    news = account_news(field, value, account="2")
    assert news is not None
    assert (news.trouble.code, news.over) == (code, over)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_update", {"event": "VERIFIED_ACCOUNT"}),
        ("account_update", {"event": 5, "ban_info": [], "restriction_info": "x"}),
        ("account_alerts", {"alert_info": {"alert_severity": "INFORMATIONAL"}}),
        ("phone_number_quality_update", {"event": "ONBOARDING"}),
        ("message_template_status_update", {"event": "REJECTED"}),
    ],
)
def test_a_notice_without_a_problem_is_not_a_warning(field, value):
    assert account_news(field, value, account="2") is None


@pytest.fixture
def inturn(valkey, valkey_socket, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    return lambda *arguments: CliRunner().invoke(main, ["channels", *arguments])


@pytest.fixture
def troubles(valkey):
    return Stores.on(valkey).troubles


FLAGGED = Trouble(
    about="meta:number:1555", kind="phone_number_quality_update", code="FLAGGED", words="TIER_1", at=1
)


def test_operators_can_list_and_remove_a_warning(inturn, troubles):
    assert inturn("list").output == "no sender is paused\n"
    troubles.note(FLAGGED, now=START)

    assert "FLAGGED: TIER_1" in inturn("list").output
    (told,) = json.loads(inturn("list", "--json").output)["troubles"]
    assert told["code"] == "FLAGGED"

    assert "removed" in inturn("resume", "meta:number:1555").output
    assert troubles.all() == []
    assert inturn("resume", "meta:number:1555").exit_code == 1


def test_a_repeated_warning_is_ignored_and_a_new_one_of_the_same_kind_replaces_it(troubles):
    worse = FLAGGED.model_copy(update={"words": "TIER_0"})
    assert [troubles.note(one, now=START) for one in (FLAGGED, FLAGGED, worse)] == [True, False, True]
    assert troubles.all() == [worse]
    assert [troubles.note(worse, now=START, over=True) for _ in range(2)] == [True, False]


def test_the_number_of_warnings_is_limited(troubles):
    for n in range(AT_MOST + 5):
        assert troubles.note(FLAGGED.model_copy(update={"about": f"meta:number:{n}"}), now=START)
    assert len(troubles.all()) == AT_MOST


def test_an_unreadable_warning_does_not_hide_the_others(troubles, valkey):
    troubles.note(FLAGGED, now=START)
    valkey.hset("troubles", "x|y", b"\xff{")
    valkey.hset("troubles", "meta:number:2|errors", "[]")

    assert troubles.all() == [FLAGGED]
    assert troubles.note(FLAGGED.model_copy(update={"about": "meta:number:2", "kind": "errors"}), now=START)


def test_warnings_are_kept_in_the_first_shard_only(valkey):
    at_once(valkey, TroubleStore(scripts_by(), Keys(4))).note(FLAGGED, now=START)
    assert sorted(valkey.scan_iter()) == ["{s0}:events", "{s0}:troubles"]
