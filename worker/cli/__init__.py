"""The command line: `inturn`. Each command has its own module or package, which is imported when the command is called."""

from importlib import import_module

import click

from session.errors import InturnError, SimulatorMissing, StoreUnavailable
from worker.cli.folder import append_folder

#: Command -> the module that defines it under the same name.
_COMMANDS = {
    "new": "worker.cli.new",
    "run": "worker.cli.run",
    "webhook": "worker.cli.parts",
    "worker": "worker.cli.parts",
    "beat": "worker.cli.parts",
    "celery": "worker.cli.parts",
    "chat": "worker.cli.chat.command",
    "sessions": "worker.cli.sessions",
    "dead": "worker.cli.dead",
    "channels": "worker.cli.channels",
    "api": "worker.cli.api",
    "templates": "worker.cli.templates",
    "campaign": "worker.cli.campaign",
    "hooks": "worker.cli.hooks",
    "understand": "worker.cli.understand",
    "catalogue": "worker.cli.catalogue",
    "events": "worker.cli.events",
    "costs": "worker.cli.costs",
    "replay": "worker.cli.replay.command",
    "doctor": "worker.cli.doctor",
}


#: Packages of commands that are installed together with the simulator.
_WITH_SIMULATOR = ("worker.cli.chat", "worker.cli.replay")


class _Inturn(click.Group):
    """Imports commands from their modules, and reports errors of Inturn in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by its name; None if there is none."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        try:
            command: click.Command = getattr(import_module(module), cmd_name)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith(_WITH_SIMULATOR):
                raise
            return _not_installed(cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of Inturn ends it with its message and status 1."""
        try:
            return super().invoke(ctx)
        except StoreUnavailable as error:
            message = f"Redis cannot do what was asked ({error}). Run `inturn doctor` to see which Redis, and what to do"
            raise click.ClickException(message) from error
        except InturnError as error:
            raise click.ClickException(str(error)) from error


def _not_installed(name: str) -> click.Command:
    """Return a command that says what to install, whatever its arguments are."""

    def fail() -> None:
        raise SimulatorMissing

    return click.Command(
        name,
        callback=fail,
        help="Not installed: it needs inturn[simulator].",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


@click.command(cls=_Inturn, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inturn")
def main() -> None:
    """Inturn: every conversation on WhatsApp and Telegram, in turn."""
    append_folder()
