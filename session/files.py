"""Files that a reply carries: where they are, of which kind they are, and what WhatsApp takes. Pure.

The types and sizes are those of Meta's "Supported media types"; what Meta does not take cannot be sent anywhere, so that an
assistant need not know by which provider its customer writes.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

import filetype
from pydantic import Field, model_validator

from session.content_parts import Media
from session.records import Record

FileKind = Literal["image", "video", "audio", "voice", "document", "sticker"]

_MB = 1024 * 1024
#: Bytes of the largest file of a kind. A sticker that does not move may have 100 KB only, which Meta checks.
LARGEST: Mapping[FileKind, int] = {
    "image": 5 * _MB,
    "video": 16 * _MB,
    "audio": 16 * _MB,
    "voice": 16 * _MB,
    "document": 100 * _MB,
    "sticker": 500 * 1024,
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_BY_SUFFIX = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".3gp": "video/3gpp",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".csv": "text/plain",
    ".doc": "application/msword",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
}
#: The kind that a type is sent as, unless another one is said.
_KINDS: Mapping[str, FileKind] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "sticker",
    **dict.fromkeys(("video/mp4", "video/3gpp"), "video"),
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), "audio"),
}
#: Names by which programs call the same types.
_SAME = {
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "video/3gp": "video/3gpp",
    "audio/opus": "audio/ogg",
}
_DOCUMENTS = frozenset(_BY_SUFFIX.values())
#: Characters of an address, and of the name of a file.
LONGEST_URL = 2000
_LONGEST_NAME = 240
_SOURCES = ("url", "stored", "path", "content")


class File(Record):
    """A file that a reply carries: at a public address, on this machine, in memory, or already in the media store."""

    kind: FileKind  #: by its type, unless it is said
    mime_type: str = ""  #: by its content or its name, unless it is said; "" of an address without a suffix
    filename: str | None = None  #: what a customer sees of a document
    url: str | None = None  #: from which the provider fetches it
    stored: str | None = None  #: its key in the media store
    size: int | None = Field(None, ge=0)  #: bytes
    sha256: str | None = None  #: in hexadecimal
    path: Path | None = Field(None, exclude=True)  #: put into the media store before the turn is committed
    content: bytes | None = Field(None, exclude=True, repr=False)  #: the same

    @classmethod
    def of(cls, value: object) -> Self:
        """Return what an assistant gives as an attachment: an address, a path, a name with bytes, a medium that came in.

        Raises `ValueError` with what is wrong.
        """
        match value:
            case cls():
                return value
            case str():
                return cls.model_validate({"url": value})
            case Path():
                return cls.model_validate({"path": value})
            case (str() as name, bytes() as content):
                return cls.model_validate({"filename": name, "content": content})
            case Media():
                return cls._again(value)
            case dict():
                return cls.model_validate(value)
        raise ValueError(
            "media is an address, a pathlib.Path, a pair of name and bytes, a File, or a medium that came in"
        )

    @classmethod
    def _again(cls, medium: Media) -> Self:
        if medium.stored is None:
            raise ValueError(
                f"this medium is not kept, so it cannot be sent: {medium.why_not or 'it was not fetched'}"
            )
        known = medium.model_dump(include={"stored", "filename", "size", "sha256", "mime_type"})
        return cls.model_validate(known)

    @property
    def is_kept(self) -> bool:
        """Whether it can be queued: bytes and paths first go into the media store."""
        return self.path is None and self.content is None

    def as_media(self) -> Media:
        """Return it as a medium, in the form in which a history keeps it."""
        known = self.model_dump(include={"mime_type", "url", "filename", "sha256", "size", "stored"})
        return Media.model_validate(known)

    @property
    def name(self) -> str:
        """What it is called in a text: its name, else its kind."""
        return self.filename or self.kind

    @model_validator(mode="before")
    @classmethod
    def _described(cls, given: Any) -> Any:
        """Add the name, the type and the kind that are not said."""
        if not isinstance(given, dict):
            return given
        known = {("mime_type" if name == "mimeType" else name): value for name, value in given.items()}
        place = known.get("path") or known.get("filename") or _last_part(known.get("url"))
        known["filename"] = _clean(known.get("filename") or (known.get("path") and Path(known["path"]).name))
        content = known.get("content")
        if isinstance(content, bytes):
            known["size"] = len(content)
        known["mime_type"] = _plain(known.get("mime_type") or _type_of(content, place))
        if not known.get("kind"):
            known["kind"] = _kind_of(known["mime_type"], place)
        return known

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if sum(getattr(self, source) is not None for source in _SOURCES) != 1:
            raise ValueError("an attachment has one source: url, path, content, or a medium that came in")
        if self.content is not None and not self.filename:
            raise ValueError("bytes need a filename")
        if self.url is not None:
            check_url(self.url)
        if self.mime_type and not _carries(self.kind, self.mime_type):
            raise ValueError(f"{self.name} is {self.mime_type}, which WhatsApp does not take as {self.kind}")
        if self.size == 0:
            raise ValueError(f"{self.name} is empty")
        if self.size is not None and self.size > LARGEST[self.kind]:
            most = LARGEST[self.kind]
            raise ValueError(f"{self.name} has {self.size:,} bytes; WhatsApp takes {most:,} as {self.kind}")
        return self


def check_url(url: str) -> str:
    """Return a public address. Raises `ValueError` if it is none, or too long."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            "an address begins with https:// or http:// and names a host; a file is a pathlib.Path"
        )
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise ValueError(f"an address has at most {LONGEST_URL:,} printable characters, none of them a space")
    return url


def type_in(beginning: bytes) -> str:
    """Return the type that the first bytes of a file show; "" if they do not."""
    found = filetype.guess_mime(beginning)
    return _plain(found) if isinstance(found, str) else ""


def _type_of(content: object, place: object) -> str:
    seen = type_in(content[:8192]) if isinstance(content, bytes) else ""
    if seen in _KINDS or seen == "application/pdf":
        return seen
    # Office files look like archives; their name says more.
    return _BY_SUFFIX.get(PurePosixPath(str(place or "")).suffix.lower(), seen)


def _kind_of(mime_type: str, place: object) -> str:
    if mime_type in _KINDS:
        return _KINDS[mime_type]
    if mime_type in _DOCUMENTS:
        return "document"
    known = mime_type or "its type is not known"
    raise ValueError(
        f"WhatsApp does not take {place or 'this file'} ({known}); File(..., kind=...) says what it is"
    )


def _carries(kind: FileKind, mime_type: str) -> bool:
    if kind == "document":
        return mime_type in _DOCUMENTS
    if kind == "voice":
        return mime_type == "audio/ogg"
    return _KINDS.get(mime_type) == kind


def _plain(mime_type: str) -> str:
    bare = mime_type.partition(";")[0].strip().lower()
    return _SAME.get(bare, bare)


def _last_part(url: object) -> str:
    return unquote(PurePosixPath(urlsplit(url).path).name) if isinstance(url, str) else ""


def _clean(name: object) -> str | None:
    """Return a name of a file without folders and without characters that nobody sees."""
    bare = "".join(one for one in str(name or "").replace("\\", "/").rpartition("/")[2] if one.isprintable())
    if len(bare) <= _LONGEST_NAME:
        return bare.strip() or None
    suffix = PurePosixPath(bare).suffix[:20]
    return bare[: _LONGEST_NAME - len(suffix)] + suffix
