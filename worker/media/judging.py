"""How large a medium may be, and what it is: by its content, not by its name or by what was said of it. Pure."""

import re
from typing import Final

import filetype

from session.content_parts import Kind
from session.files import LARGEST

#: WhatsApp takes and gives files of the same sizes.
_LARGEST: Final = {Kind(kind): size for kind, size in LARGEST.items()}

#: What the content of a kind may be. Any other kind is a document, and may be anything.
_FAMILIES: Final = {
    Kind.IMAGE: ("image/",),
    Kind.STICKER: ("image/", "video/webm", "application/gzip"),  # Telegram has videos and animations
    Kind.AUDIO: ("audio/", "video/mp4", "video/3gpp", "video/webm"),  # a container without a picture
    Kind.VOICE: ("audio/", "video/mp4", "video/3gpp", "video/webm"),
    Kind.VIDEO: ("video/", "image/gif"),
}
_HEARD: Final = {"video/mp4": "audio/mp4", "video/3gpp": "audio/3gpp", "video/webm": "audio/webm"}
_MIME: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_BINARY: Final = "application/octet-stream"
#: What the library does not know: the files of Office before 2007, and 3GP.
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Types whose files are a ZIP or OLE container, so that the beginning does not always tell them apart.
_IN_A_CONTAINER: Final = ("application/vnd.", "application/msword", "application/epub")
#: What a file that is none of the known types must not pass for, because it would be shown, played or run.
_SHOWN: Final = re.compile(r"image/|audio/|video/|application/pdf|.*(?:html|xml|svg|script)")


def most_bytes(kind: Kind) -> int:
    """Return how many bytes a medium of a kind may have, unless its provider has a limit of its own."""
    return _LARGEST.get(kind, LARGEST["document"])


def type_of(kind: Kind, beginning: bytes, said: str) -> str | None:
    """Return the type of a medium by its first bytes; None if it is not what its kind must be. `said` is what the provider calls it."""
    found = _found(beginning)
    if kind in _FAMILIES:
        if not found or not found.startswith(_FAMILIES[kind]):
            return None
        return _HEARD.get(found, found) if kind in (Kind.AUDIO, Kind.VOICE) else found
    said = said.partition(";")[0].strip().lower()
    if not _MIME.fullmatch(said):
        said = _BINARY
    if found in ("application/zip", "application/x-ole-storage"):
        return said if said.startswith(_IN_A_CONTAINER) else found
    return found or (_BINARY if _SHOWN.match(said) else said)


def _found(beginning: bytes) -> str:
    if beginning.startswith(_OLE):
        return "application/x-ole-storage"
    if beginning[4:10] in (b"ftyp3g", b"ftyp3G"):
        return "video/3gpp"
    return filetype.guess_mime(beginning) or ""
