"""The only module that creates ids. Everything else receives a function."""

import secrets


def new_id() -> str:
    """Return a fresh id: 12 characters of letters, digits, `-` and `_`, 72 random bits."""
    return secrets.token_urlsafe(9)
