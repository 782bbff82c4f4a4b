"""Before and after every request of the desk: agent session, form token, scope, cookies, headers and error pages."""

from http import HTTPStatus
from threading import Event
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger
from werkzeug.exceptions import HTTPException

from session.errors import StoreError
from webhook.desk.agent_sessions import AgentSession
from webhook.desk.services import DeskServices
from webhook.desk.words import LANGUAGES, Translator
from webhook.faults import place_of
from webhook.serving.environ import ASKED

#: The field of every form that another site cannot know.
TOKEN = "token"  # noqa: S105  (a name)
#: The same in the URL of a form with a file, where it is known before the body is read.
UPLOAD_TOKEN = "may"  # noqa: S105  (a name)
#: A header of requests by our own scripts. They get a status instead of a redirect to the sign-in page.
BY_SCRIPT = "X-Desk"

#: A browser accepts a cookie with the prefix `__Host-` only over TLS, and only from this host.
_COOKIE, _SECURE_COOKIE = "inturn_desk", "__Host-inturn_desk"
_LANGUAGE_COOKIE = "inturn_desk_language"
_A_YEAR = 365 * 24 * 60 * 60
_HSTS = {"Strict-Transport-Security": f"max-age={_A_YEAR}"}

_STATIC = "desk.static"
_WITH_FILES = "multipart/form-data"
#: Endpoints of forms with files.
_UPLOADING = frozenset({"desk.act", "desk.campaign_load"})
#: What the names of endpoints for supervisors begin with.
_SUPERVISED = "desk.campaign"
#: Endpoints for which nobody must have signed in.
_OPEN = frozenset({"desk.login", "desk.sign_in", "desk.language"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Seconds after which a browser may try again when Redis did not answer.
_RETRY_AFTER = "5"
_ERRORS = {HTTPStatus.NOT_FOUND: "error.unknown", HTTPStatus.FORBIDDEN: "error.form"}


def add_request_checks(routes: Blueprint, desk: DeskServices) -> None:
    """Check every request of these routes, and add headers to every response."""
    warned = Event()

    @routes.before_request
    def check() -> ResponseReturnValue | None:
        if not desk.proxies and "X-Forwarded-For" in request.headers and not warned.is_set():
            warned.set()
            logger.warning(
                "the desk does not trust X-Forwarded-For, so all agents behind the proxy have one address; "
                "set DESK_PROXIES to the number of proxies"
            )
        g.translate = Translator(_language())
        g.session, g.agent = None, None
        if request.endpoint == _STATIC:
            return None
        g.session = session = desk.sessions.find(request.cookies.get(_cookie_name(desk), ""))
        g.agent = session.agent if session else None
        if g.agent is None and request.endpoint not in _OPEN:
            return _to_sign_in()
        if g.agent and not g.agent.supervises and (request.endpoint or "").startswith(_SUPERVISED):
            return error_page("error.rank", HTTPStatus.FORBIDDEN)
        return _check_form(desk, session) or (_check_scope(desk) if g.agent else None)

    @routes.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if is_https(desk):
            response.headers.update(_HSTS)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", _RETRY_AFTER)
        return response

    @routes.context_processor
    def names() -> dict[str, object]:
        agent = g.get("agent")
        token, may = _tokens(desk, g.get("session"))
        return {
            "t": g.translate,
            "agent": agent.name if agent else "",
            "supervises": bool(agent and agent.supervises),
            "token": token,
            "may_upload": may,
        }

    @routes.errorhandler(StoreError)
    def unavailable(error: StoreError) -> ResponseReturnValue:
        logger.error("the desk cannot read from Redis", error=type(error.__cause__ or error).__name__)
        return error_page("error.unavailable", HTTPStatus.SERVICE_UNAVAILABLE)

    @routes.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        status = HTTPStatus(error.code or 500)
        return error_page(_ERRORS.get(status, "error.internal"), status)

    @routes.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        logger.error("internal error of the desk", error=type(error).__name__, at=place_of(error))
        return error_page("error.internal", HTTPStatus.INTERNAL_SERVER_ERROR)


def error_page(key: str, status: HTTPStatus, *, draft: str = "") -> ResponseReturnValue:
    """Return a page with the sentence of a key, and a form to send the draft of an answer again."""
    return render_template("error.html", key=key, draft=draft), status


def put_session_cookie(response: Response, desk: DeskServices, session: AgentSession) -> None:
    """Give the browser the cookie of its session."""
    response.set_cookie(
        _cookie_name(desk),
        session.cookie,
        path=_cookie_path(desk),
        httponly=True,
        samesite="Lax",
        secure=is_https(desk),
    )


def delete_session_cookie(response: Response, desk: DeskServices) -> None:
    """Let the browser delete the cookie of its session."""
    response.delete_cookie(
        _cookie_name(desk), path=_cookie_path(desk), httponly=True, samesite="Lax", secure=is_https(desk)
    )


def put_language_cookie(response: Response, desk: DeskServices, language: str) -> None:
    """Let the browser remember its language."""
    response.set_cookie(
        _LANGUAGE_COOKIE,
        language,
        max_age=_A_YEAR,
        path=_home(),
        httponly=True,
        samesite="Lax",
        secure=is_https(desk),
    )


def is_https(desk: DeskServices) -> bool:
    """Return whether the browser uses HTTPS: the request says so, or it names the host of an https:// `PUBLIC_URL`."""
    public = urlsplit(desk.public_url)
    return request.is_secure or (public.scheme == "https" and public.netloc == request.host)


def _cookie_name(desk: DeskServices) -> str:
    return _SECURE_COOKIE if is_https(desk) else _COOKIE


def _cookie_path(desk: DeskServices) -> str:
    return "/" if is_https(desk) else _home()


def _home() -> str:
    return url_for("desk.listed").rstrip("/") or "/"


def _check_form(desk: DeskServices, session: AgentSession | None) -> ResponseReturnValue | None:
    """Refuse forms that another site may have made: one with files before anything of it is read."""
    if request.method != "POST":
        return None
    if request.endpoint in _UPLOADING and request.mimetype == _WITH_FILES:
        if not session or not desk.sessions.is_upload_token(session, request.args.get(UPLOAD_TOKEN, "")):
            return error_page("error.form", HTTPStatus.FORBIDDEN)
        if ASKED in request.environ:
            return _check_scope(desk) or ("", HTTPStatus.NO_CONTENT)
    if not session or not desk.sessions.is_form_token(session, request.form.get(TOKEN, "")):
        return error_page("error.form", HTTPStatus.FORBIDDEN, draft=request.form.get("text", ""))
    return None


def _check_scope(desk: DeskServices) -> ResponseReturnValue | None:
    """Limit an agent to conversations of the agent's scopes. Any other gets the answer of one that does not exist."""
    g.store = desk.store.within(g.agent.covers) if g.agent.scopes is not None else desk.store
    pseudonym = (request.view_args or {}).get("pseudonym")
    if pseudonym is None:
        return None
    g.conversation = desk.secrets.pseudonyms.decode(pseudonym)
    if g.conversation is None or not g.agent.covers(g.conversation):
        return error_page("error.unknown", HTTPStatus.NOT_FOUND)
    return None


def _tokens(desk: DeskServices, session: AgentSession | None) -> tuple[str, str]:
    """Return the token of forms, and that of the URL of a form with a file."""
    try:
        sessions = desk.sessions
        return (sessions.form_token(session), sessions.upload_token(session)) if session else ("", "")
    except StoreError:
        return "", ""  # the page that is rendered says that Redis does not answer


def _to_sign_in() -> ResponseReturnValue:
    if BY_SCRIPT in request.headers or request.endpoint == "desk.stream":
        return g.translate("signed_out"), HTTPStatus.UNAUTHORIZED
    pseudonym = (request.view_args or {}).get("pseudonym")
    page = url_for("desk.conversation", pseudonym=pseudonym) if pseudonym else None
    back = request.path if request.method == "GET" else page
    return redirect(url_for("desk.login", back=back), HTTPStatus.SEE_OTHER)


def _language() -> str:
    chosen = request.cookies.get(_LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"
