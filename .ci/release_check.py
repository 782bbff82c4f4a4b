"""Builds both wheels, compares them with the files in git, and installs them into a fresh environment: `make release-check`."""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
PACKAGES = ("session", "worker", "webhook")
SIMULATOR = "webhook/simulator"  #: the folder from which the wheel of the simulator is built
OUT = ROOT / "build" / "dist"


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command; return what it prints. Its errors are shown, and end this program."""
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def built(version: str) -> list[Path]:
    """Build the wheels of what is committed, not of what lies beside it: the operator's and the simulator's; return their paths."""
    with TemporaryDirectory() as folder:
        run("git", "worktree", "add", "--quiet", "--detach", f"{folder}/source", "HEAD")
        try:
            sources = (f"{folder}/source", f"{folder}/source/{SIMULATOR}")
            run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", OUT, *sources)
        finally:
            run("git", "worktree", "remove", "--force", f"{folder}/source")
    return [OUT / f"{name}-{version}-py3-none-any.whl" for name in ("inturn", "inturn_simulator")]


def differences(wheels: list[Path]) -> list[str]:
    """Compare the files of the wheels with those of the packages in git."""
    names = [name for wheel in wheels for name in ZipFile(wheel).namelist() if ".dist-info/" not in name]
    inside = set(names)
    committed = set(run("git", "ls-tree", "-r", "--name-only", "HEAD", *PACKAGES).split("\n"))
    committed -= {"", f"{SIMULATOR}/pyproject.toml"}
    return [
        *(f"in git and in no wheel: {name}" for name in sorted(committed - inside)),
        *(f"in a wheel and not in git: {name}" for name in sorted(inside - committed)),
        *(f"in both wheels: {name}" for name in sorted(inside) if names.count(name) > 1),
    ]


def try_out(wheels: list[Path], version: str) -> None:
    """Install the wheels without the checkout in sight, and call the command."""
    with TemporaryDirectory() as folder:
        venv.create(f"{folder}/venv", with_pip=True)
        programs = Path(folder) / "venv" / "bin"
        run(programs / "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", *wheels, cwd=Path(folder))
        run(programs / "inturn", "--help", cwd=Path(folder))
        said = run(programs / "inturn", "--version", cwd=Path(folder))
        if version not in said:
            sys.exit(f"`inturn --version` says {said.strip()!r}, pyproject.toml says {version}")


def main() -> None:
    """Check everything; the first thing that is wrong ends with a message and status 1."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    wheels = built(version)
    if wrong := differences(wheels):
        sys.exit("\n".join(wrong))
    try_out(wheels, version)
    headings = [
        line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "
    ]
    if not headings[0].startswith(f"## {version} "):
        print(
            f"Before the release: CHANGELOG.md begins with {headings[0]!r}, not with '## {version} - <date>'."
        )
    print(" and ".join(str(wheel.relative_to(ROOT)) for wheel in wheels), "are complete, install, and run.")


if __name__ == "__main__":
    main()
