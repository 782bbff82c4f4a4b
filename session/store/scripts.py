"""Loads the Lua scripts, and makes calls of them by the names that their headers give.

A script binds each key and each value to a name, in a line of its own:

    local lease = KEYS.lease                       -- hash: who takes the turn
    local now = tonumber(ARGV.now) or SHARED.NOW   -- ms since the epoch, by the clock of the server
    local first_reply, last_reply = ARGV.replies   -- deliveries as JSON, in order
    local refusal = SHARED.refusal                 -- function: see session/lua/shared.lua
    local ALL = SHARED.ALL                         -- the silence that covers all replies

The loader replaces the names by positions, in the order of these lines. Two names are the first and the last position of a
list; a call passes the lists after the single values, with their lengths. `SHARED` is a constant of Python, or a function
that several scripts use.

No caller passes `now`: scripts read the clock of their server, and are given durations, or times that it told. Tests hand a clock in instead.
"""

import re
from collections.abc import Callable, Mapping
from copy import copy
from functools import cache, cached_property
from hashlib import sha1
from importlib.resources import files
from types import CodeType
from typing import Any, Final, Self

from session.agent_actions import BEGINS, SILENCING
from session.clock import Clock
from session.hook_work import SETTLED
from session.joining import MERGE_ID
from session.messages import BEHIND
from session.models import State
from session.outgoing import ALL
from session.records import to_ms
from session.spending import SAID
from session.store.calls import Call, Where

_BINDING = re.compile(r"^(local (\w+(?:, \w+)?) = (?:tonumber\()?)(KEYS|ARGV)\.(\w+)", re.MULTILINE)
_SHARED = re.compile(r"\bSHARED\.(\w+)")
_FUNCTION = re.compile(r"^local function (\w+)(\(.*?\nend)$", re.MULTILINE | re.DOTALL)

#: Constants of Python that scripts use, in the syntax of Lua.
_CONSTANTS: Final[Mapping[str, str]] = {
    "ALL": f"'{ALL}'",
    "MERGE_ID": f"'{MERGE_ID}'",
    "STOPPED_BY": f"'^{ALL} (.*)$'",
    "ACTION_TYPE": f"""'^{BEGINS}"([a-z_]+)"'""",
    "SILENCING": "{ %s }" % ", ".join(f"{type_} = true" for type_ in sorted(SILENCING)),  # noqa: UP031
    "PROGRESS": "{ %s }" % ", ".join(f"{state} = {len(behind)}" for state, behind in BEHIND.items()),  # noqa: UP031
    # A record of `session/media_work.py` begins with it while its medium is to be fetched.
    "MEDIUM_WAITS": """'^{"state":"waiting"'""",
    # A record of `session/timers.py` begins with it while it has not rung; one that has rung begins with the second.
    "TIMER_AT": """'^{"at":(%d+),'""",
    "TIMER_RANG": """'"rang":'""",
    # Before its message, which has texts.
    "OUTLIVES_CLOSE": """'^{[^{]*"outlivesClose":true'""",
    "WAITING": f"""'"state":"{State.WAITING_AGENT}"'""",
    "OFFERED": """'"offered":[{'""",
    "SETTLED": f"'{SETTLED}'",
    "SAID": f"'{SAID}'",
    # Integers are exact in Lua and Python up to this.
    "MOST_COUNTED": "1e15",
    "NOW": "(function() local time = redis.call('TIME') return time[1] * 1000 + math.floor(time[2] / 1000) end)()",
}


class Script:
    """One script: the names in its header, and the text for the server."""

    def __init__(self, name: str, source: str, shared: Mapping[str, str]) -> None:
        """Read the header. Raises `ValueError` for one that binds a name twice, or names something that is not shared."""
        self.name = name
        self.keys: list[str] = []
        self.values: list[str] = []
        self.key_lists: list[str] = []
        self.value_lists: list[str] = []
        for _, local, table, bound in _BINDING.findall(source):
            is_list, is_key = ", " in local, table == "KEYS"
            names = (
                (self.key_lists if is_key else self.value_lists)
                if is_list
                else (self.keys if is_key else self.values)
            )
            names.append(bound)
        self.names = [*self.keys, *self.key_lists, *self.values, *self.value_lists]
        if len(set(self.names)) < len(self.names) or len(self.key_lists) > 1:
            raise ValueError(f"the header of {name}.lua binds a name twice, or has two lists of keys")
        self.text = _SHARED.sub(lambda found: _put_in(name, found[1], shared), self._placed(source))
        self.digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def compiled(self, clock: Clock | None = None) -> Callable[..., Call[Any]]:
        """Return a function that takes the names of the header but `now` as keyword arguments and returns a call.

        `clock` is that of a test; None: the script asks its server.
        It raises `TypeError` if a name is missing or is none of the script's, as every function does.
        """
        scope: dict[str, Any] = {"digest": self.digest, "text": self.text, "where": Where.OF_ITS_KEY}
        scope |= {"Call": Call, "new": tuple.__new__}
        scope["now"] = (lambda: to_ms(clock.now())) if clock else str
        exec(self._code, scope)  # noqa: S102  (names of our own)
        function: Callable[..., Call[Any]] = scope[self.name]
        return function

    @cached_property
    def _code(self) -> CodeType:
        # Compiled as named tuples are: to sort the arguments at every call would cost three times as much.
        count = "".join([str(len(self.keys)), *(f" + len({name})" for name in self.key_lists)])
        words = [*self.keys, *(f"*{name}" for name in self.key_lists)]
        words += ["now()" if name == "now" else name for name in self.values]
        words += [f"len({name})" for name in self.value_lists[:-1]]
        words += [f"*{name}" for name in self.value_lists]
        source = f"""
def {self.name}(*, {", ".join(name for name in self.names if name != "now")}):
    words = ("EVALSHA", digest, {count}, {", ".join(words)})
    return new(Call, ({self.name!r}, words, None, text, where, None))
"""
        return compile(source, "<session/lua>", "exec")

    def _placed(self, source: str) -> str:
        """Return the source with positions instead of names."""
        # The lengths of all lists but the last are between the single values and the lists.
        lengths = len(self.values) + 1
        start = str(lengths + max(0, len(self.value_lists) - 1))

        def place(found: re.Match[str]) -> str:
            nonlocal start
            head, local, table, name = found.groups()
            single = self.keys if table == "KEYS" else self.values
            if ", " not in local:
                return f"{head}{table}[{single.index(name) + 1}]"
            if table == "KEYS":
                return f"{head}{len(single) + 1}, #KEYS"
            number, begin, last = self.value_lists.index(name), start, local.partition(", ")[2]
            start = f"{last} + 1"
            if number == len(self.value_lists) - 1:
                return f"{head}{begin}, #ARGV"
            return f"{head}{begin}, {begin} - 1 + ARGV[{lengths + number}]"

        return _BINDING.sub(place, source)


class Scripts:
    """All scripts: each is a method, named after its file, that returns a call."""

    def __init__(self, sources: Mapping[str, str], shared: str) -> None:
        """Take the sources by name, and that of the functions that they share. Raises `ValueError` for a wrong header."""
        functions = {name: f"function{rest}" for name, rest in _FUNCTION.findall(shared)}
        self.by_name = {name: Script(name, text, functions) for name, text in sources.items()}
        self.__dict__.update({name: script.compiled() for name, script in self.by_name.items()})

    @classmethod
    def load(cls, clock: Clock | None = None) -> Self:
        """Return the scripts of `session/lua`; they are read once a process. `clock` is that of a test."""
        loaded = cls._loaded()
        if clock:
            loaded = copy(loaded)
            loaded.__dict__.update({name: one.compiled(clock) for name, one in loaded.by_name.items()})
        return loaded

    @classmethod
    @cache
    def _loaded(cls) -> Self:
        sources = {
            entry.name.removesuffix(".lua"): entry.read_text(encoding="utf-8")
            for entry in (files("session") / "lua").iterdir()
            if entry.name.endswith(".lua")
        }
        return cls(sources, sources.pop("shared"))

    def __getattr__(self, name: str) -> Callable[..., Call[Any]]:
        """Raise the error for an unknown script; known ones are attributes."""
        raise AttributeError(f"there is no script {name}")


def _put_in(script: str, name: str, shared: Mapping[str, str]) -> str:
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name not in shared:
        raise ValueError(
            f"{script}.lua wants SHARED.{name}, which is neither a constant nor a shared function"
        )
    return _SHARED.sub(lambda found: _put_in(script, found[1], shared), shared[name])
