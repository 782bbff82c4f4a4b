"""The head of a request shows what Flask's request shows, behind proxies too."""

from typing import Any

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st

from tests.webhook.two_ways import Posted
from webhook.heads import Head, trusting
from webhook.serving.environ import environ_of

NAMES = (
    "host",
    "content-type",
    "content_type",
    "cookie",
    "x-hub-signature-256",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
)
WORDS = st.sampled_from(["application/json", "Application/JSON; charset=x", "https", "1.2.3.4", "a.b:443"])
TEXTS = WORDS | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30)


def as_flask_sees_it(posted: Posted, proxies: int) -> Request:
    """The request in the view of an application behind so many proxies."""
    seen: list[Request] = []

    def view(wsgi: dict[str, Any], _: object) -> list[bytes]:
        seen.append(Request(wsgi))
        return []

    (trusting(view, proxies) if proxies else view)(environ_of(posted, b""), lambda *_: None)
    return seen[0]


@pytest.mark.parametrize("proxies", [0, 1, 2])
@given(
    headers=st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=6),
    query=st.text(st.characters(max_codepoint=255), max_size=10),
)
def test_a_head_shows_what_flask_shows(proxies, headers, query):
    posted = Posted(more_headers=headers, query_string=query, path="/webhook/twilio")
    head, request = Head(posted, proxies), as_flask_sees_it(posted, proxies)

    assert head.mimetype == request.mimetype
    assert (head.path, head.query_string) == (request.path, request.query_string)
    assert (head.root_url, head.remote_addr) == (request.root_url, request.remote_addr)
    for name in {*NAMES} - {"content_type"}:  # nobody asks for a header by its variable
        assert head.headers.get(name.title(), "none") == request.headers.get(name.title(), "none")
