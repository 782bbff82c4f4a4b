"""Whether a customer asks for a person, complains (a person has to answer that), or goes back to the assistant. Pure.

The same words mean it whatever can be looked for, so all that decide it agree: who admits, gathers and understands messages.
"""

from functools import cache

from worker.assistants.understanding.acts import Act, acts, acts_in
from worker.assistants.understanding.concepts import might_mention, said_in
from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.normal import normal, words
from worker.assistants.understanding.pieces import pieces_of
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.slots import TraceEntry
from worker.assistants.understanding.tokens import tokenise
from worker.assistants.understanding.vocabulary import vocabulary

#: The acts that only a person can answer.
FOR_PEOPLE = frozenset({"handoff", "complaint"})
_BACK = "back"
#: Acts that rule those out: "tell me when there is a new one, call me" asks for no call now.
_INSTEAD = frozenset({_BACK, "notify"})
#: The acts that are found here.
ABOUT_PEOPLE = FOR_PEOPLE | _INSTEAD
#: Characters of a message that are read.
LONGEST = 2000


def wants_human(text: str) -> bool:
    """Return whether a message asks for a person or complains, in English, Arabic or Franco-Arabic."""
    return any(act.value in FOR_PEOPLE for act in acts_about_people(text))


def wants_back(text: str) -> bool:
    """Return whether a message says that the assistant shall go on instead of a person."""
    return any(act.value == _BACK for act in acts_about_people(text))


def acts_about_people(text: str) -> list[TraceEntry]:
    """Return which of these acts a message does, each with the words that show it."""
    plain = normal(text[:LONGEST])
    mentioned = might_mention(words(plain))
    possible = [act for act, needed in _acts() if any(concepts <= mentioned for concepts in needed)]
    if not possible:
        return []
    places, jobs = Gazetteer.of("any"), professions()
    pieces = pieces_of(tokenise(plain, places.known), vocabulary().phrases, places, jobs.phrases)
    found = acts_in(said_in(plain, pieces, jobs=False), possible)
    return [act for act in found if act.value in _INSTEAD] or found


@cache
def _acts() -> tuple[tuple[Act, tuple[frozenset[str], ...]], ...]:
    """Return these acts, each with the concepts that every one of its patterns needs."""
    return tuple(
        (
            act,
            tuple(
                frozenset(concept for concept in pattern if not concept.startswith("@"))
                for pattern in act.patterns
            ),
        )
        for act in acts()
        if act.name in ABOUT_PEOPLE
    )
