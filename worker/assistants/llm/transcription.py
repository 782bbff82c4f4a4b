"""Makes a text of a voice note, by any server with OpenAI's `/audio/transcriptions`: an example of a `TRANSCRIBER`.

The format is described at https://platform.openai.com/docs/api-reference/audio/createTranscription.
"""

import ssl
from functools import cache

import certifi
import httpx

from worker.assistants.llm.model_client import ModelServerError
from worker.assistants.llm.settings import TranscriptionSettings
from worker.media.reading import MediumToRead

#: How a file is called for a server that tells its type by its name.
_ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/webm": "webm",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
}
#: Bytes of an answer. A note of an hour is 60 KB of text.
_LONGEST_ANSWER = 1024 * 1024


async def transcribe(medium: MediumToRead) -> str:
    """Return what is said in a voice note; "" for nothing.

    Raises `ModelServerError`; its text quotes nobody. Who calls it limits the time.
    """
    settings = _settings()
    key = settings.llm_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    form = {"model": settings.llm_transcription_model, "response_format": "json"}
    # Servers take codes of ISO 639-1 and refuse anything else, such as the "franco" of the concierge.
    code = (medium.language or "").partition("-")[0]
    if len(code) == 2:  # noqa: PLR2004 - letters of such a code
        form["language"] = code
    name = f"voice.{_ENDINGS.get(medium.mime_type, 'ogg')}"
    file = {"file": (name, medium.content, medium.mime_type)}
    try:
        async with httpx.AsyncClient(
            verify=_certificates(), trust_env=False, timeout=httpx.Timeout(None)
        ) as client:
            url = f"{settings.transcription_url}/audio/transcriptions"
            answer = await client.post(url, headers=headers, data=form, files=file)
    except httpx.HTTPError as error:
        raise ModelServerError(f"the server of the transcriber: {type(error).__name__}") from None
    if answer.status_code != httpx.codes.OK:
        raise ModelServerError(f"the server of the transcriber answers {answer.status_code}")
    if len(answer.content) > _LONGEST_ANSWER:
        raise ModelServerError("the answer of the transcriber is too long")
    return _text_of(answer)


def _text_of(answer: httpx.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        raise ModelServerError("the answer of the transcriber has no text")
    return str(said["text"]).strip()


@cache
def _settings() -> TranscriptionSettings:
    return TranscriptionSettings.load()


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
