"""Which replies a Content template can show on Twilio, at every limit, and what is posted then."""

import json
from asyncio import run
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.http.response import Response
from twilio.rest import Client

from session import Button, File, Link, Menu, Reply, Row
from session.channels.twilio import contents_in
from tests.worker.channels.provider import TOKEN, to_twilio, twilio

SIDS = contents_in(
    ",".join(
        f"{shape}=HX{number:032d}"
        for number, shape in enumerate(
            [*(f"buttons-{n}" for n in (1, 2, 3)), *(f"list-{n}" for n in range(1, 11)), "link-a.example"]
        )
    )
)
FORTY = "x" * 40


def asking(text="Sure?", title="Yes", id_="y"):
    return Reply(text=text, buttons=(Button(id=id_, title=title),))


def listing(text="Where?", label="Areas", **row):
    return Reply(text=text, menu=Menu(button=label, rows=(Row(**AREA | row),)))


AREA = {"id": "m", "title": "Maadi", "description": "green"}


def linking(text="See", url="https://a.example/v"):
    return Reply(text=text, link=Link(title="Open", url=url))


def buttons(count):
    return Reply(text="?", buttons=tuple(Button(id=f"i{n}", title=f"t{n}") for n in range(count)))


def rows(count):
    listed = tuple(Row(id=f"i{n}", title=f"t{n}", description="d") for n in range(count))
    return Reply(text="?", menu=Menu(button="b", rows=listed))


def rendered(reply, sids=SIDS):
    return twilio(sids=sids)[0].render(reply)


@pytest.mark.parametrize(
    "reply",
    [
        asking("x" * 1024),
        asking("four    blanks"),
        asking(title="x" * 20),
        asking(id_="x" * 200),
        buttons(3),
        listing("x" * 1024),
        listing(label="x" * 20),
        listing(title="x" * 24),
        listing(id="x" * 200),
        listing(description="x" * 72),
        rows(10),
        linking("x" * 640),
        linking(url="https://a.example/" + "x" * 1500),
    ],
)
def test_what_fits_a_template_keeps_its_options(reply):
    assert rendered(reply) == (reply,)


@pytest.mark.parametrize(
    "reply",
    [
        asking("x" * 1025),
        asking("\U0001f600" * 513),
        asking("two\nlines"),
        asking("a\ttab"),
        asking("five     blanks"),
        asking(""),
        asking("{{2}}"),
        asking("\ud800"),
        asking(title="x" * 21),
        asking(title=" "),
        asking(id_="x" * 201),
        asking(id_=""),
        buttons(4),
        Reply(text="?", buttons=(Button(id="1", title="same"), Button(id="2", title="same"))),
        Reply(text="?", buttons=(Button(id="same", title="1"), Button(id="same", title="2"))),
        listing("x" * 1025),
        listing(label="x" * 21),
        listing(label=""),
        listing(title="x" * 25),
        listing(id="x" * 201),
        listing(description="x" * 73),
        listing(description=None),
        rows(11),
        linking("x" * 641),
        linking(url="https://b.example/v"),
        linking(url="http://a.example/v"),
        linking(url="https://a.example/"),
        linking(url="https://a.example/" + "x" * 1600),
        asking().model_copy(update={"media": File.of("https://a.example/v.jpg")}),
    ],
)
def test_what_does_not_fit_becomes_text(reply):
    parts = rendered(reply)

    assert parts == rendered(reply, sids={})
    assert not any(part.buttons or part.menu or part.link for part in parts)


def test_a_list_that_would_be_too_long_as_one_text_becomes_text():
    listed = tuple(Row(id=f"i{n}", title=f"{n}" * 20, description="d" * 72) for n in range(10))

    parts = rendered(Reply(text="x" * 1000, menu=Menu(button="b", rows=listed)))

    assert not any(part.menu for part in parts)


def test_what_is_around_a_text_is_cut_off_and_nothing_is_quoted():
    reply = asking(" Sure?\n").model_copy(update={"reply_to": "SMin"})
    assert rendered(reply) == (asking("Sure?"),)


class Library:
    """Stands where Twilio's library would open a connection, and keeps what it would have posted."""

    def request(self, method, url, *, data, **_):
        self.posted = data
        return Response(201, '{"sid": "SMout"}')


@pytest.mark.parametrize(
    ("reply", "shape", "values"),
    [
        (asking('شقة 😀 "x"'), "buttons-1", ['شقة 😀 "x"', "Yes", "y"]),
        (listing(), "list-1", ["Where?", "Areas", "Maadi", "m", "green"]),
        (linking(), "link-a.example", ["See", "v"]),
    ],
)
def test_twilios_own_library_writes_the_same(reply, shape, values):
    channel, provider = twilio(sids=SIDS)
    library = Library()
    variables = {str(number): value for number, value in enumerate(values, start=1)}

    run(channel.send(to_twilio(*channel.render(reply))))
    Client("AC1", TOKEN, http_client=library).messages.create(
        to="whatsapp:+201001234567",
        from_="whatsapp:+15550002222",
        content_sid=SIDS[shape],
        content_variables=json.dumps(variables, ensure_ascii=False),
    )

    assert provider.posted_form == library.posted


@pytest.mark.parametrize("reply", [asking(), listing(), linking()])
def test_without_its_template_a_reply_that_waits_is_sent_as_text(reply):
    (part,) = rendered(reply)
    channel, provider = twilio()

    run(channel.send(to_twilio(part)))

    (text,) = channel.render(reply)
    assert provider.posted_form["Body"] == text.text
    assert "ContentSid" not in provider.posted_form


@given(
    text=st.text(max_size=60) | st.text("x\n\t {}", max_size=60) | st.just(FORTY * 30),
    title=st.text(max_size=25),
    id_=st.text(max_size=10),
)
def test_no_reply_breaks_a_rule_of_variables(text, title, id_):
    channel, provider = twilio(sids=SIDS)
    for part in channel.render(asking(text, title, id_)):
        run(channel.send(to_twilio(part)))

    for request in provider.requests:
        form = dict(parse_qsl(request.content.decode()))
        for value in json.loads(form.get("ContentVariables", "{}")).values():
            assert value.strip()
            assert not set("\n\r\t") & set(value)
            assert " " * 5 not in value
