"""The settings of the desk."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from session.conversations import is_scope
from session.settings import BaseSettings
from webhook.desk.agents import Credentials, Rank
from webhook.desk.passwords import is_hash, normalized

#: The scope of senders without one, as it is written in settings and URLs.
MAIN_SENDER = "-"


def _agents(value: object) -> object:
    """Return "name:hash,name:hash:rank,name:hash:rank:scope+scope" as agents by their names."""
    if not isinstance(value, str):
        return value
    agents: dict[str, Credentials] = {}
    for entry in filter(str.strip, value.split(",")):
        name, *rest = (part.strip() for part in entry.split(":"))
        if normalized(name) != name or not name or name.casefold() in map(str.casefold, agents):
            raise ValueError(
                "must have names of 1 to 40 characters, none of them twice, none of them `phone`"
            )
        agents[name] = _agent(name, *rest)
    return agents


def _agent(
    name: str, hashed: str = "", rank: str = Rank.SUPERVISOR, scopes: str = "", *more: str
) -> Credentials:
    if not is_hash(hashed):
        raise ValueError(f"{name} needs a hash made by `python -m webhook.desk.passwords {name}`")
    if rank not in set(Rank) or more:
        raise ValueError(
            f"{name} has the rank `agent` or `supervisor`, and then scopes, if any: name:hash:agent:one+two"
        )
    written = scopes.split("+") if scopes else []
    if not all(map(is_scope, written)):
        raise ValueError(
            f"{name} has scopes as SENDERS_FILE has them, and `{MAIN_SENDER}` for senders without one"
        )
    listed = frozenset("" if scope == MAIN_SENDER else scope for scope in written) or None
    return Credentials(hashed=SecretStr(hashed), rank=Rank(rank), scopes=listed)


class DeskSettings(BaseSettings):
    """Who may sign in at the desk. Without a password and without agents the desk is off."""

    #: one password for all; each agent types a name with it
    desk_password: SecretStr | None = Field(None, min_length=12)
    #: "name:hash" of each agent, separated by commas, made by `python -m webhook.desk.passwords`. A rank and scopes may
    #: follow: "name:hash:agent:estate+clinic"
    desk_agents: Annotated[dict[str, Credentials], NoDecode, BeforeValidator(_agents)] = Field({})
    desk_session_hours: float = Field(12, gt=0, le=24 * 30)
    #: live pages that may be open in this process, each with a thread of its own
    desk_streams: int = Field(20, ge=0, le=10_000)
    #: reverse proxies in front of the desk, whose X-Forwarded-For and X-Forwarded-Proto are trusted
    desk_proxies: int = Field(0, ge=0, le=10)

    @model_validator(mode="after")
    def _either_one_password_or_agents(self) -> Self:
        if self.desk_password and self.desk_agents:
            raise ValueError(
                "either DESK_PASSWORD or DESK_AGENTS: with both, everybody could sign in as any agent"
            )
        return self
