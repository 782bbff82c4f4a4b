"""What is said beside searches: greetings, thanks, things without words, what was not understood, and the handoff."""

from session.messages import Button
from worker.assistants.concierge.hearing import HUMAN, RENT, SALE
from worker.assistants.concierge.talk import Talk

#: After so many messages in a row that were not understood a person takes over.
_MISSES = 2
_MUTE_WITHOUT_WORDS = frozenset({"voice", "media", "card", "unsupported"})


def greet(talk: Talk, *, again: bool = False) -> None:
    """Greet, and say what can be done; `again`: in the middle of a search say where it stood."""
    name = _name(talk)
    if talk.dialogue.ids and again:
        talk.turn.reply(talk.say("again", name=name, what=talk.what(query=talk.dialogue.query)))
        talk.keep(talk.dialogue.but())
        return
    talk.turn.set_intent("greeting")
    _introduce(talk, talk.tell("hello", f"can.{talk.kind}", "agent", name=name))


def explain(talk: Talk) -> None:
    """Say what can be done."""
    _introduce(talk, talk.tell(f"can.{talk.kind}", "agent"))


def _introduce(talk: Talk, text: str) -> None:
    options = (SALE, RENT, HUMAN) if talk.kind == "properties" and not talk.dialogue.ids else ()
    talk.turn.reply(text, buttons=[Button(id=one, title=talk.speech.say(f"button.{one}")) for one in options])
    talk.keep(talk.dialogue.but(options=options))


def show_mute(talk: Talk, mute: str) -> None:
    """Answer what came without words: say what can be done instead; after a second one a person looks at it."""
    if mute == "welcome":
        greet(talk)
    elif mute == "order":
        hand_over(talk, "sent an order", talk.say("handoff.order"))
    elif mute in _MUTE_WITHOUT_WORDS:
        _count_miss(talk, talk.tell(mute, f"can.{talk.kind}"), f"sent what cannot be read: {mute}")
    elif mute == "pin" and talk.kind == "properties":
        talk.turn.reply(talk.say("pin"))
        talk.keep(talk.dialogue.but(asked="location"))
    else:
        talk.turn.reply(talk.say("sticker"))
        talk.keep(talk.dialogue)


def offer_nothing(talk: Talk, signals: tuple[str, ...]) -> bool:
    """Answer thanks, goodbyes, and a yes or no to nothing; return whether it was one."""
    for signal, sentence in (("goodbye", "goodbye"), ("thanks", "thanks"), ("no", "no"), ("yes", "ok")):
        if signal in signals:
            talk.turn.reply(talk.say(sentence))
            talk.keep(talk.dialogue.model_copy(update={"misses": 0}))
            return True
    return False


def miss(talk: Talk, *, about: bool) -> None:
    """Own up to not having understood; `about`: it may be a question about the record that was shown."""
    if about and talk.kind == "properties":
        _count_miss(talk, talk.say("miss.about"), "asks what is not in the records")
        return
    _count_miss(talk, talk.tell("miss", f"can.{talk.kind}", "agent"), "not understood twice")


def hand_over(talk: Talk, reason: str, text: str) -> None:
    """Let a person take over."""
    talk.turn.escalate(reason)
    talk.turn.reply(text)
    talk.keep(talk.dialogue.but())


def _count_miss(talk: Talk, text: str, reason: str) -> None:
    misses = talk.dialogue.misses + 1
    if misses >= _MISSES:
        hand_over(talk, reason, talk.say("handoff.missed"))
        return
    talk.turn.reply(text)
    talk.keep(talk.dialogue.but(misses=misses, asked=talk.dialogue.asked))


def _name(talk: Talk) -> str:
    """Return the name to greet a member by, with what goes before it."""
    if talk.turn.member is None:
        return ""
    return f"{'، ' if talk.speech.language == 'ar' else ', '}{talk.turn.member.name}"
