"""What a simulated customer sends who has no file at hand: a small real one of each kind, drawn and played by us."""

from functools import lru_cache
from pathlib import Path

from session.content_parts import Kind

_FOLDER = Path(__file__).parent / "samples"
_NAMES = {
    Kind.IMAGE: "photo.jpg",
    Kind.VIDEO: "film.mp4",
    Kind.DOCUMENT: "document.pdf",
    Kind.AUDIO: "sound.mp3",
    Kind.VOICE: "voice.ogg",
    Kind.STICKER: "sticker.webp",
}


@lru_cache
def sample(kind: Kind) -> bytes:
    """Return the bytes of an attachment of a kind. Raises `KeyError` for a kind that is none."""
    return (_FOLDER / _NAMES[kind]).read_bytes()
