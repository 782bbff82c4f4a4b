"""Stands before every request of the desk: who is it, is the form ours, what may the browser do, how faults look."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger
from werkzeug.exceptions import HTTPException

from session.errors import StoreError
from webhook.desk.parts import Desk
from webhook.desk.tickets import Ticket
from webhook.desk.words import LANGUAGES, Words
from webhook.signatures import same

COOKIE, LANGUAGE = "inturn_desk", "inturn_desk_language"
#: The field of every form that another site cannot know.
TOKEN = "token"  # noqa: S105  (a name)
#: What a request of our own scripts carries: it is told of faults with a status, not with a page to follow.
BY_SCRIPT = "X-Desk"

_STATIC = "desk.static"
_OPEN = frozenset({"desk.login", "desk.sign_in", "desk.language"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FAULTS = {HTTPStatus.NOT_FOUND: "fault.unknown", HTTPStatus.FORBIDDEN: "fault.form"}


def guard(routes: Blueprint, desk: Desk) -> None:
    """Put the guard before all routes, and its headers behind them."""

    @routes.before_request
    def admit() -> ResponseReturnValue | None:
        g.words = Words(_language())
        g.ticket = None
        if request.endpoint == _STATIC:
            return None
        g.ticket = _ticket(desk)
        signed_in = bool(g.ticket and g.ticket.agent)
        if not signed_in and request.endpoint not in _OPEN:
            return _to_login()
        if request.method == "POST" and not _ours(desk):
            return fault("fault.form", HTTPStatus.FORBIDDEN, draft=request.form.get("text", ""))
        return None

    @routes.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @routes.context_processor
    def known() -> dict[str, object]:
        ticket: Ticket | None = g.get("ticket")
        return {"t": g.words, "agent": ticket.agent if ticket else "", "token": _token(desk, ticket)}

    @routes.errorhandler(StoreError)
    def away(error: StoreError) -> ResponseReturnValue:
        logger.error("the desk cannot read", error=type(error.__cause__ or error).__name__)
        return fault("fault.away", HTTPStatus.SERVICE_UNAVAILABLE)

    @routes.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        status = HTTPStatus(error.code or 500)
        return fault(_FAULTS.get(status, "fault.fault"), status)

    @routes.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        # Its words may quote what was said, so the log gets its kind and its place only.
        last = error.__traceback__
        while last and last.tb_next:
            last = last.tb_next
        at = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "unknown"
        logger.error("a fault of the desk", error=type(error).__name__, at=at)
        return fault("fault.fault", HTTPStatus.INTERNAL_SERVER_ERROR)


def fault(word: str, status: HTTPStatus, *, draft: str = "") -> ResponseReturnValue:
    """Return a page that says what went wrong; a draft that could not be posted stands on it, to be tried again."""
    return render_template("fault.html", word=word, draft=draft), status


def put_ticket(response: Response, desk: Desk, ticket: Ticket) -> None:
    """Hand a browser its cookie."""
    response.set_cookie(
        COOKIE,
        desk.secrets.tickets.written(ticket),
        path=url_for("desk.listed").rstrip("/") or "/",
        httponly=True,
        samesite="Lax",
        secure=is_https(desk),
    )


def is_https(desk: Desk) -> bool:
    """Whether the browser came by https, as far as the server and the proxy in front of it tell."""
    ours = urlsplit(desk.public_url)
    return (
        request.is_secure
        or request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip() == "https"
        or (ours.scheme == "https" and ours.netloc == request.host)
    )


def address_of(desk: Desk) -> str:
    """Return the address that a request came from; what the proxies do not vouch for is not believed."""
    told = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    if desk.proxies and len(told) >= desk.proxies:
        return told[-desk.proxies]
    return request.remote_addr or "unknown"


def _ticket(desk: Desk) -> Ticket | None:
    cookie = request.cookies.get(COOKIE, "")
    ticket = desk.secrets.tickets.read(cookie, now=desk.clock.now()) if cookie else None
    if ticket and ticket.agent and desk.agents.seal(ticket.agent) != ticket.seal:
        return None  # the password has changed since, or the agent has left
    return ticket


def _token(desk: Desk, ticket: Ticket | None) -> str:
    try:
        return desk.secrets.tickets.form_token(ticket) if ticket else ""
    except StoreError:
        return ""  # this very page says that the store is away


def _ours(desk: Desk) -> bool:
    ticket: Ticket | None = g.ticket
    return ticket is not None and same(desk.secrets.tickets.form_token(ticket), request.form.get(TOKEN, ""))


def _to_login() -> ResponseReturnValue:
    if BY_SCRIPT in request.headers or request.endpoint == "desk.stream":
        return g.words("signed_out"), HTTPStatus.UNAUTHORIZED
    alias = (request.view_args or {}).get("alias")
    page = url_for("desk.conversation", alias=alias) if alias else None
    back = request.path if request.method == "GET" else page
    return redirect(url_for("desk.login", back=back), HTTPStatus.SEE_OTHER)


def _language() -> str:
    chosen = request.cookies.get(LANGUAGE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"
