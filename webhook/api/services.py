"""The services that the routes of the API use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import g

from session.api_tokens import ApiToken
from session.campaigning import Campaigns
from session.clock import Clock
from session.policy import Policy
from session.public_media import PublicMedia
from session.store import DeadStore, DeskStore, Runner, TemplateStore
from webhook.api.guesses import Guesses
from webhook.desk.agent_sessions import DeskSecrets
from webhook.desk.services import ActionSender


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServices:
    """The services of one API."""

    run: Runner
    store: DeskStore
    dead: DeadStore
    templates: TemplateStore
    campaigns: Campaigns
    actions: ActionSender
    secrets: DeskSecrets
    guesses: Guesses
    tokens: Mapping[str, ApiToken]
    clock: Clock  #: that of the server
    policy: Policy
    new_id: Callable[[], str]
    country: str  #: of numbers without a country code, "" if it is not set
    public_url: str  #: where files can be fetched, "" if it is not known

    @property
    def seen(self) -> DeskStore:
        """The conversations that the token of this request covers."""
        token: ApiToken = g.token
        return self.store if token.scopes is None else self.store.within(token.covers)

    @property
    def media(self) -> PublicMedia | None:
        """What makes addresses of files; None without a public address. Raises `StoreUnavailable`."""
        return PublicMedia(self.public_url, self.secrets.pseudonyms) if self.public_url else None
