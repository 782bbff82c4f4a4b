"""Hashes the passwords of agents: `python -m webhook.desk.passwords NAME` asks for one and prints what to configure.

The hash has no character that a shell, an env file or docker compose would take for its own.
"""

import argparse
import getpass
import hashlib
import hmac
import re
import sys

from session.ids import new_id
from webhook.desk.names import tidy

_HASH = re.compile(r"s1\.([\w-]{8,})\.([0-9a-f]{64})")
#: scrypt with 32 MB and about a tenth of a second: "s1" stands for these figures.
_N, _R, _P, _MEMORY = 2**15, 8, 1, 64 * 1024 * 1024
_SHORTEST = 12


def hash_of(password: str, *, salt: str) -> str:
    """Return the hash of a password, "s1.<salt>.<hex>"; the salt is letters, digits, `-` and `_`, 8 or more."""
    return f"s1.{salt}.{_digest(password, salt)}"


def is_hash(text: str) -> bool:
    """Whether a text is such a hash."""
    return _HASH.fullmatch(text) is not None


def matches(password: str, hashed: str) -> bool:
    """Whether a hash was made of this password; takes as long for a wrong one as for the right one."""
    found = _HASH.fullmatch(hashed)
    return found is not None and hmac.compare_digest(_digest(password, found[1]), found[2])


def _digest(password: str, salt: str) -> str:
    words = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(words, salt=salt.encode(), n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32).hex()


def main(argv: list[str]) -> int:
    """Print "name:hash" for DESK_AGENTS; the password is asked for, or read from standard input. Returns the status."""
    asked = _parser().parse_args(argv)
    name = tidy(" ".join(asked.name))
    if not name or "," in name or ":" in name:
        sys.stderr.write("a name has 40 characters at most, no comma and no colon, and is not `phone`\n")
        return 2
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
        if password != getpass.getpass("Once more: "):
            sys.stderr.write("these are not the same\n")
            return 1
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < _SHORTEST:
        sys.stderr.write(f"{_SHORTEST} characters at least\n")
        return 1
    rank = asked.rank or ("agent" if asked.scopes else "")
    limits = filter(None, (rank, asked.scopes))
    sys.stdout.write(":".join([name, hash_of(password, salt=new_id()), *limits]) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m webhook.desk.passwords",
        description="Ask for the password of an agent, and print what goes into DESK_AGENTS.",
    )
    parser.add_argument("name", nargs="+", help="what the agent is called; blanks are welcome")
    parser.add_argument(
        "--rank",
        choices=["agent", "supervisor"],
        help="a supervisor may forget customers too (default: supervisor; agent, if there are --scopes)",
    )
    parser.add_argument(
        "--scopes",
        metavar="ONE+TWO",
        help="the scopes of SENDERS_FILE that the agent sees, `-` for senders without one (default: all)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
