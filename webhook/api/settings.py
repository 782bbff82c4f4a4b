"""The settings of the API."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from session.api_tokens import ApiToken, read_tokens
from session.settings import BaseSettings


def _tokens(value: object) -> object:
    return read_tokens(value) if isinstance(value, str) else value


class ApiSettings(BaseSettings):
    """Which programs may use the API. Without tokens it is off."""

    #: "name:hash:rights:scopes" of each program, separated by commas, made by `inturn api token`
    api_tokens: Annotated[dict[str, ApiToken], NoDecode, BeforeValidator(_tokens)] = Field({})
