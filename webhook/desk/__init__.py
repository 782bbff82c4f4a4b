"""The desk: pages where agents see conversations, take them over and answer. It must not know the worker.

The webhook serves it; `gunicorn 'webhook.desk:create_app()'` runs it as a separate process.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webhook.desk.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Return `create_app`, loaded on first use: the pure modules of this package need no Flask."""
    if name == "create_app":
        from webhook.desk.app import create_app  # noqa: PLC0415

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
