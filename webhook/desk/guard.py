"""Stands before every request of the desk: who is it, is the form ours, what may the browser do, how faults look."""

from http import HTTPStatus
from threading import Event

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger
from werkzeug.exceptions import HTTPException

from session.errors import StoreError
from webhook.desk.cookies import HSTS, LANGUAGE, is_https, read_cookie
from webhook.desk.parts import Desk
from webhook.desk.visits import Visit
from webhook.desk.words import LANGUAGES, Words

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
#: Seconds after which it is worth while to ask again when the store was away.
_SOON = "5"
_FAULTS = {HTTPStatus.NOT_FOUND: "fault.unknown", HTTPStatus.FORBIDDEN: "fault.form"}


def guard(routes: Blueprint, desk: Desk) -> None:
    """Put the guard before all routes, and its headers behind them."""
    proxied = Event()

    @routes.before_request
    def admit() -> ResponseReturnValue | None:
        if not desk.proxies and "X-Forwarded-For" in request.headers and not proxied.is_set():
            proxied.set()
            logger.warning(
                "a proxy is not believed: to the desk all who come by it are one; set DESK_PROXIES"
            )
        g.words = Words(_language())
        g.visit, g.agent = None, None
        if request.endpoint == _STATIC:
            return None
        g.visit = visit = desk.visits.of(read_cookie(desk))
        g.agent = visit.agent if visit else None
        if g.agent is None and request.endpoint not in _OPEN:
            return _to_login()
        if request.method == "POST" and not (
            visit and desk.visits.is_ours(visit, request.form.get(TOKEN, ""))
        ):
            return fault("fault.form", HTTPStatus.FORBIDDEN, draft=request.form.get("text", ""))
        return _let_see(desk) if g.agent else None

    @routes.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if is_https(desk):
            response.headers.update(HSTS)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", _SOON)
        return response

    @routes.context_processor
    def known() -> dict[str, object]:
        agent = g.get("agent")
        return {"t": g.words, "agent": agent.name if agent else "", "token": _token(desk, g.get("visit"))}

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


def _let_see(desk: Desk) -> ResponseReturnValue | None:
    """Show an agent their own conversations only: to whoever asks for another it does not exist."""
    g.store = desk.store.within(g.agent.covers) if g.agent.scopes is not None else desk.store
    alias = (request.view_args or {}).get("alias")
    if alias is None:
        return None
    g.conversation = desk.secrets.pseudonyms.decode(alias)
    if g.conversation is None or not g.agent.covers(g.conversation):
        return fault("fault.unknown", HTTPStatus.NOT_FOUND)
    return None


def _token(desk: Desk, visit: Visit | None) -> str:
    try:
        return desk.visits.form_token(visit) if visit else ""
    except StoreError:
        return ""  # this very page says that the store is away


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
