"""What became of a message that another program has sent, from the moment on when it is stored."""

from session.agent_actions import CLIENT, AgentActionType
from session.contents import Text
from session.event_records import EventRecord
from session.events import OPTED_OUT, ActionTaken, ReplyFailed, StatusNoted
from session.history import Role, entry
from session.policy import Policy
from session.progress import Progress, SendSnapshot, Stage, differs, outcome_of, progress_of
from session.replies import Reply
from tests.clocks import START
from tests.values import action, delivery, session

ID = "api-1"
SEND = action(AgentActionType.SEND, id=ID, agent=f"{CLIENT}crm", reply=Reply(text="hello"))


def stored(**fields):
    nothing = {
        "record": "",
        "opted_out": False,
        "known": False,
        "unread": 0,
        "mailbox": (),
        "outbox": (),
        "waiting": 0,
        "deliveries": {},
    }
    return SendSnapshot(**nothing | fields)


def happened(*events):
    return [EventRecord(at=n, event=event, fields={}) for n, event in enumerate(events)]


def stage(*events, **fields):
    found = progress_of(ID, stored(**fields), happened(*events))
    return found and (found.stage, found.why)


def test_it_is_followed_from_the_intake_to_the_customer():
    waits = delivery("api-1.0").to_json()

    assert stage() is None
    assert stage(unread=3) == ("accepted", "")
    assert stage(known=True, mailbox=(SEND.to_json(),)) == ("accepted", "")
    assert stage(known=True, outbox=(delivery("t1.0").to_json(), waits)) == ("queued", "")
    assert stage(known=True, outbox=(waits,), deliveries={"api-1.0": "unknown"}) == ("in_doubt", "")
    for state in ("sent", "delivered", "read"):
        assert stage(known=True, deliveries={"api-1.0": state, "api-11.0": "failed"}) == (state, "")
    assert stage(known=True, unread=3) == ("unknown", "")


def test_of_several_parts_the_one_that_is_furthest_behind_counts():
    assert stage(known=True, deliveries={"api-1.0": "read", "api-1.1": "sent"}) == ("sent", "")


def test_the_reason_is_that_of_its_own_events():
    other = ReplyFailed(delivery="t1.0", failed="1: other")

    assert stage(
        other,
        ActionTaken(action="send", action_id="api-2", declined="gone"),
        ActionTaken(action="send", action_id=ID, declined="window"),
        known=True,
    ) == ("declined", "window")
    failed = {"known": True, "deliveries": {"api-1.0": "failed"}}
    assert stage(ReplyFailed(delivery="api-1.0", failed="131026: gone"), other, **failed) == (
        "failed",
        "131026: gone",
    )
    assert stage(
        StatusNoted(delivery="api-1.0", status="failed", code="131049", words="not now"), **failed
    ) == ("failed", "131049: not now")
    assert stage(**failed) == ("failed", "")


def test_a_stop_cancels_it():
    failed = ReplyFailed(delivery="api-1.0", failed=OPTED_OUT)

    assert stage(failed, known=True, deliveries={"api-1.0": "failed"}) == ("cancelled", OPTED_OUT)
    assert stage(known=True, deliveries={"api-1.0": "cancelled"}) == ("cancelled", "")


def test_a_reason_of_before_is_not_told_of_what_has_arrived_after_all():
    failed = ReplyFailed(delivery="api-1.0", failed="1: no")

    assert progress_of(
        ID, stored(known=True, deliveries={"api-1.0": "delivered"}), happened(failed)
    ) == Progress(stage=Stage.DELIVERED)


def test_whatever_cannot_be_read_is_not_it():
    assert stage(
        known=True, mailbox=("junk", '{"deed":'), outbox=("junk",), deliveries={"api-1.0": "new"}
    ) == (
        "unknown",
        "",
    )


def test_an_action_that_sends_nothing_is_done_or_declined():
    def came_to(*events, **fields):
        found = outcome_of(ID, stored(**fields), happened(*events))
        return found and (found.stage, found.why)

    assert came_to() is None
    assert came_to(unread=1) == ("accepted", "")
    assert came_to(known=True) == ("unknown", "")
    assert came_to(ActionTaken(action="close", action_id=ID), known=True) == ("done", "")
    assert came_to(ActionTaken(action="close", action_id=ID, declined="held"), known=True) == (
        "declined",
        "held",
    )


def test_another_body_under_the_same_id_is_seen_where_the_first_one_still_is():
    said = entry(Role.AGENT, Text(text="hello"), at=START, id="api-1.0")
    told = session().with_entry(said, Policy())
    waits = stored(mailbox=(SEND.to_json(),))

    assert not differs(ID, Reply(text="hello"), waits, None)
    assert differs(ID, Reply(text="bye"), waits, None)
    assert differs(ID, Reply(text="hello", media="https://v.example/7.jpg"), waits, told)
    assert not differs(ID, Reply(text="hello"), stored(), told)
    assert differs(ID, Reply(text="bye"), stored(), told)
    assert not differs("api-2", Reply(text="bye"), waits, told)
