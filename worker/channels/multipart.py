"""Writes a form with a file, as `multipart/form-data` (RFC 7578). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from worker.channels.reading import wellformed


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """A file in a form."""

    field: str
    filename: str
    mime_type: str
    content: bytes


def multipart(fields: Mapping[str, str], file: FormFile) -> tuple[bytes, str]:
    """Return a body and its content type."""
    written = {name: wellformed(value).encode() for name, value in fields.items()}
    # Neither the file nor a field can contain the hash of all of them. That of the file alone, a customer who sent it knows.
    digest = sha256(b"\0".join(written.values()))
    digest.update(file.content)
    boundary = f"inturn-{digest.hexdigest()}"
    parts: list[bytes] = []
    for name, value in written.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
        parts += [head.encode(), value, b"\r\n"]
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{_quoted(file.field)}"; filename="{_quoted(file.filename)}"\r\n'
        f"Content-Type: {_quoted(file.mime_type)}\r\n\r\n"
    )
    parts += [head.encode(), file.content, f"\r\n--{boundary}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _quoted(text: str) -> str:
    """Return a text that cannot end its place; the three characters are written as browsers do."""
    plain = "".join(one for one in wellformed(text) if one.isprintable())
    return plain.replace('"', "%22")
