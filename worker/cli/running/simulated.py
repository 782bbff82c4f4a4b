"""The settings of the stack when the simulator stands in for the providers."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from session.errors import SimulatorMissing
from session.ids import new_id

#: The same in every run, because waiting replies name their sender by them.
_META_SENDER = "100000000000001"
_TWILIO_ACCOUNT = "AC" + "0" * 31 + "1"
_TWILIO_SENDER = "+15005550006"


def require_simulator() -> None:
    """Raise `SimulatorMissing` if the simulator is not installed."""
    # The workers must not import it; it runs in a process of its own.
    if find_spec("webhook.simulator") is None:
        raise SimulatorMissing


def simulated_environment(
    *, webhook_url: str, simulator_url: str, new_secret: Callable[[], str] = new_id
) -> dict[str, str]:
    """Return the settings of all providers for one run, with new secrets."""
    return {
        "META_APP_SECRET": new_secret(),
        "META_VERIFY_TOKEN": new_secret(),
        "META_ACCESS_TOKEN": new_secret(),
        "META_PHONE_NUMBER_ID": _META_SENDER,
        "META_GRAPH_URL": simulator_url,
        "TWILIO_ACCOUNT_SID": _TWILIO_ACCOUNT,
        "TWILIO_AUTH_TOKEN": new_secret(),
        "TWILIO_FROM": _TWILIO_SENDER,
        "TWILIO_API_URL": simulator_url,
        "PUBLIC_URL": webhook_url,
    }


#: Two sample businesses: properties behind the sender of Meta, members behind that of Twilio. The first has no scope, so that
#: `inturn sessions` finds its conversations by the number alone.
_SENDERS = f"""\
# Written by `inturn run` at each start; SENDERS_FILE names a file of your own.
[[sender]]
sender = "meta:{_META_SENDER}"
catalogue = "properties"
agent = "estate"

[[sender]]
sender = "twilio:{_TWILIO_SENDER}"
catalogue = "members"
agent = "directory"
scope = "directory"
"""


def write_senders(folder: Path) -> Path:
    """Write the senders of both businesses to a file in a folder; return its path."""
    file = folder / "senders.toml"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(_SENDERS, encoding="utf-8")
    return file.absolute()
