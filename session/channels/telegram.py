"""What both sides of Telegram's Bot API share: the settings, and the names of customers and messages. Pure."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, SecretStr

from session.addresses import Url
from session.channels.provider import Namespace, Provider, Simulated

#: Ids are whole numbers of at most 52 bits. A private chat has the id of its customer.
TELEGRAM = Namespace(name="telegram", id=re.compile(r"[1-9][0-9]{0,15}"))

_SIMULATED = "100000001"

PROVIDER = Provider(
    name="telegram",
    titles=("Telegram", "تيليجرام"),
    namespace=TELEGRAM,
    needs=("telegram_webhook_secret", "telegram_bot_token"),
    sends_with=("telegram_bot_token",),
    secrets=("telegram_webhook_secret", "telegram_bot_token"),
    api_url="telegram_api_url",
    path="/webhook/telegram",
    own_sender=lambda settings: _bot_in(getattr(settings, "telegram_bot_token", None)),
    address_of=lambda customer: customer.removeprefix(f"{TELEGRAM.name}:"),
    typing="telegram_typing",
    confirms_taps=True,
    simulated=Simulated(
        sender=_SIMULATED,
        customer="telegram:200000001",
        settings={"telegram_bot_token": f"{_SIMULATED}:{{secret}}"},
    ),
)


def _secret(value: SecretStr | None) -> SecretStr | None:
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
        raise ValueError("1 to 256 letters, digits, _ and -, as setWebhook takes them for secret_token")
    return value


def _token(value: SecretStr | None) -> SecretStr | None:
    if value and not re.fullmatch(r"[0-9]{1,16}:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("the token of a bot as BotFather shows it, 123456789:AA...")
    return value


def _bot_in(token: SecretStr | None) -> str:
    return token.get_secret_value().partition(":")[0] if token else ""


class TelegramWebhookSettings(BaseModel):
    """What the webhook verifies with."""

    telegram_webhook_secret: Annotated[SecretStr | None, AfterValidator(_secret)] = None


class TelegramSettings(BaseModel):
    """What the workers send with."""

    telegram_bot_token: Annotated[SecretStr | None, AfterValidator(_token)] = None
    telegram_api_url: Url = "https://api.telegram.org"
    telegram_typing: bool = False


def message_id(chat: str, *parts: object) -> str:
    """Return how the system names a message: "telegram:123456789/45". Telegram's own number is unique in its chat only."""
    return "/".join((f"{TELEGRAM.name}:{chat}", *map(str, parts)))


def number_in(message: str) -> int | None:
    """Return Telegram's own number of a message that `message_id` has named; None for any other name."""
    found = re.fullmatch(rf"{TELEGRAM.name}:[0-9]+/([0-9]{{1,18}})(?:/[0-9]+)?", message)
    return int(found[1]) if found else None
