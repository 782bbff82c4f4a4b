"""Where Meta has a medium: its id leads to an address that is valid for five minutes and wants the token as well.

Source: "Media" of the Cloud API, developers.facebook.com/docs/whatsapp/cloud-api/reference/media.
"""

from worker.channels.error_classes import answer_of
from worker.channels.reading import object_at, text_at, word_at
from worker.channels.transport import HttpResponse, NoResponse
from worker.media.downloading import GONE, Never, NotNow, Place

#: Where Meta keeps media. All of them are Meta's, so they get the token that the first of them wants.
_HOSTS = (".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net", ".whatsapp.com")
#: Meta's code and subcode for an id that does not exist, or that this token may not see.
_NO_SUCH_ID = ("100", "33")


def place_of(
    answer: HttpResponse | NoResponse, headers: dict[str, str], origin: str
) -> Place | NotNow | Never:
    """Return where a medium is, from Meta's answer to its id."""
    if not isinstance(answer, HttpResponse):
        return NotNow(why="Meta does not answer")
    said = answer_of(answer.content)
    if answer.status_code != 200:  # noqa: PLR2004
        error = object_at(said, "error")
        code = word_at(error, "code")
        if answer.status_code in GONE or (code, word_at(error, "error_subcode")) == _NO_SUCH_ID:
            return Never(why=f"Meta has it no more ({answer.status_code})")
        return NotNow(why=f"Meta answers {answer.status_code}, code {code}")
    url = text_at(said, "url")
    if not url:
        return NotNow(why="Meta's answer has no address")
    return Place(
        url=url,
        headers=headers,
        origin=origin,
        hosts=_HOSTS,
        knows_us=_HOSTS,
        mime_type=text_at(said, "mime_type"),
        sha256=text_at(said, "sha256"),
    )
