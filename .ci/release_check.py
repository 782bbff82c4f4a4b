"""Builds the wheel, compares it with the files in git, and installs it into an environment of its own: `make release-check`."""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
PACKAGES = ("session", "worker", "webhook")
OUT = ROOT / "build" / "dist"


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command; return what it prints. Its errors are shown, and end this program."""
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def built(version: str) -> Path:
    """Build the wheel of what is committed, not of what lies beside it; return its path."""
    with TemporaryDirectory() as folder:
        run("git", "worktree", "add", "--quiet", "--detach", f"{folder}/source", "HEAD")
        try:
            run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", OUT, f"{folder}/source")
        finally:
            run("git", "worktree", "remove", "--force", f"{folder}/source")
    return OUT / f"inturn-{version}-py3-none-any.whl"


def differences(wheel: Path, version: str) -> list[str]:
    """Compare the files of the wheel with those of the packages in git."""
    inside = {
        name for name in ZipFile(wheel).namelist() if not name.startswith(f"inturn-{version}.dist-info/")
    }
    committed = set(run("git", "ls-tree", "-r", "--name-only", "HEAD", *PACKAGES).split("\n")) - {""}
    return [
        *(f"in git and not in the wheel: {name}" for name in sorted(committed - inside)),
        *(f"in the wheel and not in git: {name}" for name in sorted(inside - committed)),
    ]


def try_out(wheel: Path, version: str) -> None:
    """Install the wheel without the checkout in sight, and call the command."""
    with TemporaryDirectory() as folder:
        venv.create(f"{folder}/venv", with_pip=True)
        programs = Path(folder) / "venv" / "bin"
        run(programs / "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=Path(folder))
        run(programs / "inturn", "--help", cwd=Path(folder))
        said = run(programs / "inturn", "--version", cwd=Path(folder))
        if version not in said:
            sys.exit(f"`inturn --version` says {said.strip()!r}, pyproject.toml says {version}")


def main() -> None:
    """Check everything; the first thing that is wrong ends with a message and status 1."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    wheel = built(version)
    if wrong := differences(wheel, version):
        sys.exit("\n".join(wrong))
    try_out(wheel, version)
    headings = [
        line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "
    ]
    if not headings[0].startswith(f"## {version} "):
        print(
            f"Before the release: CHANGELOG.md begins with {headings[0]!r}, not with '## {version} - <date>'."
        )
    print(f"{wheel.relative_to(ROOT)} is complete, installs, and runs.")


if __name__ == "__main__":
    main()
