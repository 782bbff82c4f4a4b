"""Reads messages in the first format, in which the fields of a content stand beside the others. Pure."""

from typing import Any

from session.content_parts import Kind


def with_content(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a message with a content, for those that stand side by side, as in the first format."""
    kind = values.get("kind", Kind.TEXT)
    content = {"kind": kind} | {
        name: values[name] for name in ("text", "payload", "media", "location") if values.get(name)
    }
    details = values.get("details")
    if isinstance(details, dict):
        content |= {name: details[name] for name in ("description", "typed") if name in details}
    if kind == Kind.EDIT:
        content = {"kind": kind, "text": values.get("text", "")}
    return {name: value for name, value in values.items() if name not in _FLAT} | {"content": content}


#: Fields of a message in the first format that are fields of its content now.
_FLAT = frozenset({"kind", "text", "payload", "media", "location"})
