"""The routes for signing in and out, and for the language."""

from datetime import timedelta
from http import HTTPStatus
from math import ceil
from threading import BoundedSemaphore

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.printable import mask
from webhook.desk.request_checks import (
    delete_session_cookie,
    error_page,
    put_language_cookie,
    put_session_cookie,
)
from webhook.desk.services import DeskServices
from webhook.desk.words import LANGUAGES

#: Passwords that a process checks at the same time: each takes 32 MB and a tenth of a second of a thread. Also the
#: seconds after which further agents are asked to try again.
_AT_ONCE = 2
#: Characters of a name or password; the rest is cut off, because hashing long texts takes time.
_LONGEST = 1024


def add_sign_in(routes: Blueprint, desk: DeskServices) -> None:
    """Add GET and POST /login, POST /logout and POST /language."""
    checking = BoundedSemaphore(_AT_ONCE)

    @routes.get("/login")
    def login() -> ResponseReturnValue:
        if g.agent:
            return redirect(_back())
        return _form(desk, HTTPStatus.OK)

    @routes.post("/login")
    def sign_in() -> ResponseReturnValue:
        name, password = request.form.get("name", "")[:_LONGEST], request.form.get("password", "")[:_LONGEST]
        address = _address()
        if not checking.acquire(blocking=False):
            return _later(desk, "login.busy", _AT_ONCE)
        try:
            if wait := desk.sessions.wait_for(name, address):
                # Not a warning, because a flood of requests would flood the log.
                logger.debug(
                    "an attempt to sign in was refused: too many wrong passwords", address=mask(address)
                )
                return _later(desk, "login.slow", ceil(wait / timedelta(seconds=1)))
            session = desk.sessions.begin(name, password, address)
        finally:
            checking.release()
        if session is None or session.agent is None:
            logger.warning("wrong name or password at the desk", address=mask(address))
            return _form(desk, HTTPStatus.UNAUTHORIZED, g.translate("login.wrong"))
        desk.sessions.end(g.session, address)
        logger.info("signed in at the desk", agent=session.agent.name)
        response = make_response(redirect(_back(), HTTPStatus.SEE_OTHER))
        put_session_cookie(response, desk, session)
        return response

    @routes.post("/logout")
    def sign_out() -> ResponseReturnValue:
        desk.sessions.end(g.session, _address())
        response = make_response(redirect(url_for("desk.login"), HTTPStatus.SEE_OTHER))
        delete_session_cookie(response, desk)
        return response

    @routes.post("/language")
    def language() -> ResponseReturnValue:
        chosen = request.form.get("language", "")
        if chosen not in LANGUAGES:
            return error_page("error.form", HTTPStatus.BAD_REQUEST)
        response = make_response(redirect(_back(), HTTPStatus.SEE_OTHER))
        put_language_cookie(response, desk, chosen)
        return response


def _address() -> str:
    return request.remote_addr or "unknown"


def _later(desk: DeskServices, key: str, seconds: int) -> Response:
    response = _form(desk, HTTPStatus.TOO_MANY_REQUESTS, g.translate(key, wait=g.translate.wait(seconds)))
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(desk: DeskServices, status: HTTPStatus, wrong: str = "") -> Response:
    is_new = g.session is None
    if is_new:
        g.session = desk.sessions.new()
    response = make_response(
        render_template("login.html", wrong=wrong, back=_back(), name=request.form.get("name", ""))
    )
    response.status_code = status
    if is_new:
        put_session_cookie(response, desk, g.session)
    return response


def _back() -> str:
    """Return the page to go to: one of the desk, whatever a link may have put into the field."""
    wanted = request.values.get("back", "")
    home = url_for("desk.listed")
    inside = wanted.startswith(home) and "\\" not in wanted and "//" not in wanted
    return (
        wanted if inside and not wanted.startswith((url_for("desk.login"), url_for("desk.stream"))) else home
    )
