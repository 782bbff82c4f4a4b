"""Serves the files of replies to a provider that fetches them (Twilio), under addresses that nobody can guess and that end."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue
from loguru import logger

from session.clock import Clock
from session.errors import MediaStoreError, NoSuchMedium, StoreError
from session.ids import new_id
from session.keys import Keys
from session.media_store import MediaStore
from session.pseudonyms import Pseudonyms
from session.public_media import PATH, PublicMedia
from session.records import to_ms
from session.store import Runner, shared_secret

NAME = "public_media"


def media_routes(run: Runner, keys: Keys, open_store: Callable[[], MediaStore], clock: Clock) -> Blueprint:
    """Return GET /media/<token>. The store and the secret are read with the first request; `clock` is that of the server."""
    routes = Blueprint(NAME, __name__)
    store = cache(open_store)

    @cache
    def public() -> PublicMedia:
        return PublicMedia("", Pseudonyms(run(shared_secret(keys, fresh=new_id() + new_id()))))

    @routes.get(f"{PATH}<token>")
    def fetch(token: str) -> ResponseReturnValue:
        try:
            found = public().behind(token, now=lambda: to_ms(clock.now()))
            if found is None:
                abort(HTTPStatus.NOT_FOUND)
            size, content = store().size(found.stored), store().read(found.stored)
        except NoSuchMedium:
            abort(HTTPStatus.NOT_FOUND)
        except (StoreError, MediaStoreError) as error:
            logger.error("a file could not be handed out: {}", error)
            return jsonify(error="try again"), HTTPStatus.SERVICE_UNAVAILABLE
        answer = Response(content, content_type=found.mime_type or "application/octet-stream")
        answer.content_length = size
        if found.filename:
            answer.headers.set("Content-Disposition", "attachment", filename=found.filename)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return routes
