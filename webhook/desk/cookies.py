"""The cookies of a browser, and whether it uses HTTPS."""

from urllib.parse import urlsplit

from flask import Response, request, url_for

from webhook.desk.parts import Desk
from webhook.desk.visits import Visit

#: Behind TLS the name itself makes the browser refuse a cookie that came from anywhere else, or without TLS.
_PLAIN, _HOST = "inturn_desk", "__Host-inturn_desk"
LANGUAGE = "inturn_desk_language"
_A_YEAR = 365 * 24 * 60 * 60
#: For as long a browser asks for https by itself.
HSTS = {"Strict-Transport-Security": f"max-age={_A_YEAR}"}


def read_cookie(desk: Desk) -> str:
    """Return what a browser shows, "" if nothing."""
    return request.cookies.get(_name(desk), "")


def put_cookie(response: Response, desk: Desk, visit: Visit) -> None:
    """Hand a browser the cookie of its visit."""
    secure = is_https(desk)
    response.set_cookie(
        _name(desk), visit.cookie, path=_path(desk), httponly=True, samesite="Lax", secure=secure
    )


def drop_cookie(response: Response, desk: Desk) -> None:
    """Take it back."""
    secure = is_https(desk)
    response.delete_cookie(_name(desk), path=_path(desk), httponly=True, samesite="Lax", secure=secure)


def put_language(response: Response, desk: Desk, language: str) -> None:
    """Let a browser remember its language."""
    response.set_cookie(
        LANGUAGE,
        language,
        max_age=_A_YEAR,
        path=_home(),
        httponly=True,
        samesite="Lax",
        secure=is_https(desk),
    )


def is_https(desk: Desk) -> bool:
    """Whether the browser uses HTTPS: as the request says, or because it names the host of an https:// `PUBLIC_URL`."""
    ours = urlsplit(desk.public_url)
    return request.is_secure or (ours.scheme == "https" and ours.netloc == request.host)


def _name(desk: Desk) -> str:
    return _HOST if is_https(desk) else _PLAIN


def _path(desk: Desk) -> str:
    return "/" if is_https(desk) else _home()


def _home() -> str:
    return url_for("desk.listed").rstrip("/") or "/"
