"""The settings that every program reads, from the environment and `.env`.

Each program extends them with its own class; nothing else reads the environment.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote

import pydantic_settings
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import NoDecode, SettingsConfigDict

from session.addresses import Url, check_broker, check_redis
from session.errors import SettingsError
from session.limits import TURN_LIMITS
from session.media_places import MediaPlace, read_bucket
from session.phones import is_country
from session.policy import Durability, Policy


def _redis_url(value: SecretStr | None) -> SecretStr | None:
    if value:
        check_redis(value.get_secret_value())
    return value


def _broker_url(value: SecretStr | None) -> SecretStr | None:
    if value:
        check_broker(value.get_secret_value())
    return value


def _media_url(value: SecretStr | None) -> SecretStr | None:
    if value:
        read_bucket(value.get_secret_value())
    return value


def _words(value: object) -> object:
    if isinstance(value, str):
        return frozenset(word.strip().lower() for word in value.split(",") if word.strip())
    return value


def _country(value: str) -> str:
    if value and not is_country(value.strip().upper()):
        raise ValueError("must be a country code of two letters (ISO 3166-1), for example IN or EG")
    return value.strip().upper()


#: A URL may contain a user and a password, so it is a secret.
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
#: Words, or short phrases, separated by commas.
Words = Annotated[frozenset[str], NoDecode, BeforeValidator(_words)]
#: More than ten years is a typing error, and dates could not be computed with it.
Minutes = Annotated[float, Field(gt=0, le=10 * 365 * 24 * 60)]
#: The same; 0 means never.
MinutesOrNever = Annotated[float, Field(ge=0, le=10 * 365 * 24 * 60)]
#: Ten years at most.
Days = Annotated[float, Field(gt=0, le=3650)]
#: A day at most.
Seconds = Annotated[float, Field(gt=0, le=24 * 60 * 60)]


class BaseSettings(pydantic_settings.BaseSettings):
    """Redis, broker, log and policy."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    redis_url: RedisUrl | None = None
    redis_host: str = "127.0.0.1"
    redis_port: int = Field(6379, ge=1, le=65535)
    redis_password: SecretStr | None = None
    redis_db: int = Field(0, ge=0)
    redis_tls: bool = False
    redis_cluster: bool = False
    shards: int = Field(1, ge=1, le=16384)

    broker_url: Annotated[SecretStr | None, AfterValidator(_broker_url)] = None

    public_url: Url = ""  #: where providers and agents reach the webhook, from outside; Twilio signs it

    media_dir: Path = Path(".data/media")
    media_url: Annotated[SecretStr | None, AfterValidator(_media_url)] = None
    media_key: SecretStr | None = Field(None, min_length=32)

    default_country: Annotated[str, AfterValidator(_country)] = ""

    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_json: bool = False

    session_timeout_minutes: Minutes = 30
    session_close_after_minutes: Minutes = 720
    session_retention_minutes: Minutes = 1440
    agent_timeout_minutes: MinutesOrNever = 15
    agent_timeout_then: Literal["back", "stay"] = "back"
    max_message_history: int = Field(20, ge=1)
    max_search_history: int = Field(10, ge=1)
    rate_limit_messages_per_hour: int = Field(50, ge=1)
    rate_limit_searches_per_hour: int = Field(30, ge=0)
    budget_messages_per_day: int = Field(0, ge=0)
    budget_then: Literal["agent", "merge"] = "agent"
    default_agent_id: str = Field("default", min_length=1)
    sweep_seconds: Seconds = 2
    wake_after_seconds: Seconds = 10
    lease_seconds: Seconds = 15
    turn_max_messages: int = Field(20, ge=1, le=1000)
    mailbox_max_messages: int = Field(500, ge=1)
    outbox_max_replies: int = Field(500, ge=1)
    max_turn_attempts: int = Field(5, ge=1)
    reply_on_unknown: Literal["resend", "hold"] = "resend"
    reconcile_seconds: Seconds = 10
    events_days: Days = 30
    dead_letters_days: Days = 30
    dead_letters_max: int = Field(10_000, ge=1)
    redis_full_at_percent: int = Field(80, ge=1, le=100)
    durability: Durability = "memory"
    durability_seconds: Seconds = 2
    opt_out_words: Words = Policy().opt_out_words
    opt_in_words: Words = Policy().opt_in_words

    @model_validator(mode="after")
    def _a_cluster_has_a_broker_and_shards(self) -> Self:
        if self.redis_cluster and not self.broker_url:
            raise ValueError("REDIS_CLUSTER needs BROKER_URL: a cluster cannot carry the wake-ups")
        if self.redis_cluster and self.shards == 1:
            raise ValueError(
                "REDIS_CLUSTER needs SHARDS of 2 or more, because the keys of one script must be in one slot"
            )
        return self

    @property
    def session_redis_url(self) -> SecretStr:
        """The Redis of the sessions: `REDIS_URL`, else built from its parts."""
        if self.redis_url:
            return self.redis_url
        scheme = "rediss" if self.redis_tls else "redis"
        password = (
            f":{quote(self.redis_password.get_secret_value(), safe='')}@" if self.redis_password else ""
        )
        host = f"[{self.redis_host}]" if ":" in self.redis_host else self.redis_host
        return SecretStr(f"{scheme}://{password}{host}:{self.redis_port}/{self.redis_db}")

    @property
    def wake_broker_url(self) -> SecretStr:
        """The broker of the wake-ups: `BROKER_URL`, else the Redis of the sessions."""
        if self.broker_url:
            return self.broker_url
        url = self.session_redis_url.get_secret_value()
        # The broker's library has its own scheme for a unix socket.
        return SecretStr(url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url)

    def media_place(self) -> MediaPlace:
        """Return where media are kept, and the key that encrypts them."""
        url, key = self.media_url, self.media_key
        return MediaPlace(
            directory=self.media_dir,
            bucket=read_bucket(url.get_secret_value()) if url else None,
            key=key.get_secret_value() if key else "",
        )

    def policy(self) -> Policy:
        """Return the durations and limits for the `session` package."""
        return Policy(
            idle_after=timedelta(minutes=self.session_timeout_minutes),
            close_after=timedelta(minutes=self.session_close_after_minutes),
            keep_for=timedelta(minutes=self.session_retention_minutes),
            agent_timeout=timedelta(minutes=self.agent_timeout_minutes),
            agent_timeout_then=self.agent_timeout_then,
            message_history=self.max_message_history,
            search_history=self.max_search_history,
            limits={limit.name: getattr(self, limit.setting) for limit in TURN_LIMITS},
            budget_then=self.budget_then,
            agent_id=self.default_agent_id,
            wake_after=timedelta(seconds=self.wake_after_seconds),
            lease_for=timedelta(seconds=self.lease_seconds),
            turn_messages=self.turn_max_messages,
            mailbox_at_most=self.mailbox_max_messages,
            outbox_at_most=self.outbox_max_replies,
            turn_attempts=self.max_turn_attempts,
            in_doubt=self.reply_on_unknown,
            reconcile_for=timedelta(seconds=self.reconcile_seconds),
            full_at=self.redis_full_at_percent,
            durability=self.durability,
            durable_within=timedelta(seconds=self.durability_seconds),
            events_for=timedelta(days=self.events_days),
            letters_for=timedelta(days=self.dead_letters_days),
            letters_at_most=self.dead_letters_max,
            opt_out_words=self.opt_out_words,
            opt_in_words=self.opt_in_words,
        )

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return the name of every setting that is read, former names included."""
        former = (
            choice
            for field in cls.model_fields.values()
            if isinstance(field.validation_alias, AliasChoices)
            for choice in field.validation_alias.choices
            if isinstance(choice, str)
        )
        return frozenset(name.upper() for name in (*cls.model_fields, *former))

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`.

        Raises `SettingsError`, which names each invalid setting and the expected value. It repeats no value, because a value
        may be a secret.
        """
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError("\n  ".join(["invalid settings", *map(_told, error.errors())])) from None
        except UnicodeError:
            # Windows PowerShell writes UTF-16 with ">".
            raise SettingsError(".env is not a UTF-8 text file: save it in that encoding") from None


def _told(problem: ErrorDetails) -> str:
    """Return the name of a setting and what it must be; the text alone if it is about several settings."""
    name = f"{str(problem['loc'][0]).upper()}: " if problem["loc"] else ""
    match problem["type"]:
        case "value_error":
            return f"{name}{problem['ctx']['error']}"
        case "too_short":  # pydantic reports "too few items" for secrets
            return f"{name}must have {problem['ctx']['min_length']} characters or more"
    return name + problem["msg"].replace("Input should be", "must be", 1)
