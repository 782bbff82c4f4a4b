"""The hooks of a deployment: the receivers that get its events. Off without any.

A single one is in the settings (`HOOK_URL`, `HOOK_SECRET`, `HOOK_EVENTS`). For several, `HOOKS_FILE` names a TOML file:

    [[hook]]
    name = "crm"
    url = "https://crm.example/inturn"
    secret = "whsec_..."                        # or two, ["whsec_new", "whsec_old"], while it changes
    events = ["messages.taken", "reply.failed"] # without: all kinds
    scopes = ["estate"]                         # without: all; with: nothing that concerns no conversation
    texts = true                                # also the words of providers, assistants and agents
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from yarl import URL

from session.conversations import scope_of
from session.errors import SettingsError
from session.event_records import EventRecord
from worker.hooks.bodies import KINDS, kind_of
from worker.hooks.signing import key_of
from worker.public_only import is_public_host
from worker.settings import WorkerSettings
from worker.tables import tables_in, text_in, wrong_in

#: The name of the hook in the settings.
USUAL: Final = "default"
_SETTING = {"url": "HOOK_URL", "secret": "HOOK_SECRET", "events": "HOOK_EVENTS"}
_NAME = re.compile(r"[a-z0-9_-]{1,32}")
_SECRETS_AT_MOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One receiver of events."""

    name: str
    url: URL
    keys: tuple[bytes, ...] = field(repr=False)  #: of its secrets, one signature each
    events: frozenset[str] = KINDS  #: the kinds that it gets
    scopes: frozenset[str] = frozenset()  #: empty: all
    texts: bool = False
    allow_private: bool = False  #: whether it may have a private address, and no TLS

    def wants(self, record: EventRecord) -> bool:
        """Whether it gets an event."""
        if self.scopes and (not record.conversation or scope_of(record.conversation) not in self.scopes):
            return False
        return kind_of(record) in self.events


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be lower-case letters, digits, - and _, at most 32")
    return value


def _kinds(values: frozenset[str]) -> frozenset[str]:
    if unknown := values - KINDS:
        raise ValueError(f"there is no event {min(unknown)!r}; there are {', '.join(sorted(KINDS))}")
    return values


def _url(value: Any) -> URL:
    try:
        url = URL(str(value))
        usable = url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
    except ValueError:
        usable = False
    if not usable or url.raw_user or url.raw_fragment:
        raise ValueError(
            "must be an address such as https://crm.example/inturn, without a user and a fragment"
        )
    return url


def _key(value: Any) -> bytes:
    return key_of(str(value))


def _secrets(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class _Entry(BaseModel):
    """One hook as it is configured."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)

    name: Annotated[str, AfterValidator(_name)]
    url: Annotated[Any, BeforeValidator(_url)]
    secret: Annotated[tuple[Annotated[bytes, BeforeValidator(_key)], ...], BeforeValidator(_secrets)] = Field(
        min_length=1, max_length=_SECRETS_AT_MOST
    )
    events: Annotated[frozenset[str], AfterValidator(_kinds)] = KINDS
    scopes: frozenset[str] = frozenset()
    texts: bool = False

    def hook(self, *, allow_private: bool) -> Hook:
        """Return it. Raises `ValueError` for an address that is not allowed."""
        if not allow_private and (self.url.scheme != "https" or not is_public_host(self.url.host)):
            raise ValueError(
                f"{self.name}: url must begin with https:// and lead to a public address, or set HOOKS_ALLOW_PRIVATE=true"
            )
        others = self.model_dump(exclude={"secret"})
        return Hook(keys=self.secret, allow_private=allow_private, **others)


def open_hooks(settings: WorkerSettings) -> dict[str, Hook]:
    """Return the hooks by their names. Raises `SettingsError` that names the setting and the problem."""
    found: dict[str, Hook] = {}
    entries: list[tuple[str, Mapping[str, Any]]] = []
    if path := settings.hooks_file:
        text = text_in(path, named := f"HOOKS_FILE={path}")
        entries += [(named, entry) for entry in tables_in(text, "hook", named=named)]
    if settings.hook_url:
        events = [kind.strip() for kind in settings.hook_events.split(",") if kind.strip()]
        secret = settings.hook_secret.get_secret_value()
        own = {"name": USUAL, "url": settings.hook_url, "secret": secret.split()}
        entries.append(("", own | ({"events": events} if events else {})))
    for setting, entry in entries:
        try:
            hook = _Entry.model_validate(entry).hook(allow_private=settings.hooks_allow_private)
        except ValidationError as error:
            raise SettingsError(_problem(setting, error)) from None
        except ValueError as error:
            raise SettingsError(f"{setting or 'HOOK_URL'}: {error}") from None
        if hook.name in found:
            raise SettingsError(f"{setting or 'HOOK_URL'}: there are two hooks {hook.name!r}")
        found[hook.name] = hook
    return found


def _problem(setting: str, error: ValidationError) -> str:
    where, words = wrong_in(error)
    place = where.partition(".")[0]
    return f"{setting}: {place}: {words}" if setting else f"{_SETTING.get(place, 'HOOK_URL')}: {words}"
