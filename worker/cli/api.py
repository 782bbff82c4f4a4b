"""`inturn api`: makes tokens for other programs."""

import click

from session.api_tokens import Right, hash_of, is_name, read_tokens
from session.ids import new_id


@click.group()
def api() -> None:
    """Let other programs use the HTTP API."""


@api.command()
@click.argument("name")
@click.option(
    "--rights",
    default=f"{Right.READ}+{Right.SEND}",
    show_default=True,
    metavar="ONE+TWO",
    help=f"What it may do: {', '.join(Right)}.",
)
@click.option(
    "--scopes",
    default="",
    metavar="ONE+TWO",
    help="The scopes of SENDERS_FILE that it sees, `-` for senders without one. Default: all.",
)
def token(name: str, rights: str, scopes: str) -> None:
    """Make a token, and print the line for .env that allows it.

    NAME is what the history and the log call the program. Nothing is stored: the token is shown once.
    """
    secret = f"inturn_{new_id()}{new_id()}{new_id()}"
    line = ":".join(filter(None, (name, hash_of(secret), rights, scopes)))
    if not is_name(name):
        raise click.BadParameter("1 to 40 lower-case letters, digits, - and _", param_hint="NAME")
    try:
        read_tokens(line)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"API_TOKENS={line}")
    click.echo(
        f"The program sends this with each request, as `Authorization: Bearer {secret}`. It is not shown again.\n"
        "If there is an API_TOKENS already, append the part behind = to it, with a comma.",
        err=True,
    )
