"""The rules of the system that a reader relies on: imports, sizes, where time, ids, settings and keys come from."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from session.policy import Policy
from session.settings import BaseSettings
from session.store import Scripts
from tests.clocks import ManualClock
from tests.session.every_script import play_every_script
from webhook import wake
from webhook.broker import INTAKE_QUEUE
from worker.app import build
from worker.settings import WorkerSettings
from worker.wakeups import DELIVER, DRAIN_INTAKE, QUEUES, SWEEP, TAKE_TURN

ROOT = Path(__file__).parent.parent
PACKAGES = ("session", "worker", "webhook")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SHARED = ROOT / "session" / "lua" / "shared.lua"
SCRIPTS = sorted(path for path in (ROOT / "session" / "lua").glob("*.lua") if path != SHARED)
LONGEST = 250


def named(path):
    return str(path.relative_to(ROOT))


@cache
def trees():
    """Return every module of the product, parsed."""
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


every_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)


# -- the rules of imports


def test_the_import_rules_hold():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())",
    ]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr


#: What a pure module must not load.
_CLIENTS = {"celery", "flask", "httpx", "kombu", "loguru", "redis"}


def pure_modules():
    """Return the names of the modules whose docstring says that they are pure."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path, tree in trees()
        if re.search(r"\bPure\b", ast.get_docstring(tree) or "")
    ]


def test_the_contract_names_every_module_that_calls_itself_pure():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"].startswith("a pure module")]

    assert set(contract["source_modules"]) == set(pure_modules())
    assert set(contract["forbidden_modules"]) == _CLIENTS


def test_pure_modules_load_no_client_no_server_and_no_log():
    names = pure_modules()
    code = f"import sys, {', '.join(names)}\nprint(*sorted({_CLIENTS!r} & sys.modules.keys()))"

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "session.machine" in names
    assert (ended.stdout.strip(), ended.stderr) == ("", "")


def test_the_library_for_media_is_loaded_with_the_first_medium():
    """Most processes never see one."""
    code = "import sys, worker.composition, webhook.app, webhook.desk.app\nprint('obstore' in sys.modules)"

    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "False"


def test_every_task_that_is_sent_by_name_is_known_to_the_worker():
    app = build(WorkerSettings())

    assert {DRAIN_INTAKE, TAKE_TURN, DELIVER, SWEEP} <= set(app.tasks)
    assert wake._TASK in app.tasks
    assert QUEUES[wake._TASK] == INTAKE_QUEUE
    assert {queue.name for queue in app.conf.task_queues} == set(QUEUES.values())


# -- files


def test_no_file_is_longer_than_a_reader_can_hold():
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*MODULES, *SCRIPTS, SHARED]
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_module_says_what_it_is_for():
    first_lines = {named(path): (ast.get_docstring(tree) or "-").splitlines()[0] for path, tree in trees()}

    assert {
        name for name, line in first_lines.items() if not line.rstrip().endswith((".", "?", ":", "!"))
    } == set()


# -- time, ids, settings and keys come from one place each

#: Where each of these may be asked for.
_ONLY_IN = {
    "datetime.now": {"session/clock.py"},
    # What a machine takes for the time is compared with that of Redis, shown to a person, or a provider's; nothing else.
    "SystemClock": {
        "session/clock.py",
        "webhook/app.py",
        "webhook/serving/__main__.py",
        "webhook/simulator/app.py",
        "worker/app.py",
        "worker/cli/catalogue.py",
        "worker/cli/doctor.py",
        "worker/cli/replay/command.py",
        "worker/cli/run.py",
    },
    "datetime.utcnow": set(),
    "datetime.today": set(),
    "date.today": set(),
    "time.time": set(),
    "time.time_ns": set(),
    "uuid.uuid4": set(),
    "uuid.uuid1": set(),
    "uuid4": set(),
    "secrets.token_urlsafe": {"session/ids.py"},
    "secrets.token_hex": {"session/ids.py"},
    "secrets.token_bytes": {"session/ids.py"},
    "token_urlsafe": {"session/ids.py"},
    "token_hex": {"session/ids.py"},
    "random.random": {"session/ids.py"},
    "random.choice": set(),
    "random.uniform": set(),
    "random.randint": set(),
    "os.environ": {"worker/cli/running/settings.py"},
    "os.getenv": set(),
    "environ": set(),
    "getenv": set(),
}
#: How the keys of a conversation begin.
_KEY = re.compile(r"(session|mailbox|outbox|lease|seen|deliveries|rate|optout):(\S|$)")


def test_time_ids_and_the_environment_are_asked_for_in_one_place():
    wrong = {
        (named(path), name)
        for path, tree in trees()
        for name in asked_for(tree)
        if named(path) not in _ONLY_IN.get(name, {named(path)})
    }

    assert wrong == set()


def asked_for(tree):
    """Return what a module takes from others: the names it uses, and those that it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_other_module_spells_a_key():
    spelled = {
        (named(path), node.value)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KEY.match(node.value)
    }

    assert {(name, text) for name, text in spelled if name != "session/keys.py"} == set()


def test_every_settings_class_has_the_common_base():
    modules = [path for path in MODULES if path.name == "settings.py"]

    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bases = {
            ast.unparse(base) for node in tree.body if isinstance(node, ast.ClassDef) for base in node.bases
        }
        fields_only = {
            "ChannelSettings",
            "ChannelWebhookSettings",
        }  # of all providers; they read nothing themselves
        # What another class of the same module extends has one of these bases itself.
        here = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        common = {"pydantic_settings.BaseSettings", "BaseSettings", "WorkerSettings"}
        assert bases - fields_only - here <= common, path
    assert BaseSettings.model_config["hide_input_in_errors"] is True


# -- scripts

_LINE = re.compile(
    r"local (?P<names>\w+(?:, \w+)?) = (?:tonumber\()?(?P<table>KEYS|ARGV|SHARED)\.(?P<bound>\w+)\)?(?: or SHARED\.NOW)?\s+-- .+"
)
_TAG = re.compile(r"\{'([a-z][a-z ]*)'(?: or '([a-z ]+)')?")


class Header:
    """A script in three parts: what it is for, what it is given, what it does."""

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.flags, *lines = self.text.splitlines()
        returns = next(n for n, line in enumerate(lines) if line.startswith("-- Returns "))
        first_binding = next(n for n, line in enumerate(lines) if line.startswith("local "))
        self.purpose = lines[:first_binding]
        self.bindings = [line for line in lines[first_binding:returns] if line and line[0] != " "]
        self.continued = [line for line in lines[first_binding:returns] if line.startswith(" ")]
        end = next(n for n, line in enumerate(lines) if n > returns and not line.startswith("--"))
        self.returns = "\n".join(lines[returns:end])
        self.body = "\n".join(line.partition("--")[0] for line in lines[returns:])


@every_script
def test_a_script_begins_with_what_it_is_for(path):
    purpose = [line.removeprefix("-- ") for line in Header(path).purpose if line]

    assert Header(path).flags.startswith("#!lua")
    assert re.match(r"[A-Z]\w+ ", purpose[0])
    assert purpose[-1].endswith(".")


@every_script
def test_a_script_says_what_it_returns_and_the_store_reads_just_that(path):
    header = Header(path)
    said = {tag for pair in _TAG.findall(header.returns) for tag in pair if tag}
    refused = {"stale"} if "refusal(" in header.body else set()
    returned = set(re.findall(r"(?:return|local reply =) \{\s*'([a-z ]+)'", header.body))
    known = {
        node.value
        for module, tree in trees()
        if named(module).startswith("session/store/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert header.text.count("\n-- Returns ") == 1
    assert returned | refused == said
    assert said <= known


@every_script
def test_a_script_binds_names_that_say_what_they_hold(path):
    header = Header(path)
    lines = [_LINE.fullmatch(line) for line in header.bindings]

    assert all(lines), [line for line, found in zip(header.bindings, lines, strict=True) if not found]
    assert all(line.strip().startswith("-- ") for line in header.continued)
    # What is single is called alike on both sides; the keys come first, then the values, then what is shared.
    assert [found for found in lines if ", " not in found["names"] and found["names"] != found["bound"]] == []
    tables = [found["table"] for found in lines]
    assert tables == sorted(tables, key=["KEYS", "ARGV", "SHARED"].index)


@every_script
def test_below_its_bindings_a_script_speaks_of_names_only(path):
    header = Header(path)

    # Only a list is walked through by place.
    assert not re.findall(r"(?:KEYS|ARGV)\[\d+\]", header.text)
    assert not re.findall(r"(?:KEYS|ARGV|SHARED)\.", header.body)
    assert not re.findall(r"redis\.call\('(?:KEYS|SCAN|EVAL|RANDOMKEY)'", header.body)
    # Where a test hands a time in, no other may be used; only the ids of a stream are always times of the server.
    assert "redis.call('TIME'" not in header.body
    assert ("local NOW = SHARED.NOW" in header.text) is (path.stem == "trim_streams")


@every_script
def test_a_script_goes_by_the_clock_of_its_server(path):
    header = Header(path)
    words = " ".join(header.bindings)

    if path.stem == "trim_streams":
        assert "ARGV.now" not in words
        return
    assert ("ARGV.now" in words) is bool(re.search(r"\bnow\b", header.body))
    assert words.count("local now = tonumber(ARGV.now) or SHARED.NOW") == words.count("ARGV.now")


@every_script
def test_the_server_accepts_a_script(path, valkey):
    script = Scripts.load().by_name[path.stem]

    assert valkey.script_load(script.text) == script.digest
    assert "SHARED." not in script.text


def test_the_store_passes_as_many_keys_and_values_as_a_script_binds(fake):
    calls = play_every_script(fake, ManualClock(), policy=Policy())
    scripts = Scripts.load().by_name

    assert {name for name, _, _ in calls} == set(scripts) == {path.stem for path in SCRIPTS}
    for name, keys, values in calls:
        script = scripts[name]
        for bound, lists, given in (
            (script.keys, script.key_lists, keys),
            (script.values, script.value_lists, values),
        ):
            assert len(given) >= len(bound) if lists else len(given) == len(bound), name


# -- the key table

_ROW = re.compile(r"^(\S+)\s{2,}(string|list|hash|set|sorted set|stream)", re.MULTILINE)


def test_the_table_of_keys_is_complete():
    words = ast.get_docstring(ast.parse((ROOT / "session" / "keys.py").read_text(encoding="utf-8")))
    rows = [row.partition("<")[0].rstrip(":[") for row, _ in _ROW.findall(words)]
    tree = ast.parse((ROOT / "session" / "keys.py").read_text(encoding="utf-8"))
    spelled = {
        parts[1].value.rstrip(":")
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for parts in [node.values]
        if len(parts) > 1 and isinstance(parts[1], ast.Constant) and ast.unparse(parts[0]).find("prefix") > 0
    }

    assert spelled == set(rows)
    assert not [row for row, following in pairwise(sorted(rows)) if row == following]
