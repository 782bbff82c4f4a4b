"""Addresses of files that providers fetch."""

from session.files import File
from session.pseudonyms import Pseudonyms
from session.public_media import PublicMedia, PublicMedium

NAME = "عقد " * 59 + ".pdf"
PAPER = File(stored=f"{'a' * 32}/{'b' * 64}.sealed", mime_type="application/pdf", filename=NAME)


def test_the_longest_arabic_name_makes_no_address_that_is_too_long():
    public = PublicMedia("https://bot.example.com", Pseudonyms("secret"))

    address = public.address_of(PAPER, queued_at=0)

    assert len(address) < 1024
    found = public.behind(address.rpartition("/")[2], now=lambda: 0)
    assert found == PublicMedium(stored=PAPER.stored, mime_type="application/pdf", filename=NAME)


def test_no_time_is_asked_for_an_address_that_is_none_of_ours():
    def now() -> int:
        raise AssertionError("a stranger has made the server be asked")

    for token in (
        "",
        "x",
        "AAAA",
        PublicMedia("", Pseudonyms("other")).address_of(PAPER, queued_at=0).rpartition("/")[2],
    ):
        assert PublicMedia("", Pseudonyms("secret")).behind(token, now=now) is None
