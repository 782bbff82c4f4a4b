"""What the stack is told where the simulator stands in for Meta and Twilio."""

from collections.abc import Callable
from pathlib import Path

from session.ids import new_id

#: They stay the same in every run: replies that still wait know their sender by them.
_META_SENDER = "100000000000001"
_TWILIO_ACCOUNT = "AC" + "0" * 31 + "1"
_TWILIO_SENDER = "+15005550006"


def simulated_environment(
    *, webhook_url: str, simulator_url: str, new_secret: Callable[[], str] = new_id
) -> dict[str, str]:
    """Return the settings of both providers for one run, with secrets that nobody else knows."""
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


#: Two businesses to try: a customer of Meta's sender looks for a home, one of Twilio's for a member. The first has the
#: deployment's own conversations, so that `inturn sessions` finds them by the number alone.
_SENDERS = f"""\
# Written by `inturn run`, anew each time; SENDERS_FILE names a file of your own.
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
    """Write the senders of both businesses into a folder; return the file."""
    file = folder / "senders.toml"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(_SENDERS, encoding="utf-8")
    return file.absolute()
