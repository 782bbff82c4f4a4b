"""`inturn sessions`: what is kept of customers, for people."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import click

from session.errors import NoSuchSession, UnreadableSession
from session.manager import SessionManager
from session.models import Session, State
from worker.cli.reach import open_manager

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_CUSTOMER = click.argument("customer")


@click.group()
def sessions() -> None:
    """See, close and forget sessions.

    CUSTOMER is a phone number as "+201001234567", or a business-scoped id; where several businesses share a
    deployment it has the scope of the line in front: "directory:+919840930854".
    """


def _with_manager(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the session library, and take it away again."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        with open_manager() as manager:
            try:
                command(manager, *args, **options)
            except NoSuchSession as error:
                raise click.ClickException(f"nothing is kept for {error}") from None
            except UnreadableSession as error:
                raise click.ClickException(str(error)) from None

    return run


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
        rows = [_summary(session) for session in found]
        rows += [{"customerId": one.customer, "unreadable": one.why} for one in unreadable]
        click.echo(json.dumps(rows, indent=2))
        return
    for session in found:
        click.echo(
            f"{_name(session):<20} {session.state:<14} {session.last_activity:%Y-%m-%d %H:%M:%S}"
            f"  {session.message_count:>5} messages  {session.search_count:>4} searches"
        )
    for broken in unreadable:
        click.echo(f"{json.dumps(broken.customer)[1:-1]:<20} {'cannot be read':<14} {broken.why}")
    if not everybody:
        click.echo("no sessions")


@sessions.command()
@_CUSTOMER
@_AS_JSON
@_with_manager
def show(manager: SessionManager, customer: str, *, as_json: bool) -> None:
    """Show one session with its history."""
    session = _found(manager, customer)
    if session is None:
        raise NoSuchSession(customer)
    if isinstance(session, UnreadableSession):
        # As bytes that no terminal obeys.
        about = {"customerId": customer, "unreadable": session.why, "raw": session.raw}
        click.echo(json.dumps(about, indent=2) if as_json else f"{session}\n{json.dumps(session.raw)}")
        return
    if as_json:
        click.echo(json.dumps(json.loads(session.to_json()), indent=2, ensure_ascii=False))
        return
    summary = _summary(session)
    for name, value in summary.items():
        click.echo(f"{name:<14} {value}")
    known = session.context.extracted_info.model_dump(by_alias=True, exclude_none=True)
    for name, value in known.items():
        click.echo(f"{'known':<14} {name}: {value}")
    for search in session.context.search_history:
        click.echo(
            f"{'searched':<14} {search.timestamp:%H:%M:%S} {search.query} ({search.result_count} found)"
        )
    click.echo()
    for said in session.context.message_history:
        click.echo(f"{said.timestamp:%H:%M:%S} {said.role:>9}: {said.content}")


@sessions.command()
@_CUSTOMER
@_AS_JSON
@_with_manager
def stats(manager: SessionManager, customer: str, *, as_json: bool) -> None:
    """Show the figures of one session: counts, ages, limits."""
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


@sessions.command()
@_CUSTOMER
@click.option("--reason", default="closed by an operator", show_default=True)
@_AS_JSON
@_with_manager
def close(manager: SessionManager, customer: str, reason: str, *, as_json: bool) -> None:
    """End a session: the next message of the customer begins a new one."""
    try:
        session = manager.close(customer, reason)
    except UnreadableSession as error:
        kept = "it is a dead letter now, and the next message begins a new session"
        click.echo(
            json.dumps({"customerId": customer, "unreadable": error.why}) if as_json else f"{error}; {kept}"
        )
        return
    click.echo(json.dumps(_summary(session)) if as_json else f"{customer} is {session.state}")


@sessions.command()
@_CUSTOMER
@click.option("--yes", is_flag=True, help="Do not ask.")
@_AS_JSON
@_with_manager
def forget(manager: SessionManager, customer: str, *, yes: bool, as_json: bool) -> None:
    """Remove every trace of one customer: session, waiting messages and replies, events, dead letters."""
    if not yes:
        click.confirm(f"Remove everything that is kept of {customer}?", abort=True, err=True)
    removed = manager.forget(customer)
    click.echo(json.dumps({"removed": removed}) if as_json else f"{removed} traces of {customer} removed")


def _found(manager: SessionManager, customer: str) -> Session | UnreadableSession | None:
    try:
        return manager.get(customer)
    except UnreadableSession as error:
        return error


def _name(session: Session) -> str:
    return f"{session.scope}:{session.customer_id}" if session.scope else session.customer_id


def _summary(session: Session) -> dict[str, Any]:
    return {
        "customerId": session.customer_id,
        **({"scope": session.scope} if session.scope else {}),
        "state": session.state.value,
        "agentId": session.agent_id,
        "createdAt": session.created_at.isoformat(timespec="seconds"),
        "lastActivity": session.last_activity.isoformat(timespec="seconds"),
        "messageCount": session.message_count,
        "searchCount": session.search_count,
    }


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())
