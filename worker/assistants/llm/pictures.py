"""The pictures of a turn, for a model that takes images."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final

from loguru import logger

from session.async_turn import AsyncTurn
from session.content_parts import Kind, Media
from session.errors import InturnError
from session.messages import Message

#: What servers take (https://platform.openai.com/docs/guides/images-vision).
_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
#: Pictures in a question, the newest ones, and their bytes together: each request of a turn sends them again.
_MOST, _MOST_BYTES = 3, 5_000_000


async def pictures_of(turn: AsyncTurn) -> Mapping[str, str]:
    """Return the new pictures that are kept, oldest first: the key in the media store -> a data URL.

    One that is too large for the rest, or cannot be read, is left out.
    """
    found: dict[str, str] = {}
    left = _MOST_BYTES
    for medium in reversed(_kept(turn.messages)[-_MOST:]):
        content = await _read(turn, medium)
        if content and len(content) <= left:
            left -= len(content)
            found[medium.stored or ""] = f"data:{_type(medium)};base64,{b64encode(content).decode()}"
    return dict(reversed(found.items()))


def _kept(messages: Sequence[Message]) -> list[Media]:
    pictures = (medium for message in messages if message.kind is Kind.IMAGE for medium in message.media)
    return list({one.stored: one for one in pictures if one.stored and _type(one) in _TYPES}.values())


def _type(medium: Media) -> str:
    return medium.mime_type.partition(";")[0].strip().lower()


async def _read(turn: AsyncTurn, medium: Media) -> bytes:
    try:
        return await turn.read(medium)
    except InturnError as error:
        logger.warning("the model does not see a picture: {}", type(error).__name__)
        return b""
