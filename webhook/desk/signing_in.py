"""Signing in and out, and the language of the page."""

from datetime import timedelta
from http import HTTPStatus
from math import ceil

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.logs import mask
from session.records import to_ms
from webhook.desk.guard import COOKIE, LANGUAGE, address_of, fault, is_https, put_ticket
from webhook.desk.parts import Desk
from webhook.desk.tickets import Ticket
from webhook.desk.words import LANGUAGES

#: How long the form may stand open before it is sent.
_FORM_FOR = timedelta(hours=1)
_A_YEAR = 365 * 24 * 60 * 60
#: Longer ones are no passwords, but work for the server.
_LONGEST = 1024


def signing_in(routes: Blueprint, desk: Desk) -> None:
    """Add GET and POST /login, POST /logout and POST /language."""

    @routes.get("/login")
    def login() -> ResponseReturnValue:
        if g.ticket and g.ticket.agent:
            return redirect(_back())
        return _form(desk, HTTPStatus.OK)

    @routes.post("/login")
    def sign_in() -> ResponseReturnValue:
        name, password = request.form.get("name", "")[:_LONGEST], request.form.get("password", "")[:_LONGEST]
        address = address_of(desk)
        if wait := desk.throttle.wait_for(name=name, address=address):
            logger.warning("signing in is slowed down", address=mask(address))
            minutes = max(1, ceil(wait / timedelta(minutes=1)))
            wrong = g.words("login.slow", wait=g.words.duration(minutes))
            return _form(desk, HTTPStatus.TOO_MANY_REQUESTS, wrong)
        agent = desk.agents.admits(name, password)
        seal = desk.agents.seal(agent) if agent else None
        if agent is None or seal is None:
            desk.throttle.failed(name=name, address=address)
            logger.warning("a wrong password at the desk", address=mask(address))
            return _form(desk, HTTPStatus.UNAUTHORIZED, g.words("login.wrong"))
        desk.throttle.succeeded(name=agent)
        logger.info("signed in at the desk", agent=agent)
        response = redirect(_back(), HTTPStatus.SEE_OTHER)
        put_ticket(response, desk, _ticket(desk, agent, seal, desk.session_for))  # type: ignore[arg-type]
        return response

    @routes.post("/logout")
    def sign_out() -> ResponseReturnValue:
        response = redirect(url_for("desk.login"), HTTPStatus.SEE_OTHER)
        response.delete_cookie(COOKIE, path=url_for("desk.listed").rstrip("/") or "/")
        return response

    @routes.post("/language")
    def language() -> ResponseReturnValue:
        chosen = request.form.get("language", "")
        if chosen not in LANGUAGES:
            return fault("fault.form", HTTPStatus.BAD_REQUEST)
        response = redirect(_back(), HTTPStatus.SEE_OTHER)
        response.set_cookie(
            LANGUAGE,
            chosen,
            max_age=_A_YEAR,
            path=url_for("desk.listed").rstrip("/") or "/",
            httponly=True,
            samesite="Lax",
            secure=is_https(desk),
        )
        return response


def _form(desk: Desk, status: HTTPStatus, wrong: str = "") -> Response:
    fresh = g.ticket is None
    if fresh:
        g.ticket = _ticket(desk, "", "", _FORM_FOR)
    response = make_response(
        render_template("login.html", wrong=wrong, back=_back(), name=request.form.get("name", ""))
    )
    response.status_code = status
    if fresh:
        put_ticket(response, desk, g.ticket)
    return response


def _ticket(desk: Desk, agent: str, seal: str, lasts: timedelta) -> Ticket:
    until = to_ms(desk.clock.now() + lasts)
    return Ticket(agent=agent, seal=seal, until=until, nonce=desk.new_id())


def _back() -> str:
    """Return where to go on: a page of the desk, and nothing else that a link may have put there."""
    wanted = request.values.get("back", "")
    home = url_for("desk.listed")
    inside = wanted.startswith(home) and "\\" not in wanted and "//" not in wanted
    return (
        wanted if inside and not wanted.startswith((url_for("desk.login"), url_for("desk.stream"))) else home
    )
