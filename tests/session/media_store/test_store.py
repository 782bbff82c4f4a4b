"""Media are kept in a folder or a bucket, come back as they were, and are removed."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from session.errors import (
    DamagedMedium,
    MediaStoreUnavailable,
    MediumTooLarge,
    NoSuchMedium,
    WrongMediaKey,
)
from session.media_places import MediaPlace, folder_of, read_bucket
from session.media_store import MediaStore
from session.media_store.sealing import CHUNK
from tests.session.media_store.s3 import Bucket

HIS = folder_of("whatsapp:+201000000001", "secret")
HERS = folder_of("whatsapp:+201000000002", "secret")
KEY = "0123456789abcdef" * 4
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK)


@pytest.fixture
def bucket():
    bucket = Bucket()
    yield bucket
    bucket.close()


@pytest.fixture(params=["folder", "folder, sealed", "bucket", "bucket, sealed"])
def place(request, tmp_path):
    key = KEY if "sealed" in request.param else ""
    within = None
    if "bucket" in request.param:
        within = read_bucket(request.getfixturevalue("bucket").url)
    return MediaPlace(directory=tmp_path / "media", bucket=within, key=key)


@pytest.fixture
def media(place):
    return MediaStore(place)


def content(size):
    return bytes(n * 7 % 251 for n in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_kept_comes_back(media, size):
    kept = media.put(HIS, content(size))

    assert kept.key.startswith(f"{HIS}/{sha256(content(size)).hexdigest()}")
    assert (kept.size, kept.sha256) == (size, sha256(content(size)).hexdigest())
    assert media.get(kept.key) == content(size)
    assert media.size(kept.key) == size


def test_a_large_medium_is_kept_in_parts(media):
    part = content(100_000)
    with media.incoming(20_000_000) as incoming:
        for _ in range(120):
            incoming.write(part)
        kept = media.keep(HIS, incoming)

    assert media.get(kept.key) == part * 120
    assert b"".join(media.read(kept.key, 11_999_990)) == part[-10:]


def test_a_large_medium_waits_beside_the_others_and_not_in_memory(media, place, tmp_path, monkeypatch):
    place.directory.mkdir(exist_ok=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))

    with media.incoming(20_000_000) as incoming:
        incoming.write(content(3_000_000))
        assert list(place.directory.iterdir()) == []
        kept = media.keep(HIS, incoming)

    assert media.size(kept.key) == 3_000_000


@pytest.mark.parametrize("size", SIZES)
def test_any_part_of_it_can_be_read(media, size):
    kept = media.put(HIS, content(size))
    edges = sorted({0, 1, CHUNK - 1, CHUNK, CHUNK + 1, max(0, size - 1), size})

    for start in (edge for edge in edges if edge < size):
        for stop in edges:
            assert b"".join(media.read(kept.key, start, stop)) == content(size)[start:stop]
        assert b"".join(media.read(kept.key, start)) == content(size)[start:]


def test_the_same_file_is_kept_once_for_each_customer(media):
    first, again, hers = (media.put(folder, b"a") for folder in (HIS, HIS, HERS))

    assert first == again
    assert hers.key != first.key
    assert media.remove(HIS) == 1
    assert media.get(hers.key) == b"a"
    with pytest.raises(NoSuchMedium):
        media.get(first.key)
    assert media.remove(HIS) == 0


def test_a_medium_that_is_too_large_is_refused_while_it_arrives(media):
    with media.incoming(10) as incoming:
        incoming.write(b"12345")
        with pytest.raises(MediumTooLarge, match="larger than 10 bytes"):
            incoming.write(b"678901")

    assert media.remove(HIS) == 0


def test_what_is_old_is_removed(media):
    kept = media.put(HIS, b"old")

    assert media.remove_older(datetime.now(UTC) - timedelta(days=1)) == 0
    assert media.get(kept.key) == b"old"
    assert media.remove_older(datetime.now(UTC) + timedelta(days=1)) == 1
    with pytest.raises(NoSuchMedium):
        media.get(kept.key)


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", f"{HIS}/../x", f"{HIS}/{'0' * 64}", f"{HIS}/{'0' * 64}.sealed"]
)
def test_nothing_but_a_medium_can_be_read(media, key):
    with pytest.raises(NoSuchMedium):
        media.get(key)
    with pytest.raises(NoSuchMedium):
        media.size(key)


def test_only_a_folder_of_a_conversation_can_be_written_or_removed(media):
    for folder in ("", "..", "a/b"):
        with pytest.raises(ValueError, match="folder_of"):
            media.remove(folder)
        with pytest.raises(ValueError, match="folder_of"):
            media.put(folder, b"")


def test_a_store_that_works_passes_its_check_and_keeps_nothing_of_it(media):
    media.check()

    assert media.remove_older(datetime.now(UTC) + timedelta(days=1)) == 0


def test_what_two_sweeps_find_is_removed_once(media, monkeypatch):
    kept = [media.put(folder, b"old") for folder in (HIS, HERS)]
    found = list(media._objects.pages())
    monkeypatch.setattr(media._objects, "pages", lambda *_: iter(found))
    media.remove(HIS)

    media.remove_older(datetime.now(UTC) + timedelta(days=1))

    for one in kept:
        with pytest.raises(NoSuchMedium):
            media.get(one.key)


# -- a folder


def test_empty_folders_go_with_their_last_medium(tmp_path):
    media = MediaStore(MediaPlace(directory=tmp_path / "media"))
    media.put(HIS, b"a")
    media.remove_older(datetime.now(UTC) + timedelta(days=1))

    assert list((tmp_path / "media").iterdir()) == []
    assert (tmp_path / "media").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(MediaStoreUnavailable, match=r"the media store .*file/media cannot be used"):
        MediaStore(MediaPlace(directory=tmp_path / "file" / "media")).put(HIS, b"a")


# -- a bucket


def test_a_bucket_is_asked_with_its_key_below_its_prefix(bucket):
    media = MediaStore(MediaPlace(directory="", bucket=read_bucket(bucket.url)))
    kept = media.put(HIS, b"a")

    method, name, signed = bucket.requests[-1]
    assert (method, name) == ("PUT", f"media/{kept.key}")
    assert "Credential=key/" in signed
    assert "/eu-north-1/s3/" in signed


def test_a_bucket_that_is_away_is_a_clear_error_without_its_secret(bucket):
    media = MediaStore(MediaPlace(directory="", bucket=read_bucket(bucket.url)))
    kept = media.put(HIS, b"a")
    bucket.down = True

    for ask in (lambda: media.put(HIS, b"b"), lambda: media.get(kept.key), lambda: media.remove(HIS)):
        with pytest.raises(MediaStoreUnavailable) as raised:
            ask()
        assert str(raised.value).startswith(
            f"the media store http://127.0.0.1:{bucket.port}/bucket/media cannot"
        )
        assert "cret" not in str(raised.value)


# -- encryption


@pytest.fixture
def sealed(tmp_path):
    return MediaStore(MediaPlace(directory=tmp_path, key=KEY))


def test_nothing_readable_is_on_the_disk(sealed, tmp_path):
    words = b"a contract " * 20_000
    kept = sealed.put(HIS, words)

    assert b"contract" not in (tmp_path / kept.key).read_bytes()
    assert sealed.get(kept.key) == words


def test_another_key_or_none_is_a_clear_error(sealed, tmp_path):
    kept = sealed.put(HIS, b"a")

    for key in ("", KEY[::-1]):
        with pytest.raises(WrongMediaKey, match="another MEDIA_KEY"):
            MediaStore(MediaPlace(directory=tmp_path, key=key)).get(kept.key)


def test_what_was_kept_before_there_was_a_key_can_still_be_read(sealed, tmp_path):
    kept = MediaStore(MediaPlace(directory=tmp_path)).put(HIS, b"open")

    assert sealed.get(kept.key) == b"open"


def _without_a_chunk(data):
    return data[:48] + data[48 + CHUNK + 16 :]


def _cut_at_a_chunk(data):
    return data[: 48 + CHUNK + 16]


def _one_bit(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def _swapped(data):
    return (
        data[:48]
        + data[48 + CHUNK + 16 : 48 + 2 * (CHUNK + 16)]
        + data[48 : 48 + CHUNK + 16]
        + data[48 + 2 * (CHUNK + 16) :]
    )


@pytest.mark.parametrize(
    "change", [_without_a_chunk, _cut_at_a_chunk, _one_bit, _swapped, lambda data: data[:20], lambda _: b""]
)
def test_a_change_of_what_was_kept_is_noticed(sealed, tmp_path, change):
    kept = sealed.put(HIS, content(3 * CHUNK))
    path = tmp_path / kept.key
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(DamagedMedium):
        sealed.get(kept.key)


@given(
    data=some.binary(max_size=200_000), cuts=some.tuples(some.integers(0, 200_000), some.integers(0, 200_000))
)
def test_a_part_of_a_sealed_medium_is_the_part_of_the_medium(tmp_path_factory, data, cuts):
    media = MediaStore(MediaPlace(directory=tmp_path_factory.getbasetemp() / "sealed", key=KEY))
    start, stop = sorted(cuts)

    assert b"".join(media.read(media.put(HIS, data).key, start, stop)) == data[start:stop]
