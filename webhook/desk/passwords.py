"""The names and passwords of agents. `python -m webhook.desk.passwords NAME` prints an entry of `DESK_AGENTS`.

A hash has no character with a special meaning in a shell, an env file or Docker Compose.
"""

import argparse
import getpass
import hashlib
import hmac
import re
import sys
import unicodedata

from session.agent_actions import is_reserved
from session.ids import new_id

_HASH = re.compile(r"s1\.([\w-]{8,})\.([0-9a-f]{64})")
#: The parameters of scrypt: 32 MB and about a tenth of a second. "s1" stands for them.
_N, _R, _P, _MEMORY = 2**15, 8, 1, 64 * 1024 * 1024
_SHORTEST = 12
_LONGEST_NAME = 40


def normalized(name: str) -> str:
    """Return a name with single spaces, in Unicode's composed form; "" if no agent may have this name."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    invisible = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in name)
    return "" if invisible or len(name) > _LONGEST_NAME or is_reserved(name) else name


def hash_of(password: str, *, salt: str) -> str:
    """Return the hash of a password, "s1.<salt>.<hex>". The salt is 8 or more letters, digits, `-` and `_`."""
    return f"s1.{salt}.{_digest(password, salt)}"


def is_hash(text: str) -> bool:
    """Return whether a text is such a hash."""
    return _HASH.fullmatch(text) is not None


def matches(password: str, hashed: str) -> bool:
    """Return whether a hash was made of this password. A wrong password takes as long as the right one."""
    found = _HASH.fullmatch(hashed)
    return found is not None and hmac.compare_digest(_digest(password, found[1]), found[2])


def _digest(password: str, salt: str) -> str:
    words = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(words, salt=salt.encode(), n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32).hex()


def main(argv: list[str]) -> int:
    """Ask for a password, or read it from standard input, and print "name:hash". Returns the exit status."""
    asked = _parser().parse_args(argv)
    name = normalized(" ".join(asked.name))
    if not name or "," in name or ":" in name:
        sys.stderr.write("the name is not allowed: 1 to 40 characters, no comma, no colon, and not `phone`\n")
        return 2
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
        if password != getpass.getpass("Once more: "):
            sys.stderr.write("the two passwords differ\n")
            return 1
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < _SHORTEST:
        sys.stderr.write(f"the password is too short: {_SHORTEST} characters at least\n")
        return 1
    rank = asked.rank or ("agent" if asked.scopes else "")
    limits = filter(None, (rank, asked.scopes))
    sys.stdout.write(":".join([name, hash_of(password, salt=new_id()), *limits]) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m webhook.desk.passwords",
        description="Ask for the password of an agent, and print an entry of DESK_AGENTS.",
    )
    parser.add_argument("name", nargs="+", help="the name of the agent; it may contain spaces")
    parser.add_argument(
        "--rank",
        choices=["agent", "supervisor"],
        help="a supervisor may also forget customers (default: supervisor; with --scopes: agent)",
    )
    parser.add_argument(
        "--scopes",
        metavar="ONE+TWO",
        help="the scopes of SENDERS_FILE that the agent sees, `-` for senders without one (default: all)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
