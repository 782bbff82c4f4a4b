"""Compares secrets. Pure: it must not know Flask."""

import hmac


def same(ours: str, theirs: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(ours.encode("utf-8", "replace"), theirs.encode("utf-8", "replace"))
