"""Signing in and out, and the language of the page."""

from datetime import timedelta
from http import HTTPStatus
from math import ceil
from threading import BoundedSemaphore

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.masking import mask
from webhook.desk.cookies import drop_cookie, put_cookie, put_language
from webhook.desk.guard import fault
from webhook.desk.parts import Desk
from webhook.desk.words import LANGUAGES

#: Passwords that a process looks at at the same time: each takes 32 MB and a tenth of a second, and the rest of the
#: threads are for others. Also the seconds after which whoever came too many is asked to try again.
_AT_ONCE = 2
#: Longer ones are no passwords, but work for the server.
_LONGEST = 1024


def signing_in(routes: Blueprint, desk: Desk) -> None:
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
            if wait := desk.visits.wait_for(name, address):
                # No warning: whoever floods the desk would flood the log too.
                logger.debug("signing in is slowed down", address=mask(address))
                return _later(desk, "login.slow", ceil(wait / timedelta(seconds=1)))
            visit = desk.visits.begin(name, password, address)
        finally:
            checking.release()
        if visit is None or visit.agent is None:
            logger.warning("a wrong password at the desk", address=mask(address))
            return _form(desk, HTTPStatus.UNAUTHORIZED, g.words("login.wrong"))
        desk.visits.end(g.visit, address)
        logger.info("signed in at the desk", agent=visit.agent.name)
        response = make_response(redirect(_back(), HTTPStatus.SEE_OTHER))
        put_cookie(response, desk, visit)
        return response

    @routes.post("/logout")
    def sign_out() -> ResponseReturnValue:
        desk.visits.end(g.visit, _address())
        response = make_response(redirect(url_for("desk.login"), HTTPStatus.SEE_OTHER))
        drop_cookie(response, desk)
        return response

    @routes.post("/language")
    def language() -> ResponseReturnValue:
        chosen = request.form.get("language", "")
        if chosen not in LANGUAGES:
            return fault("fault.form", HTTPStatus.BAD_REQUEST)
        response = make_response(redirect(_back(), HTTPStatus.SEE_OTHER))
        put_language(response, desk, chosen)
        return response


def _address() -> str:
    return request.remote_addr or "unknown"


def _later(desk: Desk, word: str, seconds: int) -> Response:
    response = _form(desk, HTTPStatus.TOO_MANY_REQUESTS, g.words(word, wait=g.words.wait(seconds)))
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(desk: Desk, status: HTTPStatus, wrong: str = "") -> Response:
    fresh = g.visit is None
    if fresh:
        g.visit = desk.visits.fresh()
    response = make_response(
        render_template("login.html", wrong=wrong, back=_back(), name=request.form.get("name", ""))
    )
    response.status_code = status
    if fresh:
        put_cookie(response, desk, g.visit)
    return response


def _back() -> str:
    """Return where to go on: a page of the desk, and nothing else that a link may have put there."""
    wanted = request.values.get("back", "")
    home = url_for("desk.listed")
    inside = wanted.startswith(home) and "\\" not in wanted and "//" not in wanted
    return (
        wanted if inside and not wanted.startswith((url_for("desk.login"), url_for("desk.stream"))) else home
    )
