"""How large a body may be, however its size is announced."""

import io

import pytest

from session.printable import mask
from tests.webhook.edge import JSON, meta_signature

LIMIT = 2048


@pytest.fixture
def edge(webhook):
    return webhook(max_body_bytes=LIMIT)


def chunked(edge, body: bytes):
    """A body that announces no size, from a server that knows where it ends."""
    return edge.http.open(
        "/webhook/meta",
        method="POST",
        input_stream=io.BytesIO(body),
        content_type=JSON,
        headers={"X-Hub-Signature-256": meta_signature(body), "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )


def announcing(edge, length: str, body: bytes, *, terminated: bool):
    overrides = {"wsgi.input_terminated": True} if terminated else {}
    return edge.http.open(
        "/webhook/meta",
        method="POST",
        input_stream=io.BytesIO(body),
        content_type=JSON,
        headers={"X-Hub-Signature-256": meta_signature(body)},
        environ_overrides={"CONTENT_LENGTH": length, **overrides},
    )


def test_the_limit_is_not_masked_in_the_log_as_if_it_were_a_phone_number(webhook):
    answer = announcing(webhook(max_body_bytes=3145728), "3145729", b"{}", terminated=True)

    assert "larger than 3,145,728 bytes" in mask(answer.text)


def test_a_body_of_exactly_the_limit_is_kept(edge):
    assert edge.meta(b"x" * LIMIT).status_code == 200
    assert chunked(edge, b"x" * LIMIT).status_code == 200
    assert len(edge.kept()) == 2


def test_one_byte_more_is_413(edge):
    assert edge.meta(b"x" * (LIMIT + 1)).status_code == 413
    assert chunked(edge, b"x" * (LIMIT + 1)).status_code == 413
    assert chunked(edge, b"x" * (LIMIT * 100)).status_code == 413
    assert not edge.kept()


def test_a_large_body_is_refused_for_its_size_before_anything_else(edge):
    answer = edge.meta(b"x" * (LIMIT + 1), content_type="text/plain", X_Hub_Signature_256="no")

    assert answer.status_code == 413


def test_a_wrong_type_is_refused_before_the_signature_is_looked_at(edge):
    assert edge.meta(b"{}", content_type="text/plain", X_Hub_Signature_256="no").status_code == 400


@pytest.mark.parametrize("terminated", [True, False])
def test_an_announcement_that_is_too_large_is_believed(edge, terminated):
    assert announcing(edge, str(LIMIT + 2), b"{}", terminated=terminated).status_code == 413


def test_an_announcement_that_is_too_small_does_not_help(edge):
    assert announcing(edge, "2", b"x" * (LIMIT + 1), terminated=True).status_code == 413


@pytest.mark.parametrize("length", ["-1", "zwei", "1e3", "²"])
def test_an_invalid_content_length_is_no_internal_server_error(edge, length):
    assert announcing(edge, length, b"{}", terminated=False).status_code == 400


def test_a_body_that_breaks_off_is_400(edge):
    assert announcing(edge, "100", b'{"entry', terminated=False).status_code == 400


def test_a_connection_that_breaks_is_400(edge):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise ConnectionResetError

        readinto = read

    answer = edge.http.open(
        "/webhook/meta",
        method="POST",
        input_stream=Broken(),
        content_type=JSON,
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == 400
