"""The loader of the scripts: names become places, and a call is checked against the header."""

import pytest

from session.records import to_ms
from session.store.scripts import Scripts
from tests.clocks import START, ManualClock

SOURCE = """#!lua
-- Do something.

local lease = KEYS.lease                    -- hash: who
local due = KEYS.due                        -- sorted set: when
local first_key, last_key = KEYS.counters   -- for each limit a counter

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms
local first_reply, last_reply = ARGV.replies  -- replies
local holder = ARGV.holder                  -- who
local first_use, last_use = ARGV.uses       -- uses
local first_letter, last_letter = ARGV.letters  -- letters

local double = SHARED.double                -- function: twice as much
local ALL = SHARED.ALL                      -- all of them

-- Returns {'done'}.

return {'done'}
"""
SHARED = """
-- Return twice as much.
local function double(number)
  return 2 * number
end
"""


@pytest.fixture
def script():
    return Scripts({"some": SOURCE}, SHARED).by_name["some"]


def call(script, *, clock=None, **changes):
    given = {"lease": "l", "due": "d", "counters": ["c1", "c2"], "holder": "h"}
    given |= {"replies": ["r1", "r2"], "uses": [3], "letters": ()}
    given |= changes
    return script.compiled(clock)(**{name: value for name, value in given.items() if value is not None})


def test_keys_and_values_are_passed_in_the_order_of_the_header_lists_last(script):
    made = call(script)

    assert made.words[:2] == ("EVALSHA", script.digest)
    assert made.words[2:] == (4, "l", "d", "c1", "c2", "", "h", 2, 1, "r1", "r2", 3)
    assert made.text == script.text


def test_names_become_places(script, valkey):
    reader = script.text.partition("-- Returns")[0] + (
        "return {lease, due, first_key, last_key, now, holder, first_reply, last_reply, first_use, last_use,"
        " first_letter, last_letter, double(2), ALL}"
    )

    made = call(script, clock=ManualClock())

    assert valkey.eval(reader, *made.words[2:]) == [
        "l",
        "d",
        3,
        4,
        to_ms(START),
        "h",
        5,
        6,
        7,
        7,
        8,
        7,
        4,
        "all",
    ]


def test_without_a_clock_of_a_test_it_is_the_time_of_the_server(script, valkey):
    reader = script.text.partition("-- Returns")[0] + "return now"
    before, _ = valkey.time()

    now = valkey.eval(reader, *call(script).words[2:])

    assert before * 1000 <= now <= (valkey.time()[0] + 1) * 1000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lease": None}, r"some\(\) missing 1 required keyword-only argument: 'lease'"),
        ({"letters": None}, r"some\(\) missing 1 required keyword-only argument: 'letters'"),
        ({"recrod": 1}, r"some\(\) got an unexpected keyword argument 'recrod'"),
    ],
)
def test_a_call_with_other_names_is_an_error_that_says_which(script, changes, words):
    with pytest.raises(TypeError, match=f"^{words}$"):
        call(script, **changes)


def test_a_script_that_does_not_exist_is_named():
    with pytest.raises(AttributeError, match="no script nothing"):
        _ = Scripts.load().nothing


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("local lease = ARGV.lease  -- again", "binds a name twice"),
        ("local a, b = KEYS.more  -- more", "two lists of keys"),
        ("local x = SHARED.nothing  -- function", "SHARED.nothing, which is neither"),
    ],
)
def test_a_header_that_is_wrong_stops_the_start(line, words):
    with pytest.raises(ValueError, match=words):
        Scripts({"some": SOURCE.replace("local ALL", f"{line}\nlocal ALL")}, SHARED)
