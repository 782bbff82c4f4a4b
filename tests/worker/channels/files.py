"""A media store of a few files, for the tests of channels; satisfies `worker.channels.files.Files`."""

from dataclasses import dataclass, field

from session import File
from session.errors import NoSuchMedium


@dataclass
class FakeFiles:
    """Has the files that a test puts into it, and remembers uploads."""

    contents: dict[str, bytes] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)

    async def read(self, attachment: File) -> bytes:
        if attachment.stored not in self.contents:
            raise NoSuchMedium(attachment.stored or "")
        return self.contents[attachment.stored]

    async def uploaded(self, name: str) -> str | None:
        return self.ids.get(name)

    async def note_upload(self, name: str, id_: str) -> None:
        self.ids[name] = id_
        self.noted.append(id_)

    async def forget_upload(self, name: str) -> None:
        self.ids.pop(name, None)

    def name_of(self, sender: str, attachment: File) -> str:
        return f"{sender}:{attachment.sha256}"

    def address_of(self, attachment: File, *, queued_at: int) -> str | None:
        return f"https://bot.test/media/{attachment.stored}?{queued_at}"


PICTURE = File(stored="f/1", mime_type="image/jpeg", filename="villa.jpg", size=5, sha256="aa")
PAPER = File(stored="f/2", mime_type="application/pdf", filename="contract.pdf", size=5, sha256="bb")
CONTENTS = {"f/1": b"12345", "f/2": b"%PDF-"}
