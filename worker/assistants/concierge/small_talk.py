"""Answers besides searches: greetings, thanks, messages without words or not understood, and the handoff."""

from session.replies import Button
from worker.assistants.concierge.customer_input import HUMAN, RENT, SALE
from worker.assistants.concierge.turn_context import ConciergeTurn

#: A person takes over after this many messages in a row that were not understood.
_MISSES = 2
_UNREADABLE = frozenset({"voice", "media", "card", "unsupported"})
#: What a person can hear or see after all.
_FOR_PEOPLE = frozenset({"voice", "media", "card"})


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


def explain(context: ConciergeTurn) -> None:
    """Say what can be done."""
    _introduce(context, context.tell(f"can.{context.kind}", "agent"))


def _introduce(context: ConciergeTurn, text: str) -> None:
    options = (SALE, RENT, HUMAN) if context.kind == "properties" and not context.dialogue.ids else ()
    context.turn.reply(
        text, buttons=[Button(id=one, title=context.speech.say(f"button.{one}")) for one in options]
    )
    context.keep(context.dialogue.updated(options=options))


def answer_wordless(context: ConciergeTurn, wordless: str) -> None:
    """Answer a message without words by saying what can be done; after a second one a person takes over."""
    if wordless == "welcome":
        greet(context)
    elif wordless == "form":
        hand_over(context, "sent a form", context.say("handoff.form"))
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


def answer_courtesy(context: ConciergeTurn, signals: tuple[str, ...]) -> bool:
    """Answer thanks, a goodbye, and a yes or no without a question; return False if there is none."""
    for signal, sentence in (("goodbye", "goodbye"), ("thanks", "thanks"), ("no", "no"), ("yes", "ok")):
        if signal in signals:
            context.turn.reply(context.say(sentence))
            context.keep(context.dialogue.model_copy(update={"misses": 0}))
            return True
    return False


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
