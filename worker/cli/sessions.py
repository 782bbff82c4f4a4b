"""`inturn sessions`: shows, closes and forgets sessions."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import click

from session.conversations import short_name
from session.errors import MediaStoreError, NoSuchSession, UnreadableSession
from session.manager import SessionManager
from session.models import Session, State
from session.printable import counted, visible, visible_json
from session.results import Rewrite
from worker.cli.reach import open_manager, open_media_removal
from worker.cli.session_lines import (
    line_of,
    marketing_of,
    name_of,
    planned_as_json,
    summary_of,
    with_states,
)

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
#: Why the server's append-only file may still contain what was forgotten, and what to do.
_LEFT_IN_FILE = {
    Rewrite.UNDER_WAY: "the server is already rewriting its append-only file: forget again when it is done, "
    "or run BGREWRITEAOF then",
    Rewrite.REFUSED: "the server's append-only file may contain the customer until it is rewritten: "
    "this user has no permission for BGREWRITEAOF and INFO",
}


@click.group()
def sessions() -> None:
    """List, show, close and forget sessions.

    CUSTOMER is a phone number in any spelling ("+20 100 123-4567", "0020100…", "whatsapp:+20100…", digits alone; with
    DEFAULT_COUNTRY as it is dialled there), or a business-scoped id. Where several businesses share a deployment, put the
    scope of the sender in front: "directory:+919840930854"; it may be left out if only one sender knows the customer.
    ":+919840930854" is a customer of the sender without a scope.
    """


def _with_manager(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the session library, and close it afterwards."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        with open_manager() as manager:
            try:
                command(manager, *args, **options)
            except NoSuchSession as error:
                raise click.ClickException(f"there is no session of {visible(str(error))}") from None
            except UnreadableSession as error:
                raise click.ClickException(visible(str(error))) from None

    return run


def _of_customer(command: Callable[..., None]) -> click.Command:
    """Make a sub-command about one customer."""
    return sessions.command()(click.argument("customer")(_AS_JSON(_with_manager(command))))


def _one(manager: SessionManager, customer: str) -> str:
    """Return the customer that is meant. Raises `NoSuchSession`, `NoCustomer`."""
    found = manager.find(customer)
    if not found:
        raise NoSuchSession(customer)
    if len(found) > 1:
        names = ", ".join(visible(name if ":" in name else f":{name}") for name in found)
        raise click.ClickException(f"several senders know this customer: use one of {names}")
    return found[0]


@sessions.command("list")
@click.option("--state", type=click.Choice([state.value for state in State], case_sensitive=False))
@_AS_JSON
@_with_manager
def list_(manager: SessionManager, state: str | None, *, as_json: bool) -> None:
    """List all sessions, the latest activity first. Reads every key of the server."""
    everybody = [one for name in manager.customers() if (one := _found(manager, name)) is not None]
    found = [one for one in everybody if isinstance(one, Session)]
    unreadable = [one for one in everybody if isinstance(one, UnreadableSession)] if state is None else []
    found = [session for session in found if state is None or session.state == state.upper()]
    found.sort(key=lambda session: session.last_activity, reverse=True)
    if as_json:
        rows = [summary_of(session) for session in found]
        rows += [{"customerId": one.customer, "unreadable": one.why} for one in unreadable]
        click.echo(visible_json(rows, indent=2))
        return
    for session in found:
        click.echo(
            f"{visible(name_of(session)):<20} {session.state:<14} {session.last_activity:%Y-%m-%d %H:%M:%S}"
            f"  {counted(session.message_count, 'message'):>14}  {counted(session.search_count, 'search', 'searches'):>13}"
        )
    for broken in unreadable:
        click.echo(f"{visible(broken.customer):<20} {'cannot be read':<14} {visible(broken.why)}")
    if not everybody:
        click.echo("no sessions")


@_of_customer
def show(manager: SessionManager, customer: str, *, as_json: bool) -> None:
    """Show one session with its history, and how far each reply came."""
    name = _one(manager, customer)
    session = _found(manager, name)
    if session is None:
        raise NoSuchSession(customer)
    if isinstance(session, UnreadableSession):
        about = {"customerId": session.customer, "unreadable": session.why, "raw": session.raw}
        as_words = f"{visible(str(session))}\n{visible_json(session.raw)}"
        click.echo(visible_json(about, indent=2) if as_json else as_words)
        return
    history = manager.history(name)
    if as_json:
        planned = [planned_as_json(plan) for plan in manager.timers(name_of(session))]
        about = (
            json.loads(session.to_json()) | marketing_of(session) | ({"timers": planned} if planned else {})
        )
        click.echo(visible_json(with_states(about, history), indent=2))
        return
    summary = summary_of(session)
    for name, value in summary.items():
        click.echo(f"{name:<14} {visible(str(value))}")
    known = session.context.extracted_info.model_dump(by_alias=True, exclude_none=True)
    for name, value in known.items():
        click.echo(f"{'known':<14} {visible(f'{name}: {value}')}")
    for search in session.context.search_history:
        found = f"{visible(search.query)} ({search.result_count} found)"
        click.echo(f"{'searched':<14} {search.timestamp:%H:%M:%S} {found}")
    for plan in manager.timers(name_of(session)):
        what = "asked" if plan.asks else "planned"
        click.echo(f"{what:<14} {plan.at:%Y-%m-%d %H:%M} UTC {visible(f'{plan.name}: {plan.text}')}")
    click.echo()
    for said in history:
        click.echo(line_of(said))


@_of_customer
def names(manager: SessionManager, customer: str, *, as_json: bool) -> None:
    """Show every name of one customer, the present one first. No session is needed."""
    meant = manager.find(customer) or [customer]
    found = list(dict.fromkeys(name for one in meant for name in manager.names(one)))
    click.echo(visible_json(found, indent=2) if as_json else "\n".join(map(visible, found)))


@_of_customer
def stats(manager: SessionManager, customer: str, *, as_json: bool) -> None:
    """Show the figures of one session: counts, ages, limits."""
    customer = _one(manager, customer)
    found = manager.statistics(customer)
    messages, searches = manager.check_messages(customer), manager.check_searches(customer)
    figures = {
        "state": found.state.value,
        "messages": found.messages,
        "searches": found.searches,
        "ageSeconds": _seconds(found.age),
        "idleSeconds": _seconds(found.idle_for),
        "expiresInSeconds": _seconds(found.expires_in) if found.expires_in else None,
        "messagesLeftThisHour": messages.remaining,
        "searchesLeftThisHour": searches.remaining,
    }
    if as_json:
        click.echo(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        click.echo(f"{name:<22} {value}")


@_of_customer
@click.option("--reason", default="closed by an operator", show_default=True)
def close(manager: SessionManager, customer: str, reason: str, *, as_json: bool) -> None:
    """End a session: the next message of the customer begins a new one."""
    try:
        session = manager.close(_one(manager, customer), reason)
    except UnreadableSession as error:
        kept = "it is moved to the dead letters, and the next message begins a new session"
        about = {"customerId": error.customer, "unreadable": error.why}
        click.echo(visible_json(about) if as_json else f"{visible(str(error))}; {kept}")
        return
    click.echo(
        visible_json(summary_of(session)) if as_json else f"{visible(name_of(session))} is {session.state}"
    )


@_of_customer
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def forget(manager: SessionManager, customer: str, *, yes: bool, as_json: bool) -> None:
    """Remove every trace of one customer: session, waiting messages and replies, events, dead letters.

    Without a scope in front, for all senders. Hashes that recognise redeliveries and late statuses stay for eight days.
    """
    if not yes:
        senders = ", ".join(map(visible, manager.find(customer))) or visible(customer)
        click.confirm(f"Remove everything that is stored for {senders}?", abort=True, err=True)
    try:
        gone = manager.forget(customer, remove_media=open_media_removal().of)
    except MediaStoreError as error:
        raise click.ClickException(f"{error}; forget again when it works") from None
    names = [short_name(name) for name in gone.conversations]
    if as_json:
        click.echo(
            visible_json(
                {"removed": gone.removed + gone.media, "customers": names, "appendOnlyFile": gone.file}
            )
        )
        return
    if not names:
        click.echo(f"nothing is stored for {visible(customer)}")
        return
    click.echo(f"{counted(gone.removed + gone.media, 'trace')} of {', '.join(map(visible, names))} removed")
    if gone.file in _LEFT_IN_FILE:
        click.echo(_LEFT_IN_FILE[gone.file], err=True)


def _found(manager: SessionManager, customer: str) -> Session | UnreadableSession | None:
    try:
        return manager.get(customer)
    except UnreadableSession as error:
        return error


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())
