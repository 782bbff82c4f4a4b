"""Uploads files to Meta before a message names them, once for each content and sender.

An upload lives 30 days at Meta. It is not the send: if it fails in any way it is repeated, and nothing is in doubt.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import SecretStr

from session.errors import MediaStoreError, StoreError
from session.files import File
from worker.channels.error_classes import discreet
from worker.channels.files import Files, unreadable
from worker.channels.meta.errors import media_id_in
from worker.channels.multipart import FormFile, multipart
from worker.channels.outcomes import InDoubt, Outcome, Rejected, Throttled
from worker.channels.transport import Http, HttpRequest, HttpResponse

#: Each holds a file in memory, twice while its form is written.
_AT_ONCE = 3
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}


@dataclass(kw_only=True, eq=False, repr=False)
class Uploads:
    """Returns the media ids of attachments, and uploads those that Meta does not have. `address` is that of a sender."""

    files: Files | None
    http: Http
    token: SecretStr
    address: Callable[[str], str]
    within: float  #: seconds of one upload, the wait for others included
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False)

    async def id_of(self, sender: str, attachment: File) -> str | Outcome:
        """Return the media id of a stored attachment, or the outcome of the send that it prevents. Never raises."""
        if self.files is None:
            return Rejected(code="no-file", words="this process has no media store")
        name = self.files.name_of(sender, attachment)
        try:
            known = await self.files.uploaded(name)
            if known:
                return known
            async with asyncio.timeout(self.within), self._places:
                uploaded = await self._upload(self.files, sender, attachment)
        except MediaStoreError as error:
            return unreadable(error)
        except StoreError as error:
            return _later(error)
        except TimeoutError:
            return Throttled(code="upload", words=f"the upload took longer than {self.within:g} s")
        if isinstance(uploaded, str):
            # Without the note it is uploaded again the next time.
            with suppress(StoreError):
                await self.files.note_upload(name, uploaded)
        return uploaded

    async def forget(self, sender: str, attachment: File) -> Throttled | None:
        """Upload it again the next time. Returns the outcome of the send if this cannot be written; never raises."""
        try:
            if self.files:
                await self.files.forget_upload(self.files.name_of(sender, attachment))
        except StoreError as error:
            return _later(error)
        return None

    async def _upload(self, files: Files, sender: str, attachment: File) -> str | Outcome:
        name = attachment.filename or f"file{_SUFFIXES.get(attachment.mime_type, '')}"
        content = await files.read(attachment)
        body, content_type = multipart(
            {"messaging_product": "whatsapp", "type": attachment.mime_type},
            FormFile(field="file", filename=name, mime_type=attachment.mime_type, content=content),
        )
        token = self.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
        call = HttpRequest(method="POST", url=f"{self.address(sender)}/media", headers=headers, content=body)
        answer = await self.http.exchange(call)
        outcome = (
            media_id_in(answer.status_code, answer.headers, answer.content)
            if isinstance(answer, HttpResponse)
            else answer
        )
        match outcome:
            case str():
                return outcome
            case InDoubt(words=words):
                return Throttled(code="upload", words=words)
        return discreet(outcome, token)


def _later(error: StoreError) -> Throttled:
    """Return the outcome of a send that was not tried, because the store of the uploads did not answer."""
    return Throttled(code="upload", words=f"{type(error).__name__}: which files Meta has is not known")
