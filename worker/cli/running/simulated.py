"""The settings of the stack when the simulator stands in for the providers."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from session.channels import PROVIDERS
from session.errors import SimulatorMissing
from session.ids import new_id
from worker.assistants.faq.file import SAMPLE


def require_simulator() -> None:
    """Raise `SimulatorMissing` if the simulator is not installed."""
    # The workers must not import it; it runs in a process of its own.
    if find_spec("webhook.simulator") is None:
        raise SimulatorMissing


def simulated_environment(
    *, webhook_url: str, simulator_url: str, new_secret: Callable[[], str] = new_id
) -> dict[str, str]:
    """Return the settings of every provider for one run, with new secrets."""
    settings = {"PUBLIC_URL": webhook_url}
    for provider in PROVIDERS.values():
        settings[provider.api_url.upper()] = simulator_url
        for name in dict.fromkeys((*provider.needs, *provider.simulated.settings)):
            settings[name.upper()] = provider.simulated.settings.get(name, "{secret}").format(
                secret=new_secret()
            )
    return settings


#: Sample businesses, one for each of the first providers: one offers properties, the other a directory of members. The first has no scope, so that `inturn sessions` finds its conversations by the number alone.
_BUSINESSES = (
    'catalogue = "properties"\nagent = "estate"\n',
    'catalogue = "members"\nagent = "directory"\nscope = "directory"\n',
)


def write_senders(folder: Path, *, has_answers: bool) -> Path:
    """Write the senders of the sample businesses into a folder; return the file.

    Those who look for properties ask about a sample business, unless the operator has answers about the own one.
    """
    answers = "" if has_answers else f'faq = "{SAMPLE}"\n'
    entries = (
        f'\n[[sender]]\nsender = "{provider.name}:{provider.simulated.sender}"\n{business}'
        f"{answers if 'properties' in business else ''}"
        for provider, business in zip(PROVIDERS.values(), _BUSINESSES, strict=False)
    )
    file = folder / "senders.toml"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    head = "# Written by `inturn run` at each start; SENDERS_FILE names a file of your own.\n"
    file.write_text(head + "".join(entries), encoding="utf-8")
    return file.absolute()
