"""Deliberate bugs: altered copies of the Lua scripts that prove that the harness sees. Never part of the product."""

import re
from importlib.resources import files
from pathlib import Path

#: Whoever has lost the right to write does so all the same.
_LATE = {"shared": (r"if held\[1\] ~= fence or held\[2\] ~= holder then", "if false then")}
#: The assistant is listened to in spite of a takeover, so that its replies meet what comes later.
_LISTENED = (r"silenced and 1 or 0", "0")

#: bug -> script -> what is replaced there, and by what
_CHANGES: dict[str, dict[str, tuple[str, str]]] = {
    # A worker that comes late writes all the same.
    "fence": _LATE,
    # So does a turn that has begun anew with a further message: its superseded run goes on, see `tests.chaos.flawed`.
    "superseded": _LATE,
    # What is known already is taken again.
    "dedupe": {
        "receive": (
            r"redis\.call\('ZADD', own\[c\]\.seen, 'NX', (.+?)\) == 0 then",
            r"redis.call('ZADD', own[c].seen, 'NX', \1) < 0 then",
        )
    },
    # A STOP that waits for its turn silences nobody.
    "stop": {"receive": (r"if ARGV\[i \+ 5\] == 'out' then", "if false then")},
    # A takeover that waits for its turn silences nobody.
    "hush": {"receive_action": (r"if silences == 'yes' and \(unless .+?\) then", "if false then")},
    # Whoever begins to send is not told of a takeover.
    "silence": {
        "take_outbox": (r"redis\.call\('GET', silence\) or ''", "''"),
        "commit_turn": (r"now, redis\.call\('GET', silence\) or ''", "now, ''"),
        "renew_lease": _LISTENED,
    },
    # Nor is who goes on with the next one.
    "settled": {
        "settle_delivery": (r"redis\.call\('GET', silence\) or ''", "''"),
        "renew_lease": _LISTENED,
    },
    # An action that is submitted again is done again.
    "submitted": {
        "receive_action": (r"if redis\.call\('ZADD', seen, 'NX', now, id\) == 0 then", "if false then")
    },
    # So is what another program asks for again.
    "asked-again": {
        "receive_action": (r"if redis\.call\('ZADD', seen, 'NX', now, id\) == 0 then", "if false then")
    },
    # What somebody else has begun anew is kept as well by a worker that comes late.
    "step": {"keep_step": (r"if refused then", "if false then")},
    # What was said early is said again by a turn that is repeated.
    "early": {
        "take_turn": (r"local done = redis\.call\('HGETALL', steps\)", "local done = {}"),
        "say_now": (r"if said then", "if false then"),
    },
    # A hook passes over what has happened while it was not looking.
    "passed-over": {"take_hook": (r"redis\.call\('HGET', hook, 'after'\) or seen", "seen")},
    # A conversation that moves forgets that its customer wants nothing.
    "moved-stop": {"pack_up": (r"optedOut = redis\.call\('EXISTS', opt_out\) == 1", "optedOut = false")},
    # What was known under the other name is not known after a merge.
    "moved-ids": {
        "take_in": (r"redis\.call\('ZADD', seen, 'NX', ARGV\[i \+ 1\], ARGV\[i\]\)", "local _ = i")
    },
    # What was counted here is forgotten where something comes from there.
    "moved-uses": {"take_in": (r"if open > now then", "if false then")},
    # The turn of a merge does not wait for what comes.
    "unmerged": {
        "take_parcel": (r"local waits = redis", "do return {'parcel', ''} end\nlocal waits = redis")
    },
    # What gathers is known to the process that has the alarm, and to nobody else.
    "alarm": {
        "receive": (r"redis\.call\('ZADD', due, till, turn_due\)", "redis.call('ZREM', due, turn_due)")
    },
    # What has rung rings again.
    "rung": {"ring_timers": (r"redis\.call\('HSET', timers, timer\.name, .+\)\n", "local _ = now\n")},
    # What is cancelled stays.
    "uncancelled": {"commit_turn": (r"ARGV\[i \+ 1\] == '' and 'HDEL' or 'HSET'", "'HSET'")},
    # A campaign is further than its rows are: who takes it next passes one over.
    "passed-row": {"take_campaign": (r"  position = tonumber\(row\)\n", "  position = tonumber(row) + 1\n")},
    # The last row of a batch is handed over again, as after a crash, and has another id then: see `tests.chaos.flawed`.
    "renamed-row": {"take_campaign": (r"'\(' \.\. position", "position")},
    # Nobody is held back.
    "all-rows": {"take_campaign": (r"% 100 < ", "% 100 < 0 * ")},
    # What nobody has answered while a person was awaited is forgotten: see `tests.chaos.flawed`.
    "unasked": {},
    # What the assistant has answered meanwhile is answered again: there too.
    "still-open": {},
    # What was decided is open still: see `tests.chaos.flawed`.
    "undecided": {},
    # Whatever somebody decides is a yes: there too.
    "always-yes": {},
    # Whoever asks gets the lease.
    "lease": dict.fromkeys(
        ("take_turn", "take_outbox"),
        (r"if tonumber\(held\[1\] or 0\) > now and not mine then", "if false then"),
    ),
}

BUGS = tuple(_CHANGES)


def write_altered_scripts(bug: str, folder: Path) -> Path:
    """Write all scripts into `folder`/lua, those of the bug altered; return the folder."""
    changes = dict(_CHANGES[bug])
    target = folder / "lua"
    target.mkdir(parents=True)
    for entry in (files("session") / "lua").iterdir():
        text = entry.read_text(encoding="utf-8")
        name = entry.name.removesuffix(".lua")
        if name in changes:
            pattern, becomes = changes.pop(name)
            text, count = re.subn(pattern, becomes, text)
            assert count, f"{name}.lua no longer has what the bug {bug} alters"
        (target / entry.name).write_text(text, encoding="utf-8")
    assert not changes, f"no such scripts any more: {', '.join(changes)}"
    return folder
