"""The only place that makes ids. Everything else is handed a function."""

import secrets


def new_id() -> str:
    """Return a fresh id: 12 characters of letters, digits, `-` and `_`, 72 random bits."""
    return secrets.token_urlsafe(9)
