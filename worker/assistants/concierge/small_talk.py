"""Answers besides searches: greetings, thanks, messages without words or not understood, and the handoff."""

from typing import Any

from session.replies import Button
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.search import show_again
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import HUMAN, RENT, SALE

#: A person looks at what only a person can see or hear after so many of them in a row.
_MISSES = 2
_LONGEST_REASON = 200
#: What is said after a courtesy.
_COURTESIES = {"goodbye": "goodbye", "thanks": "thanks", "decline": "no", "acknowledge": "ok"}
#: The open question whether a person shall answer.
_PERSON = "person"
_UNREADABLE = frozenset({"voice", "media", "card", "unsupported"})
#: What a person can hear or see after all.
_FOR_PEOPLE = frozenset({"voice", "media", "card"})


def call_person(context: ConciergeTurn, heard: Heard) -> None:
    """Hand over to a person on request; what one was offered for is the reason. What is looked for is kept for the person."""
    if not heard.entered.tap:
        context.turn.set_intent("handoff")
        context.turn.remember(**heard.change)
    offered = context.dialogue.offered
    hand_over(context, f"customer asked: {offered}" if offered else "customer asked", "handoff")


def apologise(context: ConciergeTurn, heard: Heard) -> None:
    """Hand a complaint over, with the customer's words as the reason."""
    context.turn.set_intent("handoff")
    hand_over(context, f"complaint: {in_short(heard.entered.text)}", "handoff.complaint")


def accept_person(context: ConciergeTurn, heard: Heard) -> bool:
    """Hand over after a yes to the question whether a person shall answer."""
    if context.dialogue.asked != _PERSON:
        return False
    call_person(context, heard)
    return True


def pass_on_order(context: ConciergeTurn, heard: Heard) -> None:
    """Hand an order over, with what is ordered as the reason."""
    hand_over(context, heard.entered.order, "handoff.order")


def pass_on_form(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001  (the signature of all moves)
    """Hand over a form that tells nothing to search for."""
    hand_over(context, "sent a form", "handoff.form")


def say_who_answers(context: ConciergeTurn, heard: Heard) -> None:
    """Say honestly that a program answers, and offer a person."""
    offer_person(context, context.say("bot"), in_short(heard.entered.text))


def come_back(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Say that the assistant goes on, and with what."""
    context.turn.reply(f"{context.say('back')} {_state_of_search(context)}")
    context.keep(context.dialogue.updated())


def greet_again(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Answer a greeting."""
    greet(context, again=True)


def welcome(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Greet whom an ad has brought that told nothing."""
    greet(context)


def explain(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Say what can be done."""
    _say_what_can_be_done(context)


def switch_language(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Go on in the language that the customer asks for, in which this turn already is."""
    show_again(context) if context.dialogue.ids else _say_what_can_be_done(context)


def greet(context: ConciergeTurn, *, again: bool = False) -> None:
    """Greet, and say what can be done; with `again`, during a search, say what was searched for."""
    name = _name(context)
    if context.dialogue.ids and again:
        context.turn.reply(
            context.say("again", name=name, what=context.summary(query=context.dialogue.query))
        )
        context.keep(context.dialogue.updated())
        return
    context.turn.set_intent("greeting")
    _introduce(context, context.tell("hello", f"can.{context.kind}", "agent", name=name))


def _say_what_can_be_done(context: ConciergeTurn) -> None:
    _introduce(context, context.tell(f"can.{context.kind}", "agent"))


def _introduce(context: ConciergeTurn, text: str) -> None:
    options = (SALE, RENT, HUMAN) if context.kind == "properties" and not context.dialogue.ids else ()
    context.turn.reply(
        text, buttons=[Button(id=one, title=context.speech.say(f"button.{one}")) for one in options]
    )
    context.keep(context.dialogue.updated(options=options))


def answer_wordless(context: ConciergeTurn, heard: Heard) -> None:
    """Answer a message without words by saying what can be done; after a second one a person takes over."""
    wordless = heard.entered.wordless
    if wordless == "welcome":
        greet(context)
    elif wordless == "form":
        pass_on_form(context, heard)
    elif wordless in _FOR_PEOPLE and context.dialogue.misses + 1 >= _MISSES:
        hand_over(context, f"sent what cannot be read: {wordless}", "handoff.look")
    elif wordless in _UNREADABLE or not wordless:
        # What can be done is said once: a longer text costs attention, a second one money.
        can = (f"can.{context.kind}",) if context.turn.session.message_count <= 1 else ()
        unread = wordless or "unsupported"
        _miss(context, context.tell(unread, *can), f"sent what cannot be read: {unread}")
    elif wordless == "pin":
        context.turn.reply(context.say("pin"))
        context.keep(context.dialogue.updated(asked="location"))
    else:
        context.turn.reply(context.say("sticker"))
        context.keep(context.dialogue)


def answer_courtesy(context: ConciergeTurn, heard: Heard) -> None:
    """Answer thanks, a goodbye, and a yes or no without a question."""
    said = next(said for meaning, said in _COURTESIES.items() if meaning in heard.meanings)
    context.turn.reply(context.say(said))
    context.keep(context.dialogue.model_copy(update={"misses": 0}))


def admit_not_understood(context: ConciergeTurn, heard: Heard) -> None:
    """Admit that nothing was understood, and offer a person; the second time in a row say more of what can be done."""
    about = context.dialogue.one if context.kind == "properties" else ""
    words = in_short(heard.entered.text)
    if context.dialogue.misses:
        _miss(context, context.say_by_kind("miss.again"), words)
    elif about:
        _miss(context, context.say("miss.about"), f"{words} ({about})")
    else:
        _miss(context, context.tell("miss", f"can.{context.kind}"), words, asks=False)


def hand_over(context: ConciergeTurn, reason: str, sentence: str, **values: Any) -> None:
    """Hand over to a person for a reason that agents read, with a sentence of the phrasebook and its values."""
    context.turn.escalate(reason)
    context.turn.reply(context.say(sentence, **values))
    context.keep(context.dialogue.updated())


def offer_person(
    context: ConciergeTurn, text: str, reason: str, *, misses: int = 0, asks: bool = True
) -> None:
    """Say something and offer a person with a button; the reason goes along if the customer accepts.

    `asks` says that the text asks whether a person shall answer, so that a yes accepts. A number means the button only where no records are shown: else it means one of those.
    """
    context.turn.reply(text, buttons=[Button(id=HUMAN, title=context.speech.say("button.human"))])
    dialogue = context.dialogue
    options = () if dialogue.ids else (HUMAN,)
    asked = _PERSON if asks else dialogue.asked
    context.keep(dialogue.updated(offered=reason, misses=misses, asked=asked, options=options))


def _miss(context: ConciergeTurn, text: str, reason: str, *, asks: bool = True) -> None:
    offer_person(context, text, reason, misses=context.dialogue.misses + 1, asks=asks)


def in_short(text: str) -> str:
    """Return the customer's words as a part of a reason: in one line, and not too long."""
    return " ".join(text.split())[:_LONGEST_REASON]


def _state_of_search(context: ConciergeTurn) -> str:
    """Return what was looked for, or what can be."""
    if context.dialogue.ids:
        return context.say("goes.on", what=context.summary(query=context.dialogue.query))
    return context.say(f"can.{context.kind}")


def _name(context: ConciergeTurn) -> str:
    """Return the name to greet a member by, with what goes before it."""
    if context.turn.member is None:
        return ""
    return f"{'، ' if context.speech.language == 'ar' else ', '}{context.turn.member.name}"
