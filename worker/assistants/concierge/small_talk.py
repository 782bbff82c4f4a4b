"""Answers besides searches: greetings, thanks, messages without words or not understood, and the handoff."""

from worker.assistants.concierge.heard import SUBJECTS, Heard
from worker.assistants.concierge.turn_context import PERSON, ConciergeTurn
from worker.assistants.customer_input import HUMAN, RENT, SALE
from worker.assistants.understanding.concepts import might_mention
from worker.assistants.understanding.normal import words

#: A person looks at what only a person can see or hear after so many of them in a row.
_MISSES = 2
#: What is said after a courtesy.
_COURTESIES = {
    "goodbye": "goodbye",
    "thanks": "thanks",
    "decline": "no",
    "acknowledge": "ok",
    "postpone": "ok",
}
#: The concepts of "is anybody there", and of what is more than that.
_ANYBODY, _PERSON_WANTED = frozenset({"somebody", "here"}), frozenset({"talk", "staff"})
#: What a person can hear or see after all.
_FOR_PEOPLE = frozenset({"voice", "media", "card"})


def call_person(context: ConciergeTurn, heard: Heard) -> None:
    """Hand over to a person on request; what one was offered for is the reason. What is looked for is kept for the person."""
    if not heard.entered.tap:
        context.turn.set_intent("handoff")
        if SUBJECTS & heard.new.keys():  # "one" is no budget
            context.turn.remember(**heard.change)
    offered = context.dialogue.offered
    context.hand_over(f"customer asked: {offered}" if offered else "customer asked", "handoff")


def greet_who_looks_for_somebody(context: ConciergeTurn, heard: Heard) -> bool:
    """Greet whoever asks first of all whether anybody is there: the assistant is, and a person is a tap away."""
    said = might_mention(words(heard.entered.text))
    if context.turn.session.message_count > 1 or not said >= _ANYBODY or said & _PERSON_WANTED:
        return False
    greet(context)
    return True


def apologise(context: ConciergeTurn, heard: Heard) -> None:
    """Hand a complaint over, with the customer's words as the reason."""
    context.turn.set_intent("handoff")
    context.hand_over(f"complaint: {heard.in_short}", "handoff.complaint")


def accept_person(context: ConciergeTurn, heard: Heard) -> bool:
    """Hand over after a yes to the question whether a person shall answer; thanks are no yes."""
    if context.dialogue.asked != PERSON or "thanks" in heard.meanings:
        return False
    call_person(context, heard)
    return True


def pass_on_order(context: ConciergeTurn, heard: Heard) -> None:
    """Hand an order over, with what is ordered as the reason."""
    context.hand_over(heard.entered.order, "handoff.order")


def pass_on_form(context: ConciergeTurn, *_: Heard) -> None:
    """Hand over a form that tells nothing to search for."""
    context.hand_over("sent a form", "handoff.form")


def say_who_answers(context: ConciergeTurn, heard: Heard) -> None:
    """Say honestly that a program answers, and offer a person."""
    context.offer_person(context.say("bot"), heard.in_short)


def come_back(context: ConciergeTurn, heard: Heard) -> bool:
    """Say that the assistant goes on, and with what; who names something to look for is answered with that."""
    if heard.new:
        return False
    goes_on = "goes.on" if context.dialogue.ids else f"can.{context.kind}"
    context.answer(context.say("back", goes_on, what=context.summary(query=context.dialogue.query)))
    return True


def greet(context: ConciergeTurn, *_: Heard) -> None:
    """Greet, and say what can be done."""
    context.turn.set_intent("greeting")
    _introduce(context, "hello", f"can.{context.kind}", "agent")


def greet_again(context: ConciergeTurn, *_: Heard) -> None:
    """Greet during a search, and say what was searched for."""
    what = context.summary(query=context.dialogue.query)
    context.answer(context.say("again", name=_name(context), what=what))


def explain(context: ConciergeTurn, *_: Heard) -> None:
    """Say what can be done."""
    _introduce(context, f"can.{context.kind}", "agent")


def _introduce(context: ConciergeTurn, *sentences: str) -> None:
    options = (SALE, RENT, HUMAN) if context.kind == "properties" and not context.dialogue.ids else ()
    context.answer(context.say(*sentences, name=_name(context)), buttons=options)


def answer_wordless(context: ConciergeTurn, heard: Heard) -> None:
    """Answer a message without words by saying what can be done; after a second one a person takes over."""
    wordless = heard.entered.wordless or "unsupported"
    if wordless == "welcome":
        greet(context)
    elif wordless == "form":
        pass_on_form(context)
    elif wordless == "pin":
        context.answer(context.say("pin"), asked="location")
    elif wordless == "sticker":
        context.turn.reply(context.say("sticker"))
        context.keep(context.dialogue)
    elif wordless in _FOR_PEOPLE and context.dialogue.misses + 1 >= _MISSES:
        context.hand_over(f"sent what cannot be read: {wordless}", "handoff.look")
    else:
        # What can be done is said once: a longer text costs attention, a second one money.
        can = (f"can.{context.kind}",) if context.turn.session.message_count <= 1 else ()
        _miss(context, context.say(wordless, *can), f"sent what cannot be read: {wordless}")


def answer_courtesy(context: ConciergeTurn, heard: Heard) -> None:
    """Answer thanks, a goodbye, and a yes or no without a question."""
    said = next(said for meaning, said in _COURTESIES.items() if meaning in heard.meanings)
    context.turn.reply(context.say(said))
    context.keep(context.dialogue.model_copy(update={"misses": 0}))


def admit_not_understood(context: ConciergeTurn, heard: Heard) -> None:
    """Admit that nothing was understood, and offer a person; the second time in a row say more of what can be done."""
    about = context.dialogue.one if context.kind == "properties" else ""
    words = heard.in_short
    if context.dialogue.misses:
        _miss(context, context.say(f"miss.again.{context.kind}"), words)
    elif about:
        _miss(context, context.say("miss.about"), f"{words} ({about})")
    else:
        _miss(context, context.say("miss", f"can.{context.kind}"), words, asks=False)


def say_nobody_listed(context: ConciergeTurn, heard: Heard) -> bool:
    """Say that nobody is listed who is from where the customer asks for, after a search could not be made of it."""
    if context.kind == "members":
        context.offer_person(context.say("nobody", "try.members"), heard.in_short)
    return context.kind == "members"


def leave_to_person(context: ConciergeTurn, *_: Heard) -> bool:
    """Say nothing to what is for the person who is awaited, whatever could be searched in it."""
    return context.turn.waiting


def _miss(context: ConciergeTurn, text: str, reason: str, *, asks: bool = True) -> None:
    context.offer_person(text, reason, misses=context.dialogue.misses + 1, asks=asks)


def _name(context: ConciergeTurn) -> str:
    """Return the name to greet a member by, with what goes before it."""
    member = context.turn.member
    return f"{context.speech.comma}{member.name}" if member else ""
