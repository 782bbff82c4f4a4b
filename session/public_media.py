"""Public addresses of media: what a provider fetches that takes no upload. Whoever has one can read the file until it ends.

The address hides everything: what it names is encrypted with a secret of the deployment, and cannot be changed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from session.content_parts import Media
from session.files import File
from session.pseudonyms import Pseudonyms
from session.records import MS

#: After its reply was queued. It is sent within a day, or not at all; Twilio may let it wait for four hours more.
WORKS_FOR = timedelta(hours=28)
PATH = "/media/"
#: Distinguishes an address from the name of a conversation, which is encrypted in the same way.
_MARK = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMedium:
    """A medium that an address leads to."""

    stored: str
    mime_type: str
    filename: str | None


class PublicMedia:
    """Makes the addresses, and reads them."""

    def __init__(self, base: str, pseudonyms: Pseudonyms) -> None:
        """Take the public URL of the webhook, "" where addresses are only read, and the secret that all processes share."""
        self._base = base
        self._pseudonyms = pseudonyms

    def address_of(self, attachment: File | Media, *, queued_at: int) -> str:
        """Return an address of a stored attachment, whose reply was queued at a time of the server, in ms."""
        until = queued_at + WORKS_FOR // MS
        named = [_MARK, until, attachment.stored, attachment.mime_type, attachment.filename]
        return f"{self._base}{PATH}{self._pseudonyms.encode(json.dumps(named, ensure_ascii=False))}"

    def behind(self, token: str, *, now: Callable[[], int]) -> PublicMedium | None:
        """Return what the last part of an address leads to; None if it is none of ours, or too old `now`, in ms.

        The time is asked for only with an address of ours, because it may be that of a server.
        """
        try:
            named = json.loads(self._pseudonyms.decode(token) or "")
        except ValueError:
            return None
        match named:
            case [mark, int(until), str(stored), str(mime_type), filename] if mark == _MARK:
                if until > now():
                    return PublicMedium(stored=stored, mime_type=mime_type, filename=filename)
        return None
