"""The files that customers send, and how the provider behaves that has them. All of it follows from the number of the file."""

from hashlib import sha256
from typing import Final
from zlib import crc32

#: Numbers of files begin so; two digits that say how the provider behaves, and eight of their own, follow.
BEGINNING: Final = "770"
#: How the provider behaves, of hundred files: the last number of each kind.
_UNTIL: Final = {
    "good": 44,
    "slow": 54,  # the bytes come late, though in time
    "late": 60,  # they come after turns have ceased to wait for them
    "away": 70,  # it answers 503 a few times
    "broken": 76,  # it hangs up in the middle, a few times
    "gone": 82,  # it has the file no more
    "type": 88,  # it says that it is a picture, and it is a page
    "size": 92,  # it says that it is small, and it is endless
    "hash": 95,  # it gives another file
    "private": 98,  # it says that the file is at a private address
    "redirect": 100,  # and says so by a redirection
}
#: Files that must be kept in the end, all others must be dead letters.
KEPT: Final = ("good", "slow", "late", "away", "broken")
#: How often it is away, or breaks off, before it gives a file.
FAILS: Final = 2
_PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_SMALLEST, _LARGEST = 2_000, 60_000


def number_for(message: str) -> str:
    """Return the number of the file that comes with a message."""
    chance = crc32(message.encode())
    return f"{BEGINNING}{chance % 100:02}{chance // 100 % 100_000_000:08}"


def is_sent_with(message: str, of_100: int) -> bool:
    """Return whether a message is a picture."""
    return crc32(f"picture {message}".encode()) % 100 < of_100


def behaviour(number: str) -> str:
    """Return how the provider behaves when it is asked for a file."""
    digits = int(number[len(BEGINNING) : len(BEGINNING) + 2])
    return next(how for how, until in _UNTIL.items() if digits < until)


def picture(number: str) -> bytes:
    """Return the bytes of a picture: one for each number."""
    size = _SMALLEST + crc32(number.encode()) % _LARGEST
    return (_PNG + sha256(number.encode()).digest() * (1 + size // 32))[:size]
