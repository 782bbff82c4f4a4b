"""Which names become one customer, decided from what a message shows and what is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.joining import Alias, Join, Shown, alias_in, plan

P, Q, RAW = "+5588987650109", "+201005550106", "+558887650109"
U, V = "US.1111", "US.2222"


def leads(to, since=10, **more):
    return Alias(target=to, since=since, **more)


def shown(customer, *also, at=20, **more):
    return Shown(customer=customer, also=also, at=at, **more)


CASES = [
    ("an id beside a number", shown(P, U), {}, (P, (), [(U, False)])),
    ("another spelling", shown(P, RAW), {}, (P, (), [(RAW, False)])),
    ("an id whose number is known", shown(U), {U: leads(P)}, (P, (), [(U, False)])),
    ("two ids, one of them known", shown(V, U), {U: leads(P)}, (P, (), [(U, False), (V, False)])),
    ("the same again", shown(P, U), {U: leads(P)}, (P, (), [(U, False)])),
    ("the id with another number", shown(Q, U), {U: leads(P)}, (Q, (), [(P, True), (U, False)])),
    ("the same, but earlier", shown(Q, U, at=5), {U: leads(P)}, (Q, (), [])),
    (
        "a change that is announced",
        shown(Q, formerly=(P, RAW)),
        {RAW: leads(P)},
        (Q, (), [(P, True), (RAW, True)]),
    ),
    ("the announcement of a change that came", shown(Q, formerly=(P,)), {P: leads(Q)}, (Q, (), [(P, True)])),
    (
        "a change back",
        shown(P, formerly=(Q,)),
        {P: leads(Q, moved=True)},
        (P, (P,), [(Q, True)]),
    ),
    (
        "a change back that came late",
        shown(P, formerly=(Q,), at=5),
        {P: leads(Q, moved=True)},
        (Q, (), [(P, False)]),
    ),
    ("the next owner of a number", shown(P), {P: leads(Q, moved=True)}, (P, (P,), [])),
    ("the former owner, late", shown(P, at=10), {P: leads(Q, moved=True)}, (Q, (), [(P, False)])),
    ("an agent's old page", shown(P, by_customer=False), {P: leads(Q, moved=True)}, (Q, (), [(P, False)])),
    (
        "back with the same id, and nobody said so",
        shown(P, U),
        {P: leads(Q, moved=True), U: leads(Q)},
        (P, (P,), [(Q, True), (U, False)]),
    ),
    ("another id of a number", shown(V, formerly=(U,)), {U: leads(P)}, (P, (), [(V, False), (U, True)])),
    ("another id without a number", shown(V, formerly=(U,)), {}, (V, (), [(U, True)])),
    (
        "two bodies at once have made a loop",
        shown(P),
        {P: leads(Q, 10, moved=True), Q: leads(P, 11, moved=True)},
        (P, (P,), []),
    ),
]


@pytest.mark.parametrize(
    ("shows", "known", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_follows(shows, known, expected):
    target, cut, joins = expected

    made = plan(shows, known)

    assert (made.target, made.cut) == (target, cut)
    assert sorted(made.joins) == sorted(Join(*join) for join in joins)


NAMES = st.sampled_from([P, Q, RAW, U, V, "US.ENT.1"])
ALIASES = st.dictionaries(
    NAMES, st.builds(Alias, target=NAMES, since=st.integers(0, 20), moved=st.booleans())
)
SHOWN = st.builds(
    Shown,
    customer=NAMES,
    also=st.lists(NAMES, max_size=3).map(tuple),
    formerly=st.lists(NAMES, max_size=2).map(tuple),
    at=st.integers(0, 20),
)


def after(known, made, at):
    """The aliases once a plan is carried out; what led to a name that leads elsewhere now is led there at once."""
    ways = {name: alias for name, alias in known.items() if name not in made.cut}
    moved = dict.fromkeys(made.also)
    for name in [*ways]:
        if ways[name].target in moved and name != made.target:
            ways[name] = ways[name].model_copy(update={"target": made.target})
    new = [join for join in made.joins if join.name not in ways or ways[join.name].target != made.target]
    since = {join.name: max(at, known[join.name].since if join.name in known else 0) for join in new}
    return ways | {
        join.name: Alias(target=made.target, since=since[join.name], moved=join.moved) for join in new
    }


@given(SHOWN, ALIASES)
def test_the_target_is_where_every_joined_name_ends_and_leads_nowhere_itself(shows, known):
    made = plan(shows, known)
    ways = after(known, made, shows.at)

    assert made.target not in made.also
    assert made.target not in ways
    for first in (shows.customer, *made.also):
        name, passed = first, []
        while name in ways and name not in passed:
            passed.append(name)
            name = ways[name].target
        assert name == made.target


@given(SHOWN, ALIASES)
def test_a_body_that_is_read_again_changes_nothing_more(shows, known):
    made = plan(shows, known)
    ways = after(known, made, shows.at)

    again = plan(shows, ways)

    assert again.target == made.target
    assert again.cut == ()


@pytest.mark.parametrize("raw", ["", "{", "[]", '{"target": 5}', '{"target":"x","since":-1}'])
def test_an_alias_that_cannot_be_read_is_none(raw):
    assert alias_in(raw) is None


def test_an_alias_is_read_as_it_was_written():
    alias = leads(P, moved=True, merge="merge:1")

    assert alias_in(alias.to_json()) == alias
