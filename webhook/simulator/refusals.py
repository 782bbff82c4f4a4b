"""How the providers refuse a request: their codes, their words, their JSON. Values only."""

from dataclasses import dataclass
from typing import Any

from webhook.simulator.faults import Fault, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that a provider did not take."""

    http: int
    code: int
    words: str
    details: str = ""
    subcode: int | None = None  #: Meta only
    retry_after: float | None = None  #: seconds, told in a header

    def to_meta(self, trace: str) -> dict[str, Any]:
        """Return the error as Meta's Graph API writes it; `trace` is the fbtrace_id."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.words}",
            "type": "OAuthException",
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
            "message": self.words,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.http,
        }


META_UNAUTHORISED = Refusal(http=401, code=190, words="Invalid OAuth access token")
TWILIO_UNAUTHORISED = Refusal(http=401, code=20003, words="Authenticate")

#: The code that a status callback names when the fault gives none: undeliverable, window closed.
FAILURE_CODES = {"meta": 131026, "twilio": 63016}


def meta_fault(fault: Fault) -> Refusal | None:
    """Return what Meta answers under a fault; None if the fault lets the message in."""
    match fault.mode:
        case Mode.THROTTLE:
            # One customer's limit and the number's limit are two codes; both come as 400.
            code = fault.code or (131056 if fault.customer else 130429)
            return Refusal(http=400, code=code, words="Rate limit hit", details="Set as a fault.")
        case Mode.ERROR500:
            return Refusal(http=500, code=fault.code or 131000, words="Something went wrong")
        case Mode.REJECT if fault.code == META_UNAUTHORISED.code:
            return META_UNAUTHORISED
        case Mode.REJECT:
            words = "Message undeliverable"
            return Refusal(http=400, code=fault.code or 131026, words=words, details="Set as a fault.")
    return None


def twilio_fault(fault: Fault) -> Refusal | None:
    """Return what Twilio answers under a fault; None if the fault lets the message in."""
    match fault.mode:
        case Mode.THROTTLE:
            words = "Too Many Requests"
            return Refusal(http=429, code=fault.code or 20429, words=words, retry_after=fault.seconds)
        case Mode.ERROR500:
            return Refusal(http=500, code=fault.code or 20500, words="Internal Server Error")
        case Mode.REJECT if fault.code == TWILIO_UNAUTHORISED.code:
            return TWILIO_UNAUTHORISED
        case Mode.REJECT:
            return Refusal(http=400, code=fault.code or 63024, words="Invalid message recipient")
    return None
