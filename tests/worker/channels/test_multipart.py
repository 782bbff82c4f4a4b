"""A form with a file has the fields that it was given, whatever is in them."""

from email.parser import BytesParser
from hashlib import sha256

import pytest

from worker.channels.multipart import FormFile, multipart

PICTURE = FormFile(field="photo", filename='a "b"\r\n.jpg', mime_type="image/jpeg", content=b"12345")


def fields_of(body, content_type):
    form = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in form.get_payload()
    ]


@pytest.mark.parametrize("guessed", [b"12345", b"", b"5\x0012345", b"512345"])
def test_a_caption_cannot_begin_a_field_of_its_own(guessed):
    boundary = f"--inturn-{sha256(guessed).hexdigest()}"
    caption = f'Hi\r\n{boundary}\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n666'

    found = fields_of(*multipart({"chat_id": "5", "caption": caption}, PICTURE))

    assert found == [("chat_id", b"5"), ("caption", caption.encode()), ("photo", b"12345")]
