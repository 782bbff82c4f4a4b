"""The files of replies under their public addresses: who gets them, for how long, and what is said if they cannot be had."""

from datetime import timedelta

import pytest
import redis

from session.files import File
from session.ids import new_id
from session.media_places import MediaPlace
from session.media_store import MediaStore
from session.pseudonyms import Pseudonyms
from session.public_media import WORKS_FOR, PublicMedia
from session.records import to_ms

PDF = b"%PDF-1.7\n" + bytes(600)


@pytest.fixture
def edge(webhook, tmp_path):
    return webhook(media_dir=tmp_path)


@pytest.fixture
def address(edge, tmp_path):
    """Where the provider finds the file of a reply that was queued now."""
    edge.redis.set("secret", secret := new_id())
    kept = MediaStore(MediaPlace(directory=tmp_path)).put("a" * 32, PDF)
    file = File(filename="عقد.pdf", mime_type="application/pdf", kind="document", stored=kept.key)
    return PublicMedia("", Pseudonyms(secret)).address_of(file, queued_at=to_ms(edge.clock.now()))


def test_a_provider_gets_the_file_with_its_type_and_its_name(edge, address):
    answer = edge.http.get(address)

    assert (answer.status_code, answer.data, answer.content_type) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_an_address_ends_and_cannot_be_changed(edge, address):
    assert edge.http.get(address[:-4] + "AAAA").status_code == 404
    edge.clock.move(seconds=WORKS_FOR / timedelta(seconds=1) - 1)
    assert edge.http.get(address).status_code == 200
    edge.clock.move(seconds=1)

    assert edge.http.get(address).status_code == 404


def test_a_file_that_is_gone_is_not_found(edge, address, tmp_path):
    for kept in [one for one in tmp_path.rglob("*") if one.is_file()]:
        kept.unlink()

    assert edge.http.get(address).status_code == 404


def test_a_provider_is_told_to_come_again_while_redis_is_away(edge, address, log, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(edge.redis.connection_pool, "get_connection", _away)
        assert edge.http.get(address).status_code == 503

    assert edge.http.get(address).status_code == 200
    assert not any("internal server error" in line for line in log)


def _away(*_: object, **__: object) -> None:
    raise redis.ConnectionError("away")
