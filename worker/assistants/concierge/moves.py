"""The table of moves: what the concierge does, by what was heard and by where the dialogue is. Read it from top to bottom.

The first row whose meaning was heard in one of its states moves; if its move returns False, the next one is tried. A new
move is a function in the file of its subject and a row here. Order: what is no text, a person, a flow in progress,
courtesies alone, the business, questions about what was shown, pointing at it, a search, small talk, the offer of a
person. While a person is awaited only the rows marked `meanwhile` count, and a message that none of them answers is left
to the person.
"""

from collections.abc import Callable, Collection
from typing import Literal, NamedTuple, get_args

from worker.assistants.concierge import (
    business,
    comparisons,
    owners,
    questions,
    saved_searches,
    search,
    search_moves,
    selection,
    small_talk,
    visits,
)
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.turn_context import ConciergeTurn

#: Nothing yet; a question is open; records are on the page; one of them is shown in detail; an owner is asked for a property.
#: Beside these: a visit is being arranged, or was passed on.
State = Literal["start", "asked", "shown", "one", "owner", "visit", "passed"]
EVER: Collection[State] = frozenset(get_args(State))
SHOWN: Collection[State] = frozenset({"shown", "one"})
#: Does something to a turn; False: it is not for this move after all, and nothing was done.
Move = Callable[[ConciergeTurn, Heard], bool | None]


class Row(NamedTuple):
    """What is done if one of these meanings is heard in one of these states."""

    meanings: str  #: acts, intents and signals, and the others of `Heard.meanings`; "" for everything
    states: Collection[State]
    move: Move
    meanwhile: bool = False  #: also while a person is awaited, whom it must not keep busy


TABLE = (
    Row("order", EVER, small_talk.pass_on_order),
    Row("tap", EVER, visits.tap_on_visit),
    Row("tap", EVER, selection.follow_tap, meanwhile=True),
    Row("ad", EVER, search_moves.look_for_what_the_ad_offers),
    Row("wordless", EVER, small_talk.answer_wordless),
    # A person, or a program.
    Row("complaint", EVER, small_talk.apologise),
    # Owners, who look for nothing.
    Row("", {"owner"}, owners.go_on_with_offer),
    Row("handoff", {"start"}, small_talk.greet_who_looks_for_somebody),
    Row("handoff", EVER, small_talk.call_person),
    Row("owner", EVER, owners.take_offer),
    # Saved searches.
    Row("notify_stop", EVER, saved_searches.stop_watching, meanwhile=True),
    Row("notify", EVER, saved_searches.save_search, meanwhile=True),
    Row("cancel", EVER, visits.call_visit_off, meanwhile=True),
    Row("back", EVER, small_talk.come_back, meanwhile=True),
    Row("bot", EVER, small_talk.say_who_answers),
    # A visit that is being arranged.
    Row("", {"visit"}, visits.go_on_with_visit),
    Row("when", {"passed"}, visits.change_visit, meanwhile=True),
    # Courtesies and nothing else: never a search.
    Row("goodbye", EVER, small_talk.answer_courtesy),
    Row("agree", EVER, small_talk.accept_person),
    Row("acknowledge decline", EVER, small_talk.answer_courtesy),
    Row("language", SHOWN, search.show_again),
    Row("language", EVER, small_talk.explain),
    # The business itself.
    Row("", EVER, business.answer_about_business, meanwhile=True),
    Row("business", EVER, business.offer_to_ask),
    # Questions about what was shown, and pointing at it.
    Row("complaint owner visit reserve", EVER, small_talk.leave_to_person, meanwhile=True),
    Row("visit", EVER, visits.arrange_visit),
    Row("reserve", SHOWN, selection.reserve),
    Row("show_contact", EVER, selection.show_contacts_of),
    Row("compare", SHOWN, comparisons.compare, meanwhile=True),
    Row(comparisons.FOREMOST, SHOWN, comparisons.point_out, meanwhile=True),
    Row("ask_details", SHOWN, questions.tell_all, meanwhile=True),
    Row(questions.ASKING, SHOWN, questions.answer_questions, meanwhile=True),
    Row("likes", SHOWN, visits.arrange_visit),
    Row("list_again", SHOWN, search.show_again, meanwhile=True),
    Row("more", EVER, search_moves.show_more, meanwhile=True),
    Row("ordinal", EVER, search_moves.take_number_as_budget),
    Row("", EVER, selection.correct_number),
    Row("ordinal", EVER, selection.choose, meanwhile=True),
    Row("quoted", EVER, selection.show_quoted, meanwhile=True),
    Row("", EVER, saved_searches.save_what_is_named, meanwhile=True),
    # A search.
    Row("cheaper dearer bigger smaller", SHOWN, search_moves.look_beyond, meanwhile=True),
    Row("whatever", EVER, search_moves.look_nearest, meanwhile=True),
    Row("reset", EVER, search_moves.start_over),
    Row("foreign", EVER, search_moves.ask_for_pounds),
    Row("", EVER, search_moves.look_for_it, meanwhile=True),
    # Small talk.
    Row("form", EVER, small_talk.pass_on_form),
    Row("greeting", SHOWN, small_talk.greet_again),
    Row("greeting", EVER, small_talk.greet),
    Row("help", EVER, small_talk.explain),
    Row("thanks postpone", EVER, small_talk.answer_courtesy),
    Row("", {"asked"}, search_moves.look_with_what_is_known),
    Row("", {"visit"}, visits.ask_about_visit_again),
    Row("when", {"one"}, visits.arrange_visit),
    Row("attached", EVER, small_talk.answer_wordless),
    Row("referred", EVER, small_talk.greet),
    Row("member_of", EVER, small_talk.say_nobody_listed),
    Row("", EVER, small_talk.admit_not_understood),
)


def states_of(dialogue: Dialogue) -> set[State]:
    """Return where the dialogue is: in a search, and in what is arranged beside it."""
    visit, beside = dialogue.visit, set[State]()
    if visit:
        beside.add("passed" if visit.passed else "visit")
    if dialogue.owner:
        return {"owner", *beside}
    if dialogue.asked and not dialogue.ids:
        return {"asked", *beside}
    return {"one" if dialogue.one else "shown" if dialogue.ids else "start", *beside}


def move(context: ConciergeTurn, heard: Heard) -> None:
    """Make the first move of the table that is one for this turn; while a person is awaited, there may be none.

    Raises `SearchLimitReached` and `NoCatalogue`.
    """
    states = states_of(context.dialogue)
    for row in (row for row in TABLE if row.meanwhile or not context.turn.waiting):
        meant = not row.meanings or not heard.meanings.isdisjoint(row.meanings.split())
        if meant and not states.isdisjoint(row.states) and row.move(context, heard) is not False:
            if not context.turn.waiting:  # else nobody would take the answer
                visits.come_back_to_visit(context)
            return
