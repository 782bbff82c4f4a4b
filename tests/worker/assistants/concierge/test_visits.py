"""Visits: which property, when, is that right; then a person has both, and the customer a reminder."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from session.history import HistoryEntry, Role
from session.hours import Hours
from session.models import State
from session.testing import Conversation, choice, quote, tap, timer, turn
from session.waiting import WhileWaiting
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.concierge import assistant
from worker.assistants.concierge.visits import remind

CAIRO = ZoneInfo("Africa/Cairo")
#: Tuesday, two in the afternoon in Cairo.
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ANY_TIME = Hours.of("Africa/Cairo")
OFFICE = Hours.of("Africa/Cairo", business={"sat-thu": "09:00-17:00"})


@pytest.fixture
def visitor(catalogue):
    return Visitor(catalogue)


class Visitor(Conversation):
    """Wants to visit something in Cairo, on a Tuesday."""

    def __init__(self, catalogue, hours=ANY_TIME):
        super().__init__(assistant, catalogue=catalogue, kind="properties", now=NOW, hours=hours)

    def sees(self, text="villa in Sheikh Zayed"):
        """Look for something; returns the ids that are shown."""
        rows = self.says(text).replies[-1].menu.rows
        return [row.id.removeprefix("show:") for row in rows if row.id.startswith("show:")]


def test_everything_in_one_message_needs_one_confirmation(visitor):
    second = visitor.sees()[1]

    asked = visitor.says("Can i see the second one tomorrow at 5?")
    assert f"({second}), Wednesday 2 December at 17:00. Is that correct?" in asked.text
    assert asked.escalated is None

    done = visitor.says("yes")
    assert done.escalated == f"visit: {second}, Villa in Sheikh Zayed, Wed 2 Dec 17:00"
    assert "passed your visit on" in done.text
    assert "shortly" in done.text


@pytest.mark.parametrize(
    "turns",
    [
        ("villa in Sheikh Zayed", "can I come and see one?", "the first", "Friday afternoon", "that's right"),
        ("فيلا في الشيخ زايد", "عايز اعاين", "التانية", "بكرة الساعة ٥", "ايوه"),
        ("villa fel sheikh zayed", "3ayez mo3ayna", "el oula", "el 7ad el gay el sa3a 12", "mazboot"),
    ],
)
def test_what_is_not_said_is_asked_for_one_after_the_other(visitor, turns):
    search, wish, record, when, yes = turns
    ids = visitor.sees(search)

    assert [row.id.removeprefix("show:") for row in visitor.says(wish).replies[0].menu.rows] == ids
    assert ids[0] in (said := visitor.says(record).text) or ids[1] in said
    assert visitor.says(when).replies[0].buttons
    assert visitor.says(yes).escalated.startswith("visit: EG")


def test_a_row_can_be_tapped_for_the_visit(visitor):
    ids = visitor.sees()
    visitor.says("book a viewing")
    assert ids[1] in visitor.says(choice(f"show:{ids[1]}", "Villa")).text
    assert visitor.says("saturday 11").replies[0].buttons
    assert ids[1] in visitor.says(tap("visit:yes", "Yes, correct")).escalated


@pytest.mark.parametrize(
    ("said", "which"), [("the last one", -1), ("the cheaper one", 0), ("{1}", 1), ("number 2", 1)]
)
def test_a_record_is_meant_by_its_place_its_price_or_its_code(visitor, said, which):
    ids = visitor.sees()
    prices = [visitor.catalogue.get("properties", one).price for one in ids]
    meant = ids[prices.index(min(prices))] if "cheaper" in said else ids[which]

    assert meant in visitor.says(f"I want to visit {said.format(*ids)} on friday at 4").text


def test_the_one_that_is_shown_or_quoted_is_meant(visitor):
    ids = visitor.sees()
    first, second = visitor.says("1"), visitor.says("2")

    assert ids[1] in visitor.says("I'd like to visit it").text
    assert ids[0] in visitor.says(quote(first.ids[0], "when can I see this one?")).text
    assert second.ids != first.ids


def test_a_time_is_enough_where_one_is_shown(visitor):
    ids = visitor.sees()
    assert "tell me when" in visitor.says("2").text
    assert f"({ids[1]}), Friday 4 December at 16:00" in visitor.says("friday at 4").text


def test_a_question_about_one_that_is_liked_comes_before_the_visit(visitor):
    visitor.sees()
    assert "Bathrooms: 4" in visitor.says("I like the first one, how many bathrooms does it have?").text


def test_without_a_property_there_is_nothing_to_agree_on(visitor):
    visitor.sees()
    assert visitor.says("can I come on saturday morning?").replies[0].menu
    again = visitor.says("yes, that would be wonderful")
    assert again.escalated is None
    assert again.replies[0].menu


def test_what_to_visit_is_looked_for_first_and_the_wish_stays(visitor):
    assert "What would you like to visit" in visitor.says("I want to book a viewing for friday").text
    third = visitor.sees("apartment in Maadi for sale")[2]

    asked = visitor.says("the third one").text
    assert third in asked
    assert "Friday 4 December" in asked


def test_criteria_beside_the_wish_are_a_search(visitor):
    ids = visitor.sees("I saw a villa in 6th of October on your page and want to visit it")
    assert ids[1] in visitor.says("the second one").text


def test_the_one_that_is_found_is_the_one_to_visit(visitor):
    found, asked = visitor.says("can I visit a penthouse in Zamalek under 15 million").replies
    record = asked.text.split("(")[1].split(", ")[2].split(")")[0]

    assert record in visitor.session.context.extracted_info.dialogue["one"]
    assert "for example" in asked.text.lower()
    assert found.text


def test_time_and_record_can_be_changed_until_it_is_passed_on(visitor):
    ids = visitor.sees()
    visitor.says("I want to visit the first one on friday at 4")

    assert "Saturday 5 December at 16:00" in visitor.says("saturday is better").text
    assert "Saturday 5 December at 11:00" in visitor.says("make it 11").text
    assert ids[1] in visitor.says("sorry, the second one").text
    assert "other day" in visitor.says(tap("visit:other", "Another time")).text
    visitor.says("sunday at 3")
    assert visitor.says("yes").escalated == f"visit: {ids[1]}, Villa in Sheikh Zayed, Sun 6 Dec 15:00"


def test_outside_of_the_hours_it_is_said_when_visits_are_possible(catalogue):
    visitor = Visitor(catalogue, OFFICE)
    visitor.sees()

    assert (
        "Thursday 3 December, 09:00-17:00"
        in visitor.says("can I see the first one on thursday at 11pm?").text
    )
    assert "Saturday 5 December, 09:00-17:00" in visitor.says("then friday").text
    assert visitor.says("saturday").replies[0].buttons
    assert visitor.says("in the evening").replies[0].buttons == ()


def test_a_time_that_is_not_understood_reaches_a_person_in_the_customers_words(visitor):
    first = visitor.sees()[0]
    visitor.says("I want to visit the first one")

    assert "Please tell me the day" in visitor.says("qwertz").text
    assert "“after the rains”" in visitor.says("after the rains").text
    assert visitor.says("yes").escalated == f"visit: {first}, Villa in Sheikh Zayed, “after the rains”"


def test_any_time_is_a_time(visitor):
    visitor.sees()
    visitor.says("I want to visit the first one")
    visitor.says("any time is fine for me")
    assert visitor.says("yes").escalated.endswith("“any time is fine for me”")


def test_soon_and_next_week_are_no_search_but_need_a_day(visitor):
    visitor.sees()
    visitor.says("I want to visit the first one")
    assert "Please tell me the day" in visitor.says("next week").text
    assert "“as soon as possible”" in visitor.says("as soon as possible").text


def test_a_question_with_a_word_of_agreement_is_answered(visitor):
    visitor.sees()
    visitor.says("I want to visit the first one tomorrow at 5")
    place, again = visitor.says("where exactly is it?").replies
    assert "Place: " in place.text
    assert "Is that correct?" in again.text


def test_who_does_not_know_yet_is_not_asked_again(visitor):
    visitor.sees()
    visitor.says("I want to visit the first one")
    assert "as soon as you know" in visitor.says("not sure yet, let me check with my wife").text
    assert len(visitor.says("more").replies) == 1
    assert visitor.says("ok, friday at 4").replies[0].buttons


def test_a_question_that_nothing_answers_offers_a_person_and_is_no_time(visitor):
    visitor.sees()
    visitor.says("I want to visit the first one")
    assert [button.id for button in visitor.says("who will meet me there?").replies[0].buttons] == ["human"]


def test_something_else_is_answered_and_the_visit_comes_back_once(visitor):
    ids = visitor.sees()
    visitor.says("I want to visit the first one")

    found, back = visitor.says("show me apartments in Maadi").replies
    assert found.menu
    assert ids[0] in back.text
    assert len(visitor.says("more").replies) == 1
    assert ids[0] in visitor.says("friday at 4").text


def test_who_wants_a_person_meanwhile_takes_the_wish_along(visitor):
    first = visitor.sees()[0]
    visitor.says("I want to visit the first one tomorrow at 5")
    assert f"visit: {first}" in visitor.says("let me talk to a person").escalated


def test_a_visit_can_be_called_off(visitor):
    visitor.sees()
    visitor.says("I want to visit the first one tomorrow at 5")
    assert "no visit" in visitor.says("sorry, I can't make it").text
    assert visitor.says("yes").escalated is None


def test_the_customer_is_reminded_the_evening_before_and_two_hours_before(visitor):
    first = visitor.sees()[0]
    visitor.says("I want to visit the first one on friday at 4")
    visitor.says("yes")

    due = [plan.at.astimezone(CAIRO).strftime("%a %H:%M") for plan in visitor.timers.values()]
    assert due == ["Thu 18:00", "Fri 14:00"]
    visitor.session = visitor.session.change(
        state=State.ACTIVE
    )  # the person has confirmed it and handed back
    evening, soon = visitor.passes(timedelta(days=4))
    assert first in evening.text
    assert "Friday 4 December at 16:00" in soon.text


def test_a_visit_that_is_over_is_not_reminded_of(visitor):
    first = visitor.sees()[0]
    visitor.says("I want to visit the first one on friday at 4")
    visitor.says("yes")
    visitor.session = visitor.session.change(state=State.ACTIVE)
    plan = visitor.timers["visit, soon"]
    rung = timer(plan.name, plan.text, payload=plan.payload)

    assert first in plan.text
    assert remind(turn(rung, now=plan.at)) == plan.text
    assert remind(turn(rung, now=plan.at + timedelta(hours=2))) is None


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("today at 5", ["Tue 15:00"]),
        ("today at 3", []),
        ("tomorrow", ["Tue 18:00"]),
        ("friday", ["Thu 18:00"]),
    ],
)
def test_nobody_is_reminded_at_once_or_of_an_hour_that_was_not_said(visitor, when, due):
    visitor.sees()
    visitor.now = NOW - timedelta(hours=1, minutes=30)
    visitor.says(f"I want to visit the first one {when}")
    visitor.says("yes")
    assert [plan.at.astimezone(CAIRO).strftime("%a %H:%M") for plan in visitor.timers.values()] == due


def test_whoever_likes_one_is_invited_to_see_it(visitor):
    ids = visitor.sees()
    assert (
        f"visit it (Villa, Sheikh Zayed, {ids[1]})" in visitor.says("I'm interested in the second one").text
    )


def test_reserving_is_for_a_person(visitor):
    ids = visitor.sees()
    visitor.says("1")
    assert visitor.says("I want to reserve it").escalated == f"wants to reserve: {ids[0]}"


def test_a_member_is_not_visited(catalogue):
    member = Conversation(assistant, catalogue=catalogue, kind="members", now=NOW)
    member.says("dentists in Bangalore")
    assert "visit" not in (member.says("can I visit the first one tomorrow at 5").escalated or "")


@pytest.mark.parametrize("later", [timedelta(hours=9), timedelta(days=40)])
def test_a_time_that_has_passed_before_the_yes_is_asked_for_again(visitor, later):
    second = visitor.sees()[1]
    visitor.says("can I see the second one today at 5?")
    visitor.now += later

    asked = visitor.says("yes")
    assert asked.escalated is None
    assert second in asked.text
    assert visitor.says("tomorrow at 4").replies[0].buttons
    assert visitor.says("yes").escalated.startswith(f"visit: {second}, ")


def test_a_day_is_possible_until_it_is_over(visitor):
    visitor.sees()
    visitor.says("can I see the second one today?")
    visitor.now += timedelta(hours=2)
    assert visitor.says("yes").escalated


def test_what_was_sold_before_the_visit_is_arranged_is_said_to_be_gone(tmp_path):
    def loads(minute, *rows):
        (tmp_path / "p.csv").write_text("id,type,location,price\n" + "".join(rows), encoding="utf-8")
        load(tmp_path / "p.csv", "properties", tmp_path, now=NOW + timedelta(minutes=minute))

    loads(1, "V1,villa,Maadi,9000000\n", "V2,villa,Maadi,9500000\n")
    catalogue = open_catalogue(tmp_path)
    visitor = Visitor(catalogue)
    _, second = visitor.sees("villa in Maadi")
    visitor.says("can I see the first one tomorrow at 5?")

    loads(2, f"{second},villa,Maadi,9500000\n")
    (asked,) = visitor.says("yes").replies
    assert asked.text.startswith("That one is not available any more.")
    assert [row.id for row in asked.menu.rows] == [f"show:{second}"]
    assert second in visitor.says("1").text

    loads(3, "V3,villa,Zamalek,9000000\n")
    asked = visitor.says("yes")
    assert asked.text.startswith("That one is not available any more.")
    assert asked.replies[0].menu is None
    assert asked.escalated is None
    catalogue.close()


def test_where_somebody_lives_who_visits_the_one_that_was_shown_is_no_search(customer):
    customer.says("3-bedroom apartment in Madinaty up to 4 million")
    customer.says("1")
    customer.says("my brother in Cairo can visit it for me on Friday at 5 pm")
    assert customer.asked.searched == ()
    assert customer.asked.replies[-1].buttons


def test_somebody_who_shall_show_it_is_asked_for_a_visit(customer):
    customer.says("3-bedroom apartment in Madinaty up to 4 million")
    customer.says("1")
    customer.says("تمام ابعتلي حد يوريهالي")
    assert customer.asked.searched == ()
    assert "معاينة" in customer.asked.replies[-1].text or "تعاين" in customer.asked.replies[-1].text


@pytest.fixture
def passed_on(visitor):
    """A visitor of the first villa on Friday at four: a person is awaited, who has both."""
    visitor._meanwhile = WhileWaiting(assists=True)
    visitor.first = visitor.sees()[0]
    visitor.says("I want to visit the first one on friday at 4")
    visitor.says("yes")
    return visitor


def reminders(visitor):
    return [plan.at.astimezone(CAIRO).strftime("%a %H:%M") for plan in visitor.timers.values()]


def nobody_is_free(visitor):
    visitor.session = visitor.session.change(state=State.ACTIVE, waiting_since=None)


def test_a_change_of_the_time_reaches_who_is_awaited_and_the_reminders(passed_on):
    changed = passed_on.says("can we make it saturday at 11 instead?")
    assert changed.text.startswith("All right, I add it for my colleague: ")
    assert changed.escalated == f"visit: {passed_on.first}, Villa in Sheikh Zayed, Sat 5 Dec 11:00"
    assert reminders(passed_on) == ["Fri 18:00", "Sat 09:00"]


def test_a_time_beside_a_search_changes_no_visit_while_a_person_is_awaited(passed_on):
    passed_on.says("and is there a villa in Maadi I could see on sunday at 5?")
    assert reminders(passed_on) == ["Thu 18:00", "Fri 14:00"]


def test_who_found_nobody_free_is_told_once_what_stands(passed_on):
    nobody_is_free(passed_on)

    said = passed_on.says("how many bathrooms does it have?").texts
    assert said[-1].startswith("Your visit stands: Villa, Sheikh Zayed")
    assert "Friday 4 December at 16:00" in said[-1]
    assert len(passed_on.says("thanks").replies) == 1


def test_nothing_stands_where_a_person_has_answered(passed_on):
    said = HistoryEntry(role=Role.AGENT, text="See you then", timestamp=passed_on.now, message_id="a1")
    history = (*passed_on.session.context.message_history, said)
    passed_on.session = passed_on.session.change_context(message_history=history)
    nobody_is_free(passed_on)
    assert len(passed_on.says("thanks").replies) == 1


def test_a_change_after_nobody_was_free_is_confirmed_like_a_new_visit(passed_on):
    nobody_is_free(passed_on)
    assert passed_on.says("can we make it saturday at 11?").replies[0].buttons
    assert passed_on.says("yes").escalated.endswith("Sat 5 Dec 11:00")


def test_a_visit_that_is_put_off_has_no_reminder_of_the_old_time(passed_on):
    nobody_is_free(passed_on)
    passed_on.says("can we make it saturday at 11?")
    passed_on.says("not sure yet, let me check with my wife")
    assert reminders(passed_on) == []


def test_a_visit_that_has_been_is_not_called_off(passed_on):
    nobody_is_free(passed_on)
    passed_on.now += timedelta(days=6)
    assert passed_on.says("cancel it").escalated is None
