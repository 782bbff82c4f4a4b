"""Whether somebody asks for a person. Pure; the phrases are data, in the normal spelling."""

from itertools import pairwise

from worker.understanding.normal import words

#: The whole message: nothing else was said.
_ALONE = frozenset(
    {
        ("agent",),
        ("human",),
        ("operator",),
        ("representative",),
        ("موظف",),
        ("مندوب",),
        ("خدمه", "العملاء"),
        ("customer", "service"),
        ("real", "person"),
        ("real", "person", "please"),
        ("agent", "please"),
        ("human", "please"),
    }
)

#: Somebody wants to speak ...
_SPEAK = frozenset(
    """talk speak connect transfer chat call get want need
    اكلم اتكلم نكلم كلم كلمني حولني وصلني عايز عاوز عايزه عاوزه محتاج محتاجه اريد
    akallem akalem atkalem atkallem kallem 7awelny wasalny 3ayz 3ayez 3ayza 3awez""".split()
)

#: ... to a person.
_PERSON = frozenset(
    """agent human person someone somebody manager representative rep operator advisor
    حد موظف مندوب مسئول مسؤول مدير انسان
    7ad mowazaf mandob mas2ool modir""".split()
)

#: A person's word after which it is something else: "agent pricing", "human resources".
_NOT_A_PERSON = frozenset("pricing price prices fee fees commission resources rights id number حكومي".split())

#: How many words may stand between the two.
_REACH = 4


def wants_human(text: str) -> bool:
    """Return whether a message asks for a person, in English, Arabic or Franco-Arabic."""
    said = words(text)
    if tuple(said) in _ALONE:
        return True
    if any(pair == ("خدمه", "العملاء") for pair in pairwise(said)):
        return True
    for at, word in enumerate(said):
        if word in _PERSON and said[at + 1 : at + 2] and said[at + 1] in _NOT_A_PERSON:
            continue
        if word in _PERSON and any(before in _SPEAK for before in said[max(0, at - _REACH) : at]):
            return True
    return False
