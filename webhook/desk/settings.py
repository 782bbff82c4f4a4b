"""The settings of the desk. The only file of this room that reads the environment."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from session.conversations import is_scope
from session.settings import BaseSettings
from webhook.desk.agents import Credentials, Rank
from webhook.desk.names import tidy
from webhook.desk.passwords import is_hash

#: How the scope of senders without one is written, here and in the address of a page.
MAIN_SENDER = "-"


def _agents(value: object) -> object:
    """Return "name:hash,name:hash:rank,name:hash:rank:scope+scope" as agents by their names."""
    if not isinstance(value, str):
        return value
    agents: dict[str, Credentials] = {}
    for entry in filter(str.strip, value.split(",")):
        name, *rest = (part.strip() for part in entry.split(":"))
        if tidy(name) != name or not name or name.casefold() in map(str.casefold, agents):
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
            f"{name} is `agent` or `supervisor`, and what may follow are scopes: name:hash:agent:one+two"
        )
    written = scopes.split("+") if scopes else []
    if not all(map(is_scope, written)):
        raise ValueError(
            f"{name} has scopes as SENDERS_FILE has them, and `{MAIN_SENDER}` for senders without one"
        )
    listed = frozenset("" if scope == MAIN_SENDER else scope for scope in written) or None
    return Credentials(hashed=SecretStr(hashed), rank=Rank(rank), scopes=listed)


class DeskSettings(BaseSettings):
    """Who may sit at the desk; without a password and without agents there is none."""

    #: one password for all; each agent types a name beside it
    desk_password: SecretStr | None = Field(None, min_length=12)
    #: "name:hash" of each agent, with commas between them; hashes are made by `python -m webhook.desk.passwords`. What
    #: may follow says what the agent may do, and through which senders: "name:hash:agent:estate+clinic"
    desk_agents: Annotated[dict[str, Credentials], NoDecode, BeforeValidator(_agents)] = Field({})
    desk_session_hours: float = Field(12, gt=0, le=24 * 30)
    #: live streams that this process keeps open, each with a thread of its own
    desk_streams: int = Field(20, ge=0, le=10_000)
    #: reverse proxies in front of it: so many addresses at the end of X-Forwarded-For are theirs, or vouched for by them
    desk_proxies: int = Field(0, ge=0, le=10)

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
