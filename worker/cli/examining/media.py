"""Checks where received media are kept."""

from collections.abc import Iterator

from session.errors import MediaStoreError
from session.media_places import MediaPlace
from session.media_store import MediaStore
from worker.cli.examining.finding import Finding, failure, ok, warning


def examine_media(place: MediaPlace, *, simulated: bool = False) -> Iterator[Finding]:
    """Yield whether a small object can be kept, read and removed there, and is encrypted where it is no simulator's."""
    try:
        MediaStore(place).check()
    except MediaStoreError as error:
        yield failure(
            "media", str(error), "correct MEDIA_DIR or MEDIA_URL, or let the user of the programs write there"
        )
        return
    yield ok("media", f"received media are kept in {place.shown}")
    if not place.key and not simulated:
        yield warning(
            "media",
            "they are not encrypted",
            "set MEDIA_KEY, for example to the output of openssl rand -hex 32",
        )
