"""The command line `inturn`. One file for each command, imported when the command is called."""

from importlib import import_module

import click

from session.errors import InturnError, StoreUnavailable
from worker.cli.folder import append_folder

#: Command -> the module that contains it under the same name.
_COMMANDS = {
    "new": "worker.cli.new",
    "run": "worker.cli.run",
    "webhook": "worker.cli.parts",
    "worker": "worker.cli.parts",
    "beat": "worker.cli.parts",
    "celery": "worker.cli.parts",
    "chat": "worker.cli.chat",
    "sessions": "worker.cli.sessions",
    "dead": "worker.cli.dead",
    "channels": "worker.cli.channels",
    "understand": "worker.cli.understand",
    "catalogue": "worker.cli.catalogue",
    "events": "worker.cli.events",
    "replay": "worker.cli.replay",
    "doctor": "worker.cli.doctor",
}


class _House(click.Group):
    """Finds commands in their modules, and shows errors of Inturn in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by its name."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of Inturn ends it with its message and status 1."""
        try:
            return super().invoke(ctx)
        except StoreUnavailable as error:
            words = f"Redis cannot do what was asked ({error}). Run `inturn doctor` to see which Redis, and what to do"
            raise click.ClickException(words) from error
        except InturnError as error:
            raise click.ClickException(str(error)) from error


@click.command(cls=_House, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inturn")
def main() -> None:
    """Inturn: every WhatsApp conversation, in turn."""
    append_folder()
