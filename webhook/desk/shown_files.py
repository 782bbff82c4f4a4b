"""What the pages show of a file: how, by which name, and why it is not there. Pure."""

from dataclasses import dataclass

from session.bounds import bounded
from session.content_parts import Kind, Media
from session.contents import Content
from session.printable import visible

#: Files of one message that are shown.
_MOST_SHOWN = 40
#: Characters of a name.
_LONGEST_NAME = 120
#: Characters of a type of file that has no short name.
_LONGEST_TYPE = 8
#: Types that browsers show as what they are and that cannot contain scripts.
_SHOWN_TYPES = {
    "image": frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"}),
    "video": frozenset({"video/mp4", "video/3gpp", "video/webm"}),
    "audio": frozenset(
        {
            "audio/3gpp",
            "audio/aac",
            "audio/amr",
            "audio/mp4",
            "audio/mpeg",
            "audio/ogg",
            "audio/webm",
            "audio/x-flac",
            "audio/x-wav",
        }
    ),
}
#: Kinds of what comes as a file.
FILE_KINDS = frozenset(
    {Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT, Kind.AUDIO, Kind.VOICE, Kind.STICKER, Kind.CONTACTS}
)
_FAMILIES = {
    Kind.IMAGE: "image",
    Kind.STICKER: "image",
    Kind.VIDEO: "video",
    Kind.AUDIO: "audio",
    Kind.VOICE: "audio",
}
_KINDS = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO}
_OFFICE = "vnd.openxmlformats-officedocument."
_SHORT_TYPES = {
    "plain": "TXT",
    "msword": "DOC",
    "vnd.ms-excel": "XLS",
    "vnd.ms-powerpoint": "PPT",
    f"{_OFFICE}wordprocessingml.document": "DOCX",
    f"{_OFFICE}spreadsheetml.sheet": "XLSX",
    f"{_OFFICE}presentationml.presentation": "PPTX",
}
_KILO = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """One attachment, as a page shows it."""

    n: int  #: its number in the message
    kind: Kind
    as_: str  #: "image", "video", "audio", or "file": only a link
    name: str  #: "" if it has none
    type: str  #: "PDF"; "" if it is not known
    size: int | None  #: bytes
    stored: str  #: its key in the media store, "" if it is not there
    url: str  #: where it is at a provider, or where the business has it
    why_not: str  #: why it is not there
    words: str  #: what a program heard or saw in it


def files_of(content: Content) -> list[ShownFile]:
    """Return the attachments of a content."""
    return [_file(content.kind, n, one) for n, one in enumerate(media_of(content)[:_MOST_SHOWN])]


def media_of(content: Content) -> tuple[Media, ...]:
    """Return the media of a content; most kinds have none."""
    media: tuple[Media, ...] = getattr(content, "media", ())
    return media


def is_shown(mime_type: str) -> bool:
    """Return whether a browser may show a file of this type in its place; anything else is saved."""
    plain = _plain(mime_type)
    return plain in _SHOWN_TYPES.get(plain.partition("/")[0], ())


def _plain(mime_type: str) -> str:
    return mime_type.partition(";")[0].strip().lower()


def _file(kind: Kind, number: int, medium: Media) -> ShownFile:
    mime_type = _plain(medium.mime_type)
    family = mime_type.partition("/")[0]
    # A provider without kinds names a message after its first file; a picture may stand above buttons.
    meant = family if family in _SHOWN_TYPES and kind is not Kind.DOCUMENT else _FAMILIES.get(kind, "file")
    return ShownFile(
        n=number,
        kind=kind if kind in FILE_KINDS else _KINDS.get(meant, Kind.DOCUMENT),
        as_=meant if mime_type in _SHOWN_TYPES.get(meant, ()) else "file",
        # An override of the direction would show "exe.pdf" for what ends in "fdp.exe".
        name=visible(bounded(medium.filename or "", _LONGEST_NAME)),
        type=_type(mime_type),
        size=medium.size,
        stored=medium.stored or "",
        url=medium.url or "",
        why_not=medium.why_not or "",
        words=medium.words or "",
    )


def _type(mime_type: str) -> str:
    subtype = mime_type.partition("/")[2]
    short = _SHORT_TYPES.get(subtype) or subtype.removeprefix("x-").upper()
    return short if len(short) <= _LONGEST_TYPE and short.isascii() else ""


#: How the reasons begin or end for which a medium is not kept, see `worker.media`; any other is a failure.
_MISSING = (
    ("", "file.not_kept"),
    ("it has not arrived yet", "file.waits"),
    ("the medium is larger than", "file.large"),
    ("it is not at the provider", "file.gone"),
    ("its content is not of its kind", "file.wrong"),
    ("it is not what the provider says", "file.wrong"),
)


def missing(why: str) -> str:
    """Return the key of why a medium is not there."""
    if " has it no more" in why:
        return "file.gone"
    return next((key for said, key in _MISSING if (why.startswith(said) if said else not why)), "file.failed")


def size_in_words(size: int) -> tuple[str, str]:
    """Return the key of a size and its number."""
    if size < _KILO:
        return "file.bytes", str(size)
    if size < _KILO * _KILO:
        return "file.kilobytes", f"{size / _KILO:.0f}"
    return "file.megabytes", f"{size / _KILO / _KILO:.1f}".removesuffix(".0")
