"""The stream that tells open pages of changes."""

import json


def test_an_event_reaches_an_open_page(office):
    office.story.says("hello")
    answer = office.agent().listens()
    chunks = answer.iter_encoded()

    assert answer.mimetype == "text/event-stream"
    assert b"event: hello" in next(chunks)
    assert b'"anything": true' in next(chunks)
    office.story.says("a person, please")
    told = json.loads(next(chunks).partition(b"data: ")[2])

    assert told == {"conversations": [office.pseudonym()], "anything": False}
    answer.close()


def test_beyond_the_limit_a_page_must_poll(open_office):
    office = open_office(desk_streams=1)
    agent = office.agent()
    first = agent.listens("one")

    refused = agent.listens("two")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]

    first.close()
    again = agent.listens("two")
    assert again.status_code == 200
    again.close()


def test_a_server_without_threads_for_streams_opens_none(office):
    assert office.agent().listens(apart=False).status_code == 503


def test_no_stream_is_opened_before_signing_in(office):
    assert office.visitor().http.get("/desk/stream?page=one").status_code == 401
