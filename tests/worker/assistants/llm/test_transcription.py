"""A voice note becomes a text, by a server that speaks OpenAI's protocol."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from session.content_parts import Kind
from worker.assistants.llm import transcription
from worker.assistants.llm.model_client import ModelServerError
from worker.media.reading import MediumToRead

NOTE = MediumToRead(kind=Kind.VOICE, mime_type="audio/ogg", content=b"OggS voice", language="ar")


class Server:
    """Answers `POST /v1/audio/transcriptions`, and remembers the forms."""

    def __init__(self):
        self.forms = []
        self.answer = {"text": " I look for a villa "}
        self.status = 200

    async def transcriptions(self, request):
        form = await request.post()
        sent = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form["file"]
        sent |= {"file": file.file.read(), "name": file.filename, "type": file.content_type}
        sent["key"] = request.headers.get("Authorization")
        self.forms.append(sent)
        return web.json_response(self.answer, status=self.status)

    @asynccontextmanager
    async def running(self):
        app = web.Application()
        app.router.add_post("/v1/audio/transcriptions", self.transcriptions)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        finally:
            await runner.cleanup()


def transcribed(server, monkeypatch, *, note=NOTE, setting="LLM_BASE_URL", **settings):
    async def run():
        async with server.running() as url:
            monkeypatch.setenv(setting, url)
            for name, value in settings.items():
                monkeypatch.setenv(name, value)
            transcription._settings.cache_clear()
            return await transcription.transcribe(note)

    try:
        return asyncio.run(run())
    finally:
        transcription._settings.cache_clear()


def test_the_note_is_sent_as_a_file_and_its_text_comes_back(monkeypatch):
    server = Server()

    assert transcribed(server, monkeypatch, LLM_API_KEY="key") == "I look for a villa"
    (form,) = server.forms
    assert form == {
        "model": "whisper-1",
        "response_format": "json",
        "language": "ar",
        "file": b"OggS voice",
        "name": "voice.ogg",
        "type": "audio/ogg",
        "key": "Bearer key",
    }


@pytest.mark.parametrize(("language", "sent"), [("franco", None), ("pt-BR", "pt"), (None, None)])
def test_a_language_is_sent_only_as_a_code_that_servers_know(monkeypatch, language, sent):
    server = Server()
    transcribed(server, monkeypatch, note=replace(NOTE, language=language))

    assert server.forms[0].get("language") == sent


def test_it_may_be_another_server_and_model(monkeypatch):
    server = Server()
    own = {"LLM_BASE_URL": "http://127.0.0.1:1/v1", "LLM_TRANSCRIPTION_MODEL": "large"}
    transcribed(server, monkeypatch, setting="LLM_TRANSCRIPTION_URL", **own)

    assert server.forms[0]["model"] == "large"
    assert server.forms[0]["key"] is None


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (401, {"error": "secret words"}, "answers 401"),
        (200, {"odd": "secret words"}, "no text"),
        (200, ["x"], "no text"),
    ],
)
def test_a_server_that_refuses_is_an_error_that_quotes_nobody(monkeypatch, status, answer, why):
    server = Server()
    server.status, server.answer = status, answer

    with pytest.raises(ModelServerError, match=why) as raised:
        transcribed(server, monkeypatch)
    assert not re.search("secret", str(raised.value))


def test_a_server_that_is_away_is_one_too(monkeypatch):
    monkeypatch.setenv("LLM_BASE_URL", "http://127.0.0.1:1/v1")
    transcription._settings.cache_clear()

    with pytest.raises(ModelServerError, match="ConnectError"):
        asyncio.run(transcription.transcribe(NOTE))
    transcription._settings.cache_clear()
