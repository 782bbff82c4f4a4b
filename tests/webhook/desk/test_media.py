"""What a customer has sent as a file is shown to agents, and to nobody else; and it does nothing in their browser."""

from base64 import b64encode

import pytest

from session.keys import Keys
from session.models import Session
from tests.stories.telling import ALIA

CONVERSATION = f"whatsapp:{ALIA}"
NEW = "+201009999999"
PDF = b"%PDF-1.7\n" + bytes(600)
HTML = b"<html><script>alert(1)</script></html>"


def sends(office, kind="image", **more):
    office.story.says("", kind=kind, **more)
    session = office.story.session()
    return [one for one in session.context.message_history if one.role == "user"][-1]


def path(office, entry, n=0):
    return f"/desk/c/{office.pseudonym()}/media/{office.hidden(entry.message_id)}/{n}"


def test_a_picture_is_shown_with_its_own_type_and_may_do_nothing(office):
    entry = sends(office)
    answer = office.agent().http.get(path(office, entry))

    assert answer.status_code == 200
    assert answer.data.startswith(b"\xff\xd8\xff")
    assert answer.content_type == "image/jpeg"
    assert answer.content_length == len(answer.data)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize(
    ("content", "said", "name"),
    [
        (PDF, "application/pdf", "contract.pdf"),
        (HTML, "text/html", "../../page.html"),
        (b"<svg/>", "image/svg+xml", "a.svg"),
    ],
)
def test_anything_else_is_saved_and_never_a_page(office, content, said, name):
    entry = sends(office, "document", content=b64encode(content).decode(), mimeType=said, filename=name)
    answer = office.agent().http.get(path(office, entry))

    assert answer.data == content
    assert answer.content_type == "application/octet-stream"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert ".." not in disposition


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=4-", 206, slice(4, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=0-3,5-6", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=999999999-", 416, slice(0, 0)),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(office, asked, status, part):
    entry = sends(office)
    http = office.agent().http
    whole = http.get(path(office, entry)).data
    answer = http.get(path(office, entry), headers={"Range": asked})

    assert answer.status_code == status
    assert answer.data == whole[part]
    if status == 206:
        assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_nobody_sees_it_without_signing_in(office):
    entry = sends(office)

    assert office.visitor().http.get(path(office, entry)).status_code == 303


def test_what_is_not_there_is_not_found(office):
    entry = sends(office)
    http = office.agent().http

    assert http.get(path(office, entry, 1)).status_code == 404
    hidden = office.hidden(entry.message_id)
    assert http.get(f"/desk/c/{office.pseudonym()}/media/{entry.message_id}/0").status_code == 404
    assert http.get(f"/desk/c/{office.pseudonym()}/media/{office.hidden('wamid.other')}/0").status_code == 404
    assert http.get(f"/desk/c/{office.pseudonym('+201009999999')}/media/{hidden}/0").status_code == 404
    for kept in office.story.media_dir.rglob("*"):
        if kept.is_file():
            kept.unlink()
    assert http.get(path(office, entry)).status_code == 404


def test_a_medium_that_came_late_is_there_too(office):
    office.story.downloads.patient = False
    entry = sends_and_waits(office)
    http = office.agent().http
    assert http.get(path(office, entry)).status_code == 404

    office.story.downloads.patient = True
    for _ in range(3):
        office.story.waits(minutes=1)

    assert http.get(path(office, entry)).data.startswith(b"\xff\xd8\xff")


def sends_and_waits(office):
    office.story.says("", kind="image")
    office.story.clock.move(seconds=11)
    # Nothing but the turn is due again by then.
    office.story.wakeups.turns([CONVERSATION])
    office.story.work()
    return office.story.session().context.message_history[0]


def test_an_address_under_a_former_name_leads_to_the_present_one(office):
    entry = sends(office)
    old = path(office, entry)
    details = {"type": "user_changed_number", "wa_id": NEW.removeprefix("+"), "body": "changed"}
    office.story.says("", kind="system", details=details)
    http = office.agent().http

    moved = http.get(old)
    assert (moved.status_code, office.pseudonym(NEW) in moved.location) == (303, True)
    assert http.get(moved.location).data.startswith(b"\xff\xd8\xff")
    assert http.get(f"/desk/c/{office.pseudonym()}/media/{office.hidden('wamid.other')}/0").status_code == 303
    gone = f"/desk/c/{office.pseudonym(NEW)}/media/{office.hidden('wamid.other')}/0"
    assert http.get(gone).status_code == 404


def test_a_media_store_that_is_away_is_said(office):
    entry = sends(office)
    folder = office.story.media_dir
    key = office.redis.get(Keys().of(CONVERSATION).session)
    stored = Session.model_validate_json(key).context.message_history[0].content.media[0].stored
    (folder / stored).unlink()
    (folder / stored).mkdir()

    assert office.agent().http.get(path(office, entry)).status_code in (404, 503)
