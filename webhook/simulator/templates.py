"""The message templates of the simulated business, as its providers have them. Kept in the memory of this process."""

import threading
from collections.abc import Sequence
from copy import deepcopy
from hashlib import md5
from typing import Any

from session.template_definitions import parameters_in

#: A definition as Meta's Graph API writes it.
Definition = dict[str, Any]

#: When each template got its quality, in seconds since the epoch.
_SINCE = 1_790_000_000
_ORDER = "https://shop.example/orders/{{1}}"
#: What the business has at the start, one of each kind that an assistant may meet.
SAMPLES: Sequence[Definition] = (
    {
        "name": "we_have_news",
        "language": "en",
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": "We have news for you: {{1}} Reply to go on."},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Go on"}]},
        ],
    },
    {
        "name": "we_have_news",
        "language": "ar",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "لدينا خبر لك: {{1}} اكتب لنا لنكمل."}],
    },
    {
        "name": "viewing_reminder",
        "language": "en",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Your viewing on {{1}}"},
            {"type": "BODY", "text": "Hello {{1}}, we meet at {{2}}."},
            {"type": "FOOTER", "text": "Reply STOP to get no more reminders"},
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "QUICK_REPLY", "text": "I will be there"},
                    {"type": "QUICK_REPLY", "text": "Another time"},
                ],
            },
        ],
    },
    {
        "name": "order_ready",
        "language": "en",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [
            {"type": "BODY", "text": "Hello {{name}}, your order is ready at {{place}}."},
            {
                "type": "BUTTONS",
                "buttons": [{"type": "URL", "text": "Track it", "url": _ORDER, "example": ["7"]}],
            },
        ],
    },
    {
        "name": "new_villa",
        "language": "en",
        "category": "MARKETING",
        "components": [
            {
                "type": "HEADER",
                "format": "IMAGE",
                "example": {"header_handle": ["https://shop.example/villa.png"]},
            },
            {"type": "BODY", "text": "A new villa in {{1}}."},
            {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "VILLA10"}]},
        ],
    },
)


class Templates:
    """All definitions; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Definition] = []
        self.clear()

    def clear(self) -> None:
        """Have the samples again, all approved."""
        with self._lock:
            self._all = [
                {
                    "id": str(number),
                    "status": "APPROVED",
                    "quality_score": {"score": "GREEN", "date": _SINCE},
                    **_whole(one),
                }
                for number, one in enumerate(SAMPLES, start=700_001)
            ]

    def all(self) -> list[Definition]:
        """Return all of them."""
        with self._lock:
            return deepcopy(self._all)

    def find(self, name: str, language: str) -> Definition | None:
        """Return one; None if there is none."""
        return next((one for one in self.all() if (one["name"], one["language"]) == (name, language)), None)

    def put(self, definition: Definition) -> Definition:
        """Keep a definition, in the place of one with the same name and language."""
        with self._lock:
            number = str(700_001 + len(self._all))
            kept = {"id": number, "quality_score": {"score": "UNKNOWN", "date": _SINCE}, **_whole(definition)}
            key = (kept["name"], kept["language"])
            self._all = [one for one in self._all if (one["name"], one["language"]) != key] + [kept]
            return deepcopy(kept)

    def change(self, name: str, language: str, **fields: Any) -> bool:
        """Change a definition; returns whether there is one."""
        with self._lock:
            for one in self._all:
                if (one["name"], one["language"]) == (name, language):
                    one.update(fields)
                    return True
        return False

    def remove(self, name: str) -> bool:
        """Remove a template in all languages; returns whether there was one."""
        with self._lock:
            left = [one for one in self._all if one["name"] != name]
            found, self._all = len(left) < len(self._all), left
            return found


def _whole(definition: Definition) -> Definition:
    """Return a definition with what Meta adds to it: examples, and a format of the parameters."""
    whole = {"parameter_format": "POSITIONAL", **deepcopy(definition)}
    for part in whole["components"]:
        names = parameters_in(part.get("text", ""))
        if not names or "example" in part:
            continue
        where, is_named = f"{part['type'].lower()}_text", not all(map(str.isdecimal, names))
        if is_named:
            named = [{"param_name": name, "example": name} for name in names]
            part["example"] = {f"{where}_named_params": named}
        else:
            part["example"] = {where: [names] if part["type"] == "BODY" else names}
    return whole


def part_of(definition: Definition, kind: str) -> dict[str, Any]:
    """Return the component of a kind; an empty one if there is none."""
    found: dict[str, Any] = next((one for one in definition["components"] if one["type"] == kind), {})
    return found


def sid_of(definition: Definition) -> str:
    """Return the sid that Twilio would have given to it."""
    named = f"{definition['name']}|{definition['language']}".encode()
    return "HX" + md5(named, usedforsecurity=False).hexdigest()


def as_content(definition: Definition) -> dict[str, Any]:
    """Return a definition as Twilio's `ContentAndApprovals` writes it: its parts share their variables."""
    body = part_of(definition, "BODY").get("text", "")
    names = parameters_in(body)
    numbers = iter(range(len(names) + 1, 100))
    header, parts = part_of(definition, "HEADER"), dict[str, Any](body=body)
    if header.get("format") == "TEXT":
        parts["header_text"] = _renumbered(header["text"], numbers)
    elif header:
        parts["media"] = [f"https://shop.example/{{{{{next(numbers)}}}}}"]
    if footer := part_of(definition, "FOOTER").get("text"):
        parts["footer"] = footer
    parts["actions"] = [
        {"type": one["type"], "title": one.get("text", ""), **_action(one, numbers)}
        for one in part_of(definition, "BUTTONS").get("buttons", [])
    ]
    return {
        "sid": sid_of(definition),
        "friendly_name": definition["name"],
        "language": definition["language"],
        "variables": {},
        "types": {"whatsapp/card": parts},
        "approval_requests": {
            "name": definition["name"],
            "status": definition["status"].lower(),
            "category": definition["category"],
            "rejection_reason": "",
        },
    }


def _action(button: dict[str, Any], numbers: Any) -> dict[str, str]:
    match button["type"]:
        case "URL":
            return {"url": _renumbered(button["url"], numbers)}
        case "COPY_CODE":
            return {"code": f"{{{{{next(numbers)}}}}}"}
        case "QUICK_REPLY":
            return {"id": button["text"]}
    return {}


def _renumbered(text: str, numbers: Any) -> str:
    for name in parameters_in(text):
        text = text.replace(f"{{{{{name}}}}}", f"{{{{{next(numbers)}}}}}")
    return text
