"""What a medium is, by its content."""

import io
import zipfile

import pytest

from session.content_parts import Kind
from worker.media.judging import most_bytes, type_of

PAD = b"\0" * 600
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1" + PAD
OGG = b"OggS\0\2" + b"\0" * 22 + b"\x01\x13OpusHead\1\1" + PAD
MP4 = b"\0\0\0\x20ftypmp42\0\0\0\0mp42isom" + PAD
THREE = b"\0\0\0\x18ftyp3gp5\0\0\1\0003gp53gp4" + PAD
PDF = b"%PDF-1.7\n" + PAD
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + PAD
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + PAD
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">'
EXE = b"MZ\x90\0\3" + PAD


def zipped(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "said", "is_a"),
    [
        (Kind.IMAGE, JPEG, "image/png", "image/jpeg"),
        (Kind.STICKER, WEBP, "image/webp", "image/webp"),
        (Kind.VOICE, OGG, "audio/ogg; codecs=opus", "audio/ogg"),
        (Kind.AUDIO, MP4, "audio/mp4", "audio/mp4"),
        (Kind.AUDIO, b"#!AMR\n" + PAD, "", "audio/amr"),
        (Kind.VIDEO, MP4, "video/mp4", "video/mp4"),
        (Kind.VIDEO, THREE, "video/3gpp", "video/3gpp"),
        (Kind.DOCUMENT, PDF, "image/png", "application/pdf"),
        (Kind.DOCUMENT, OLE, "application/msword", "application/msword"),
        (Kind.DOCUMENT, OLE, "text/html", "application/x-ole-storage"),
        (Kind.DOCUMENT, zipped("a.txt"), "image/png", "application/zip"),
        (Kind.DOCUMENT, b"name;price\n", "text/csv", "text/csv"),
        (Kind.DOCUMENT, b"<html><script>", "text/html", "application/octet-stream"),
        (Kind.DOCUMENT, SVG, "image/svg+xml", "application/octet-stream"),
        (Kind.DOCUMENT, b"hello", "application/pdf", "application/octet-stream"),
        (Kind.DOCUMENT, b"hello", "nonsense\r\nX: 1", "application/octet-stream"),
        (Kind.DOCUMENT, EXE, "application/pdf", "application/x-msdownload"),
    ],
)
def test_a_medium_is_what_its_content_is(kind, content, said, is_a):
    assert type_of(kind, content, said) == is_a


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Kind.IMAGE, SVG),
        (Kind.IMAGE, b"<html>"),
        (Kind.IMAGE, PDF),
        (Kind.IMAGE, EXE),
        (Kind.IMAGE, MP4),
        (Kind.VOICE, JPEG),
        (Kind.VIDEO, OGG),
        (Kind.STICKER, PDF),
        (Kind.IMAGE, b""),
    ],
)
def test_what_is_not_of_its_kind_is_refused(kind, content):
    assert type_of(kind, content, "image/jpeg") is None


def test_sizes_are_those_of_whatsapp():
    mb = 1024 * 1024
    assert most_bytes(Kind.IMAGE) == 5 * mb
    assert most_bytes(Kind.VOICE) == most_bytes(Kind.VIDEO) == 16 * mb
    assert most_bytes(Kind.DOCUMENT) == most_bytes(Kind.CONTACTS) == 100 * mb
