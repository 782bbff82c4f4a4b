"""What both sides of Meta's WhatsApp Cloud API share: the settings, and the signature of a body. Pure."""

import hmac

from pydantic import BaseModel, Field, SecretStr

from session.addresses import Url
from session.channels.provider import WHATSAPP, Provider, Simulated

#: What the bodies of the webhook are about.
OBJECT = "whatsapp_business_account"

_SIMULATED = "100000000000001"

PROVIDER = Provider(
    name="meta",
    titles=("Meta", "ميتا"),
    namespace=WHATSAPP,
    needs=("meta_app_secret", "meta_verify_token", "meta_access_token", "meta_phone_number_id"),
    sends_with=("meta_access_token",),
    secrets=("meta_app_secret", "meta_access_token"),
    api_url="meta_graph_url",
    typing="meta_typing",
    path="/webhook/meta",
    bills_messages=True,
    own_sender=lambda settings: str(getattr(settings, "meta_phone_number_id", "")),
    address_of=lambda customer: customer.removeprefix("+"),
    simulated=Simulated(
        sender=_SIMULATED,
        customer="+201001234567",
        settings={"meta_phone_number_id": _SIMULATED, "meta_business_account_id": _SIMULATED},
    ),
)


class MetaWebhookSettings(BaseModel):
    """What the webhook verifies with."""

    meta_app_secret: SecretStr | None = Field(None, min_length=1)
    meta_verify_token: SecretStr | None = Field(None, min_length=1)


class MetaSettings(BaseModel):
    """What the workers send with."""

    meta_access_token: SecretStr | None = None
    meta_phone_number_id: str = ""
    meta_business_account_id: str = ""  #: whose message templates are read
    meta_graph_url: Url = "https://graph.facebook.com"
    meta_graph_version: str = Field("v23.0", pattern=r"^v\d+\.\d+$")
    meta_typing: bool = False


def meta_signature(secret: str, body: bytes) -> str:
    """Return what the header `X-Hub-Signature-256` says of exactly these bytes."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
