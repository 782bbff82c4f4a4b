"""An agent attaches a file to an answer: it is in the media store before the action is in the intake."""

import io

import pytest

from session.content_parts import Kind
from tests.stories.telling import ALIA
from tests.webhook.desk.office import address_in, token_in
from webhook.desk.attaching import UPLOADS
from webhook.serving.environ import ASKED
from webhook.simulator.media.samples import sample

CONTRACT = sample(Kind.DOCUMENT)


@pytest.fixture
def waiting(office):
    """A customer waits for a person."""
    office.story.says("a person, please", name="Alia")
    office.story.receives()
    return office


def answer(agent, text="", *, name="contract.pdf", content=CONTRACT, **form):
    """Send the form of an answer with a file, as a browser does."""
    page = agent.http.get(f"/desk/c/{agent.office.pseudonym()}").text
    fields = {"token": token_in(page), "id": agent.office.ids(), "text": text}
    if name is not None:
        fields["media"] = (io.BytesIO(content), name)
    answered = agent.http.post(address_in(page), data=fields | form, content_type="multipart/form-data")
    # Of a large form the client makes a file.
    answered.request.environ["wsgi.input"].close()
    return answered


def test_an_agents_contract_as_pdf(waiting):
    agent = waiting.agent()
    assert answer(agent, "Please sign on page two.").status_code == 303
    waiting.story.work()

    (seen,) = waiting.story.receives()
    assert (seen["type"], seen["text"]) == ("document", "Please sign on page two.")
    assert seen["media"]["filename"] == "contract.pdf"
    assert waiting.story.phone.get(f"/simulator/files/{seen['media']['file']}").data == CONTRACT
    said = waiting.story.session().context.message_history[-1]
    assert (said.agent, said.content.kind, said.content.media[0].size) == (
        "Mona",
        Kind.DOCUMENT,
        len(CONTRACT),
    )


def test_a_file_needs_no_text_and_the_same_form_twice_is_one_answer(waiting):
    agent = waiting.agent()
    for _ in range(2):
        assert answer(agent, id="the-same-id").status_code == 303
    waiting.story.work()

    assert [one["type"] for one in waiting.story.receives()] == ["document"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.exe", b"MZ" + bytes(50)),
        ("empty.pdf", b""),
        ("large.jpg", b"\xff\xd8\xff\xe0" + bytes(5 * 1024 * 1024)),
    ],
)
def test_what_whatsapp_does_not_take_is_said_and_the_draft_stays(waiting, name, content):
    refused = answer(waiting.agent(), "my draft", name=name, content=content)

    assert refused.status_code == 422
    assert f"{name} cannot be sent" in refused.text
    assert "my draft" in refused.text
    assert waiting.redis.xlen("intake") == 0


def test_an_answer_with_neither_text_nor_file_says_so(waiting):
    refused = answer(waiting.agent(), " ", name="")

    assert refused.status_code == 422
    assert "Write something first." in refused.text


def test_a_forged_form_keeps_no_file(waiting):
    agent = waiting.agent()
    assert answer(agent, "x", token="forged").status_code == 403
    assert not waiting.story.media_dir.exists()


def test_a_document_is_larger_than_any_body_of_a_provider(waiting):
    content = b"%PDF-1.7\n" + bytes(4 * 1024 * 1024)
    assert answer(waiting.agent(), content=content).status_code == 303
    waiting.story.work()

    assert [one["media"]["filename"] for one in waiting.story.receives()] == ["contract.pdf"]


@pytest.mark.parametrize("may", ["", "forged", "of the form"])
def test_a_body_with_a_file_is_not_read_for_a_page_of_somebody_else(waiting, may):
    agent = waiting.agent()
    page = f"/desk/c/{waiting.pseudonym()}"
    body = io.BytesIO(b"--b\r\n" + bytes(100_000))
    token = token_in(agent.http.get(page).text) if may == "of the form" else may
    answered = agent.http.post(
        f"{page}/answer",
        query_string={"may": token},
        input_stream=body,
        content_type="multipart/form-data; boundary=b",
    )

    assert answered.status_code == 403
    assert body.tell() == 0


def test_the_server_asks_before_it_reads_a_large_body(waiting):
    agent, page = waiting.agent(), f"/desk/c/{waiting.pseudonym()}"
    address = address_in(agent.http.get(page).text)
    assert UPLOADS.path.fullmatch(address.partition("?")[0])

    def asked(http, path):
        head = {"environ_overrides": {ASKED: True}, "content_type": "multipart/form-data; boundary=b"}
        return http.post(path, **head).status_code

    assert asked(agent.http, address) == 204
    assert asked(agent.http, f"{page}/answer?may=forged") == 403
    assert asked(agent.http, address.replace(waiting.pseudonym(), "nobody")) == 404
    assert asked(waiting.visitor().http, address) == 303


def test_who_is_not_signed_in_keeps_no_file(waiting):
    page = f"/desk/c/{waiting.pseudonym()}/answer"
    form = {"text": "x", "id": "action-id-x", "media": (io.BytesIO(CONTRACT), "contract.pdf")}
    answered = waiting.visitor().http.post(page, data=form, content_type="multipart/form-data")

    assert answered.status_code == 303
    assert not waiting.story.media_dir.exists()
    assert waiting.story.session(ALIA).held_by is None
