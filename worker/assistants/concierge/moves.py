"""The table of moves: what the concierge does, by what was heard and by where the dialogue is. Read it from top to bottom.

The first row whose meaning was heard in one of its states moves; if its move returns False, the next one is tried. A new
move is a function in the file of its subject and a row here. Order: what is no text, a person, a flow in progress,
questions about what was shown, pointing at it, a search, small talk. While a person is awaited only the rows marked
`meanwhile` count, and a message that none of them answers is left to the person.
"""

from collections.abc import Callable, Collection
from typing import Literal, NamedTuple, get_args

from worker.assistants.concierge.business import answer_about_business, offer_to_ask
from worker.assistants.concierge.comparisons import compare, point_out
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.owners import go_on_with_offer, take_offer
from worker.assistants.concierge.questions import ASKING, answer_questions, tell_all
from worker.assistants.concierge.saved_searches import save_search, stop_watching
from worker.assistants.concierge.search_moves import (
    ask_for_pounds,
    look_beyond,
    look_for_it,
    look_for_what_the_ad_offers,
    look_with_what_is_known,
    show_list_again,
    show_more,
    start_over,
    take_number_as_budget,
)
from worker.assistants.concierge.selection import (
    choose,
    follow_tap,
    reserve,
    show_contacts_of,
    show_quoted,
)
from worker.assistants.concierge.small_talk import (
    accept_person,
    admit_not_understood,
    answer_courtesy,
    answer_wordless,
    apologise,
    call_person,
    come_back,
    explain,
    greet_again,
    pass_on_form,
    pass_on_order,
    say_who_answers,
    switch_language,
    welcome,
)
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.concierge.visits import (
    arrange_visit,
    ask_about_visit_again,
    call_visit_off,
    come_back_to_visit,
    go_on_with_visit,
    tap_on_visit,
)

#: Nothing yet; a question is open; records are on the page; one of them is shown in detail; an owner is asked for a property.
#: Beside these: a visit is being arranged.
State = Literal["start", "asked", "shown", "one", "owner", "visit"]
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
    Row("order", EVER, pass_on_order),
    Row("tap", EVER, tap_on_visit),
    Row("tap", EVER, follow_tap, meanwhile=True),
    Row("ad", EVER, look_for_what_the_ad_offers),
    Row("wordless", EVER, answer_wordless),
    # A person, or a program.
    Row("complaint", EVER, apologise),
    Row("handoff", EVER, call_person),
    # Owners, who look for nothing.
    Row("owner", EVER, take_offer),
    Row("", {"owner"}, go_on_with_offer),
    # Saved searches.
    Row("notify_stop", EVER, stop_watching, meanwhile=True),
    Row("notify", EVER, save_search, meanwhile=True),
    Row("cancel", EVER, call_visit_off, meanwhile=True),
    Row("back", EVER, come_back, meanwhile=True),
    Row("bot", EVER, say_who_answers),
    # A visit that is being arranged.
    Row("", {"visit"}, go_on_with_visit),
    Row("agree", EVER, accept_person),
    # Courtesies and nothing else: never a search.
    Row("goodbye acknowledge decline", EVER, answer_courtesy),
    Row("language", EVER, switch_language),
    # The business itself.
    Row("", EVER, answer_about_business, meanwhile=True),
    Row("business", EVER, offer_to_ask),
    # Questions about what was shown, and pointing at it.
    Row("visit", EVER, arrange_visit),
    Row("reserve", SHOWN, reserve),
    Row("show_contact", EVER, show_contacts_of),
    Row("compare", SHOWN, compare, meanwhile=True),
    Row("cheapest biggest", SHOWN, point_out, meanwhile=True),
    Row("ask_details", SHOWN, tell_all, meanwhile=True),
    Row(ASKING, SHOWN, answer_questions, meanwhile=True),
    Row("likes", SHOWN, arrange_visit),
    Row("list_again", SHOWN, show_list_again, meanwhile=True),
    Row("more", EVER, show_more, meanwhile=True),
    Row("ordinal", EVER, take_number_as_budget),
    Row("ordinal", EVER, choose, meanwhile=True),
    Row("quoted", EVER, show_quoted, meanwhile=True),
    # A search.
    Row("cheaper dearer bigger smaller", SHOWN, look_beyond, meanwhile=True),
    Row("reset", EVER, start_over),
    Row("foreign", EVER, ask_for_pounds),
    Row("", EVER, look_for_it, meanwhile=True),
    # Small talk.
    Row("form", EVER, pass_on_form),
    Row("greeting", EVER, greet_again),
    Row("help", EVER, explain),
    Row("thanks", EVER, answer_courtesy),
    Row("", {"asked"}, look_with_what_is_known),
    Row("", {"visit"}, ask_about_visit_again),
    Row("when", {"one"}, arrange_visit),
    Row("attached", EVER, answer_wordless),
    Row("referred", EVER, welcome),
    Row("", EVER, admit_not_understood),
)


def states_of(dialogue: Dialogue) -> set[State]:
    """Return where the dialogue is: in a search, and in what is arranged beside it."""
    arranged: set[State] = {"visit"} if dialogue.visit and not dialogue.visit.passed else set()
    if dialogue.owner:
        return {"owner", *arranged}
    if dialogue.asked and not dialogue.ids:
        return {"asked", *arranged}
    if dialogue.one:
        return {"one", *arranged}
    return {"shown" if dialogue.ids else "start", *arranged}


def move(context: ConciergeTurn, heard: Heard) -> None:
    """Make the first move of the table that is one for this turn; while a person is awaited, there may be none.

    Raises `SearchLimitReached` and `NoCatalogue`.
    """
    states = states_of(context.dialogue)
    for row in (row for row in TABLE if row.meanwhile or not context.turn.waiting):
        meant = not row.meanings or not heard.meanings.isdisjoint(row.meanings.split())
        if meant and not states.isdisjoint(row.states) and row.move(context, heard) is not False:
            come_back_to_visit(context)
            return
