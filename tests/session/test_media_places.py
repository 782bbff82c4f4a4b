"""Where media are kept, as a setting says it; and folders that tell nobody whose they are."""

import pytest

from session.addresses import BadAddress
from session.errors import SettingsError
from session.media_places import folder_of, read_bucket
from session.settings import BaseSettings


def test_the_url_of_a_bucket_is_read():
    bucket = read_bucket("s3://key:s%2Fe%40c@s3.example.com:9000/media/of/inturn?region=eu-1")

    assert (bucket.endpoint, bucket.name, bucket.prefix) == (
        "https://s3.example.com:9000",
        "media",
        "of/inturn",
    )
    assert (bucket.region, bucket.key_id, bucket.secret) == ("eu-1", "key", "s/e@c")
    assert bucket.shown == "https://s3.example.com:9000/media/of/inturn"
    assert "s/e@c" not in repr(bucket)


def test_a_bucket_without_a_key_uses_that_of_the_machine():
    bucket = read_bucket("s3+http://[::1]:9000/media")

    assert (bucket.endpoint, bucket.name, bucket.key_id, bucket.region) == (
        "http://[::1]:9000",
        "media",
        "",
        "us-east-1",
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://host/bucket",
        "s3://host",
        "s3:///bucket",
        "s3://hidden@host/bucket",
        "s3://key:hidden@host/bucket?secret=hidden",
        "s3://key:hid/den@host/bucket",
        "s3://host/bucket#hidden",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(url):
    with pytest.raises(BadAddress) as raised:
        read_bucket(url)

    assert "hid" not in str(raised.value)


def test_a_folder_does_not_tell_whose_it_is():
    folder = folder_of("whatsapp:+201000000001", "secret")

    assert folder == folder_of("whatsapp:+201000000001", "secret")
    assert len(folder) == 32
    assert folder not in (
        folder_of("whatsapp:+201000000002", "secret"),
        folder_of("whatsapp:+201000000001", "other"),
    )


def test_the_settings_say_where_media_are(monkeypatch):
    monkeypatch.setenv("MEDIA_URL", "s3://key:secret@host/bucket")
    monkeypatch.setenv("MEDIA_KEY", "k" * 32)
    place = BaseSettings.load().media_place()

    assert (place.shown, place.key) == ("https://host/bucket", "k" * 32)
    monkeypatch.setenv("MEDIA_KEY", "short")
    monkeypatch.setenv("MEDIA_URL", "s3://hidden@host/bucket")
    with pytest.raises(SettingsError, match=r"MEDIA_URL: must have a key and a secret.*") as raised:
        BaseSettings.load()
    assert "MEDIA_KEY: must have 32 characters or more" in str(raised.value)
    assert "hidden" not in str(raised.value)
