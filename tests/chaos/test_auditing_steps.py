"""The audit of steps: a booking that is made again needs a fault, or an assistant that took too long."""

import pytest

from session.event_records import EventRecord
from session.events import ActionTaken
from tests.chaos.auditing_steps import audit_bookings
from tests.chaos.findings import Findings
from tests.chaos.ledger import Customer, Ledger
from tests.chaos.options import Options
from tests.chaos.story import Retold
from tests.chaos.strikes import Strike, Strikes, nothing
from tests.chaos.witness import Seen


def booked_twice(folder, call="", strikes=(), *, asked_again=False, **options):
    """Return what the audit finds about a message for which something was booked at 100.2 and 103.5 s."""
    ledger = Ledger()
    post = ledger.next_post(ledger.add(Customer(name="+201", channel="meta")), 100.0)
    (folder / "booked-1").write_text(f"{post.id} key 100.200000\n{post.id} key 103.500000\n")
    kind = "left" if "left" in call else "calls"
    (folder / f"{kind}-1").write_text(f"+201 {call}\n" if call else "")
    told = Retold(options=Options(assistant_timeout=2, **options), ledger=ledger, seen=Seen())
    if asked_again:
        late = ActionTaken(action="time_out", asked=(post.id,))
        told.seen.events.append(EventRecord(at=103_000, event=late, fields={}))
    audit_bookings(told, folder, Strikes(list(strikes)), found := Findings())
    return [broken.promise for broken in found.broken]


@pytest.mark.parametrize("call", ["100.1 102.1 cancelled", "100.1 104.0 left"])
def test_an_assistant_that_took_too_long_is_a_reason(tmp_path, call):
    assert booked_twice(tmp_path, call) == []


@pytest.mark.parametrize(
    "call", ["", "100.1 100.6 cancelled", "100.1 102.1 answered", "101.0 103.0 cancelled"]
)
def test_without_a_reason_it_is_a_doubled_effect(tmp_path, call):
    assert booked_twice(tmp_path, call) == ["doubled effect"]


@pytest.mark.parametrize(("how", "broken"), [("cancelled", []), ("answered", ["doubled effect"])])
def test_a_call_that_a_takeover_has_ended_is_a_reason_if_nobody_has_answered_until_the_time_out(
    tmp_path, how, broken
):
    assert booked_twice(tmp_path, f"100.1 100.6 {how}", asked_again=True) == broken


@pytest.mark.parametrize(("call", "broken"), [("", []), ("100.1 100.6 answered", ["doubled effect"])])
def test_a_message_that_kills_its_process_is_a_reason_for_what_was_at_work_there(tmp_path, call, broken):
    assert booked_twice(tmp_path, call, killers=1) == broken


@pytest.mark.parametrize(("kind", "broken"), [("group-kill", []), ("provider-slow", ["doubled effect"])])
def test_a_fault_is_a_reason_if_a_turn_is_taken_again_after_it(tmp_path, kind, broken):
    strike = Strike(kind, "", 1, nothing, nothing, began_at=101, ended_at=102)

    assert booked_twice(tmp_path, strikes=[strike]) == broken
