"""Answers besides searches: greetings, thanks, messages without words or not understood, and the handoff."""

from session.replies import Button
from worker.assistants.concierge.customer_input import HUMAN, RENT, SALE
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.search import show_again
from worker.assistants.concierge.turn_context import ConciergeTurn

#: A person takes over after this many messages in a row that were not understood.
_MISSES = 2
_UNREADABLE = frozenset({"voice", "media", "card", "unsupported"})
#: What a person can hear or see after all.
_FOR_PEOPLE = frozenset({"voice", "media", "card"})


def call_person(context: ConciergeTurn, heard: Heard) -> None:
    """Hand over to a person on request."""
    if not heard.entered.tap:
        context.turn.set_intent("handoff")
    hand_over(context, "customer asked", context.say("handoff"))


def pass_on_order(context: ConciergeTurn, heard: Heard) -> None:
    """Hand an order over, with what is ordered as the reason."""
    hand_over(context, heard.entered.order, context.say("handoff.order"))


def pass_on_form(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001  (the signature of all moves)
    """Hand over a form that tells nothing to search for."""
    hand_over(context, "sent a form", context.say("handoff.form"))


def greet_again(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Answer a greeting."""
    greet(context, again=True)


def welcome(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Greet whom an ad has brought that told nothing."""
    greet(context)


def explain(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Say what can be done."""
    _say_what_can_be_done(context)


def switch_language(context: ConciergeTurn, heard: Heard) -> bool:
    """Go on in the language that the customer only asks for."""
    before, now = context.turn.session.context.language, context.speech.language
    if before in {None, now} and not (now == "ar" and heard.entered.text.isascii()):
        return False
    show_again(context) if context.dialogue.ids else _say_what_can_be_done(context)
    return True


def answer_attachment(context: ConciergeTurn, heard: Heard) -> None:
    """Answer something that only a person can look at, with words beside it that say nothing."""
    answer_wordless(context, heard)


def say_not_understood(context: ConciergeTurn, heard: Heard) -> None:  # noqa: ARG001
    """Admit that nothing was understood."""
    admit_not_understood(context, about=bool(context.dialogue.one))


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
        hand_over(context, f"sent what cannot be read: {wordless}", context.say("handoff.look"))
    elif wordless in _UNREADABLE or not wordless:
        # What can be done is said once: a longer text costs attention, a second one money.
        can = (f"can.{context.kind}",) if context.turn.session.message_count <= 1 else ()
        unread = wordless or "unsupported"
        _count_miss(context, context.tell(unread, *can), f"sent what cannot be read: {unread}")
    elif wordless == "pin":
        context.turn.reply(context.say("pin"))
        context.keep(context.dialogue.updated(asked="location"))
    else:
        context.turn.reply(context.say("sticker"))
        context.keep(context.dialogue)


def answer_courtesy(context: ConciergeTurn, heard: Heard) -> None:
    """Answer thanks, a goodbye, and a yes or no without a question."""
    sentences = {"goodbye": "goodbye", "thanks": "thanks", "no": "no", "yes": "ok"}
    context.turn.reply(
        context.say(next(said for signal, said in sentences.items() if signal in heard.meanings))
    )
    context.keep(context.dialogue.model_copy(update={"misses": 0}))


def admit_not_understood(context: ConciergeTurn, *, about: bool) -> None:
    """Admit that nothing was understood; `about`: it may be a question about the record shown."""
    if about and context.kind == "properties":
        _count_miss(context, context.say("miss.about"), "asks what is not in the records")
        return
    _count_miss(context, context.tell("miss", f"can.{context.kind}", "agent"), "not understood twice")


def hand_over(context: ConciergeTurn, reason: str, text: str) -> None:
    """Hand over to a person."""
    context.turn.escalate(reason)
    context.turn.reply(text)
    context.keep(context.dialogue.updated())


def _count_miss(context: ConciergeTurn, text: str, reason: str) -> None:
    misses = context.dialogue.misses + 1
    if misses >= _MISSES:
        hand_over(context, reason, context.say("handoff.missed"))
        return
    context.turn.reply(text)
    context.keep(context.dialogue.updated(misses=misses, asked=context.dialogue.asked))


def _name(context: ConciergeTurn) -> str:
    """Return the name to greet a member by, with what goes before it."""
    if context.turn.member is None:
        return ""
    return f"{'، ' if context.speech.language == 'ar' else ', '}{context.turn.member.name}"
