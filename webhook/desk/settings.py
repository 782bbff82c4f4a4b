"""The settings of the desk. The only file of this room that reads the environment."""

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from session.settings import HouseSettings
from webhook.desk.names import tidy
from webhook.desk.passwords import is_hash
from webhook.settings import PublicUrl


def _agents(value: object) -> object:
    """Return "name:hash,name:hash" as pairs of name and hash."""
    if not isinstance(value, str):
        return value
    entries = (entry.partition(":") for entry in value.split(",") if entry.strip())
    return {name.strip(): SecretStr(hashed.strip()) for name, _, hashed in entries}


def _checked(agents: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, hashed in agents.items():
        if tidy(name) != name:
            raise ValueError("names of 1 to 40 characters, none of them twice, none of them `phone`")
        if not is_hash(hashed.get_secret_value()):
            raise ValueError(f"{name} needs a hash made by `python -m webhook.desk.passwords {name}`")
    return agents


class DeskSettings(HouseSettings):
    """Who may sit at the desk; without a password and without agents there is none."""

    #: one password for all; each agent types a name beside it
    desk_password: SecretStr | None = Field(None, min_length=12)
    #: "name:hash" of each agent, with commas between them; hashes are made by `python -m webhook.desk.passwords`
    desk_agents: Annotated[
        dict[str, SecretStr], NoDecode, BeforeValidator(_agents), AfterValidator(_checked)
    ] = Field({})
    desk_session_hours: float = Field(12, gt=0, le=24 * 30)
    #: live streams that this process keeps open, each of which holds one of the server's threads
    desk_streams: int = Field(2, ge=0, le=10_000)
    #: reverse proxies in front of it: so many addresses at the end of X-Forwarded-For are theirs, or vouched for by them
    desk_proxies: int = Field(0, ge=0, le=10)

    public_url: PublicUrl = ""  #: whoever comes by it comes by https, if it says so

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.desk_password and self.desk_agents:
            raise ValueError(
                "either DESK_PASSWORD or DESK_AGENTS: with both, an agent's own password means nothing"
            )
        return self

    @property
    def desk_on(self) -> bool:
        """Whether there is a desk."""
        return bool(self.desk_password or self.desk_agents)
