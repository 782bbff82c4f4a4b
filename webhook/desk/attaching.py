"""The file that an agent attaches to an answer: checked, and put into the media store before the action is."""

import re

from flask import g, request

from session.errors import MediumTooLarge, UnusableFile
from session.files import LARGEST, File
from session.kept_files import keep_file
from session.media_places import folder_of
from webhook.desk.services import DeskServices
from webhook.serving.uploads import Uploads

#: The field of the form.
FIELD = "media"
#: What is in a form besides its file.
_OTHERWISE = 1024 * 1024
#: The server asks whether an agent may send one before it reads more than usual.
UPLOADS = Uploads(
    path=re.compile(r"/desk/(?:c/[^/]+/answer|campaigns/new)"), body_bytes=max(LARGEST.values()) + _OTHERWISE
)
#: As much of the beginning as tells a type of file from another.
_BEGINNING = 8192


class NotAttached(Exception):
    """Raised with what an agent is told about a file that cannot be sent."""


def is_attached() -> bool:
    """Return whether the form has a file; a browser sends an empty one if none was chosen."""
    given = request.files.get(FIELD)
    return bool(given and given.filename)


def attached() -> File | None:
    """Return the file of the form with its beginning only, None without one. Raises `NotAttached`."""
    given = request.files.get(FIELD)
    if given is None or not given.filename:
        return None
    beginning = given.stream.read(_BEGINNING)
    given.stream.seek(0)
    try:
        return File.of((given.filename, beginning))
    except ValueError as error:
        raise _not_attached(given.filename) from error


def keep_attached(desk: DeskServices, file: File) -> File:
    """Return the file of the form in the media store. Raises `NotAttached` or `MediaStoreError`."""
    folder = folder_of(g.conversation, desk.secrets.shared)
    try:
        return keep_file(desk.media, folder, file, request.files[FIELD].stream)
    except (UnusableFile, MediumTooLarge) as error:
        raise _not_attached(file.name) from error


def _not_attached(name: str) -> NotAttached:
    return NotAttached(g.translate("answer.file", name=name[:200]))
