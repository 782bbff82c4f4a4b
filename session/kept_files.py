"""Puts a file that is sent into the media store, where it waits for its message. It blocks."""

from pathlib import Path
from typing import IO

from session.errors import UnusableFile
from session.files import LARGEST, File, type_in
from session.media_store import Incoming, MediaStore

_PART = 256 * 1024


def keep_file(store: MediaStore, folder: str, file: File, content: IO[bytes] | None = None) -> File:
    """Return a file that is in the folder of its conversation; neither its path nor its bytes are needed any more.

    `content` is all of a file that has only its beginning in memory.

    Raises `UnusableFile` if it cannot be read or is not what it is called, `MediaStoreError` if it cannot be kept.
    """
    with store.incoming(LARGEST[file.kind]) as incoming:
        if content is not None:
            _copy(incoming, content)
        elif file.path is not None:
            _read_into(incoming, file.path)
        else:
            incoming.write(file.content or b"")
        if not incoming.size:
            raise UnusableFile(file.name, "it is empty")
        seen = type_in(incoming.beginning)
        if file.kind != "document" and seen and seen != file.mime_type:
            raise UnusableFile(file.name, f"it is {seen}, not {file.mime_type}")
        kept = store.keep(folder, incoming)
    where = {"stored": kept.key, "size": kept.size, "sha256": kept.sha256, "path": None, "content": None}
    return file.model_copy(update=where)


def _read_into(incoming: Incoming, path: Path) -> None:
    try:
        with path.open("rb") as opened:
            _copy(incoming, opened)
    except OSError as error:
        raise UnusableFile(path.name, error.strerror or type(error).__name__) from None


def _copy(incoming: Incoming, content: IO[bytes]) -> None:
    while part := content.read(_PART):
        incoming.write(part)
