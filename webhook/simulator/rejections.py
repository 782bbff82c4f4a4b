"""How the providers reject a request: codes, texts and JSON. Values only."""

from dataclasses import dataclass
from typing import Any

from webhook.simulator.faults import Fault, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a provider rejects a request."""

    http: int
    code: int
    message: str
    details: str = ""
    subcode: int | None = None  #: only of Meta
    type: str = "OAuthException"  #: only of Meta
    bare: bool = False  #: whether Meta's message comes without its code
    retry_after: float | None = None  #: seconds, sent as a header

    def to_meta(self, trace: str) -> dict[str, Any]:
        """Return the error as Meta's Graph API writes it; `trace` is the fbtrace_id."""
        error: dict[str, Any] = {
            "message": self.message if self.bare else f"(#{self.code}) {self.message}",
            "type": self.type,
            "code": self.code,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.http >= 500:  # noqa: PLR2004 - a server's error
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": trace}}

    def to_twilio(self) -> dict[str, Any]:
        """Return the error as Twilio's REST API writes it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.http,
        }


META_UNAUTHORISED = Rejection(http=401, code=190, message="Invalid OAuth access token")
TWILIO_UNAUTHORISED = Rejection(http=401, code=20003, message="Authenticate")


def gone(method: str, id_: str) -> Rejection:
    """Return how the Graph API rejects an id that it does not know; `method` is "get", "post" or "delete"."""
    message = (
        f"Unsupported {method} request. Object with ID '{id_}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return Rejection(http=400, code=100, message=message, subcode=33, type="GraphMethodException", bare=True)


def meta_fault(fault: Fault) -> Rejection | None:
    """Return how Meta rejects a message under a fault; None if it accepts it."""
    match fault.mode:
        case Mode.THROTTLE:
            # The limit of one customer and the limit of the number have different codes; both are a 400.
            code = fault.code or (131056 if fault.customer else 130429)
            return Rejection(http=400, code=code, message="Rate limit hit", details="Set as a fault.")
        case Mode.ERROR500:
            return Rejection(http=500, code=fault.code or 131000, message="Something went wrong")
        case Mode.REJECT if fault.code == META_UNAUTHORISED.code:
            return META_UNAUTHORISED
        case Mode.REJECT:
            message = "Message undeliverable"
            return Rejection(http=400, code=fault.code or 131026, message=message, details="Set as a fault.")
    return None


def twilio_fault(fault: Fault) -> Rejection | None:
    """Return how Twilio rejects a message under a fault; None if it accepts it."""
    match fault.mode:
        case Mode.THROTTLE:
            message = "Too Many Requests"
            return Rejection(http=429, code=fault.code or 20429, message=message, retry_after=fault.seconds)
        case Mode.ERROR500:
            return Rejection(http=500, code=fault.code or 20500, message="Internal Server Error")
        case Mode.REJECT if fault.code == TWILIO_UNAUTHORISED.code:
            return TWILIO_UNAUTHORISED
        case Mode.REJECT:
            return Rejection(http=400, code=fault.code or 63024, message="Invalid message recipient")
    return None
