"""`.env.example` shows every setting of every program, with its true default."""

import itertools
import re
from pathlib import Path

from pydantic import SecretStr

from webhook.api.settings import ApiSettings
from webhook.desk.settings import DeskSettings
from webhook.serving.settings import ServingSettings
from webhook.settings import WebhookSettings
from webhook.simulator.settings import Settings as SimulatorSettings
from worker.assistants.llm.settings import LlmSettings
from worker.cli.examining.configuration import COMPOSE
from worker.cli.running.settings import RunSettings

ROOT = Path(__file__).parents[3]
PROGRAMS = (
    RunSettings,
    WebhookSettings,
    ServingSettings,
    DeskSettings,
    ApiSettings,
    SimulatorSettings,
    LlmSettings,
)
LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
SHOWN = {
    match[1]: match[2] for match in (re.fullmatch(r"#([A-Z][A-Z_]*)=(.*)", line) for line in LINES) if match
}


def test_it_shows_every_setting_and_no_other():
    settings = {name.upper() for program in PROGRAMS for name in program.model_fields}
    assert set(SHOWN) == settings | COMPOSE


def test_it_shows_the_defaults():
    for name, shown in SHOWN.items():
        if name not in COMPOSE:
            defaults = {
                written(program.model_fields[name.lower()].default)
                for program in PROGRAMS
                if name.lower() in program.model_fields
            }
            assert shown in defaults, name


def test_every_setting_has_one_line_of_explanation():
    for before, line in itertools.pairwise(LINES):
        if line.startswith("#") and not line.startswith("# "):
            assert re.fullmatch(r"# [A-Za-z].*\S", before), line


def test_compose_reads_nothing_else():
    read = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert read <= set(SHOWN)


def written(default: object) -> str:
    match default:
        case None:
            return ""
        case bool():
            return str(default).lower()
        case dict():
            return ",".join(f"{name}:{value}" for name, value in default.items())
        case frozenset():
            return ",".join(sorted(default))
        case SecretStr():
            return default.get_secret_value()
    return str(default)
