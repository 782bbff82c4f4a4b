"""The only module that creates ids and other random values. Everything else receives a function."""

import random
import secrets


def new_id() -> str:
    """Return a fresh id: 12 characters of letters, digits, `-` and `_`, 72 random bits."""
    return secrets.token_urlsafe(9)


def chance() -> float:
    """Return a random number from 0 to 1, which spreads retries. No secret may depend on it."""
    return random.random()  # noqa: S311


def random_bytes(count: int) -> bytes:
    """Return random bytes for a key or a salt."""
    return secrets.token_bytes(count)
