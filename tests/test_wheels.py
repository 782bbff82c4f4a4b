"""The two wheels: the operator's, and the simulator's, which the extra `simulator` adds to the same packages."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.ports import free_ports
from tests.valkey import until

MAIN, EXTRA = ROOT / "pyproject.toml", ROOT / "webhook" / "simulator" / "pyproject.toml"
#: Folders that belong to the wheel of the simulator.
SIMULATOR = ("webhook/simulator/", "worker/cli/chat/", "worker/cli/replay/")
PACKAGES = ("session", "worker", "webhook")
MISSING = "the simulator of WhatsApp is not installed. Install it with: pip install 'inturn[simulator]'"
#: Imports everything that is there, except programs.
IMPORT_ALL = """
import pkgutil, session, worker, webhook
for package in (session, worker, webhook):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith(".__main__"):
            __import__(module.name)
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Build both wheels from a copy of the sources; return their files."""
    copy, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheels")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
        )
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
        "--wheel-dir",
        out,
    ]
    built = subprocess.run(
        [*command, copy, copy / "webhook" / "simulator"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (main,) = out.glob("inturn-*.whl")
    (extra,) = out.glob("inturn_simulator-*.whl")
    return main, extra


@pytest.fixture(scope="module")
def main_only(wheels, tmp_path_factory):
    """Return a Python in which the operator's wheel is installed."""
    return installed(tmp_path_factory.mktemp("main"), wheels[0])


@pytest.fixture(scope="module")
def both(wheels, tmp_path_factory):
    """Return a Python in which both wheels are installed."""
    return installed(tmp_path_factory.mktemp("both"), *wheels)


def installed(folder: Path, *wheels: Path) -> str:
    """Return a Python that has the wheels, and the dependencies of this one, but not the checkout."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for wheel in wheels:
        zipfile.ZipFile(wheel).extractall(site)
    # A folder in a .pth file is put on the path, but its own .pth files, one of which names the checkout, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return str(folder / "bin" / "python")


def contents(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def environment(**settings: str) -> dict[str, str]:
    """Return the environment without the path of the checkout, which conftest.py sets."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | settings


def run(python: str, folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [python, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_file_of_the_product_is_in_one_of_the_wheels(wheels):
    main, extra = map(contents, wheels)
    files = {
        name
        for name in subprocess.check_output(["git", "ls-files", *PACKAGES], cwd=ROOT, text=True).splitlines()
        if ROOT / name != EXTRA
    }

    assert main | extra == files
    assert main & extra == set()
    assert extra == {name for name in files if name.startswith(SIMULATOR)}


def test_both_have_one_version_and_require_each_other():
    main, extra = (tomllib.loads(path.read_text(encoding="utf-8"))["project"] for path in (MAIN, EXTRA))

    assert main["version"] == extra["version"]
    assert main["requires-python"] == extra["requires-python"]
    assert main["optional-dependencies"]["simulator"] == [f"{extra['name']}=={extra['version']}"]
    assert extra["dependencies"] == [f"{main['name']}=={main['version']}"]


@pytest.mark.parametrize("packages", ["main_only", "both"])
def test_every_module_of_a_wheel_can_be_imported(packages, tmp_path, request):
    ended = run(request.getfixturevalue(packages), tmp_path, "-c", IMPORT_ALL)

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["run"], 1),
        (["chat", "--channel", "twilio"], 1),
        (["replay", "burst", "--fast"], 1),
        (["webhook", "simulator", "--port", "8001"], 4),
    ],
)
def test_without_the_simulator_a_command_that_needs_it_says_what_to_install(
    main_only, tmp_path, command, status
):
    ended = run(main_only, tmp_path, "-m", "worker.cli", *command)

    assert (ended.returncode, len(ended.stderr.splitlines())) == (status, 1), ended.stderr
    assert MISSING in ended.stderr


def test_without_the_simulator_the_help_lists_what_is_not_installed(main_only, tmp_path):
    listed = run(main_only, tmp_path, "-m", "worker.cli", "--help").stdout

    assert listed.count("Not installed: it needs inturn[simulator].") == 2


def test_without_the_simulator_a_stack_runs_with_real_providers(main_only, tmp_path):
    ports = dict(zip(("PORT", "EMBEDDED_REDIS_PORT"), map(str, free_ports(2)), strict=True))
    provider = {
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_FROM": "+14155238886",
        "PUBLIC_URL": "https://bot.example",
    }
    log = (tmp_path / "log").open("w")
    command = [main_only, "-m", "worker.cli", "run"]
    settings = environment(**ports, **provider)
    with log, subprocess.Popen(command, cwd=tmp_path, env=settings, stdout=log, stderr=log) as stack:
        try:
            until(
                lambda: "\nready in " in (tmp_path / "log").read_text() or stack.poll() is not None,
                "the stack is ready",
                seconds=60,
            )
            assert "It uses the real providers" in (tmp_path / "log").read_text()
        finally:
            stack.send_signal(signal.SIGINT)
    assert stack.returncode == 0


def test_with_the_simulator_the_fixtures_and_the_page_are_there(both, tmp_path):
    listed = run(both, tmp_path, "-m", "worker.cli", "replay", "--list")
    page = run(
        both,
        tmp_path,
        "-c",
        "from webhook.simulator.app import create_app; from webhook.simulator.settings import Settings\n"
        "client = create_app(Settings()).test_client()\n"
        "print(client.get('/simulator', headers={'Accept': 'text/html'}).status_code)",
    )

    assert "quiet-day" in listed.stdout.splitlines()
    assert page.stdout.strip() == "200", page.stderr
