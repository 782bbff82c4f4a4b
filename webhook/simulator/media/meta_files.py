"""Meta's endpoints for media: upload, look up, fetch, delete."""

from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from webhook.simulator.media.answers import bytes_of
from webhook.simulator.media.files import UPLOADED_FOR, File, number_of
from webhook.simulator.rejections import Rejection, gone
from webhook.simulator.simulator import Simulator

_IMAGES = ("image/jpeg", "image/png")
_SOUNDS = ("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus")
_FILMS = ("video/mp4", "video/3gpp")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = (
    "application/vnd.ms-powerpoint",
    "application/msword",
    f"{_OFFICE}.wordprocessingml.document",
    f"{_OFFICE}.presentationml.presentation",
    f"{_OFFICE}.spreadsheetml.sheet",
    "application/pdf",
    "text/plain",
    "application/vnd.ms-excel",
)
_MB = 1024 * 1024
#: The types that Meta takes, and the bytes of the largest file of each.
_LARGEST = {
    **dict.fromkeys(_SOUNDS, 16 * _MB),
    **dict.fromkeys(_DOCUMENTS, 100 * _MB),
    **dict.fromkeys(_IMAGES, 5 * _MB),
    "image/webp": 500 * 1024,
    **dict.fromkeys(_FILMS, 16 * _MB),
}
_PATH = "/whatsapp_business/attachments/"

#: Checks the token and the sender; returns why a request is rejected.
Check = Callable[[str | None], Rejection | None]
Reject = Callable[[Rejection], Response]


def media_routes(simulator: Simulator, *, check: Check, reject: Reject) -> Blueprint:
    """Return the routes for media; `look_up` is called by the route that it shares with phone numbers."""
    routes = Blueprint("meta_media", __name__)

    @routes.post("/v<version>/<phone_number_id>/media")
    def upload(version: str, phone_number_id: str) -> Response:  # noqa: ARG001 - every version is alike
        rejection = check(phone_number_id)
        kept = rejection or _upload(simulator)
        return reject(kept) if isinstance(kept, Rejection) else jsonify(id=kept.id)

    @routes.delete("/v<version>/<media_id>")
    def delete(version: str, media_id: str) -> Response:  # noqa: ARG001 - every version is alike
        rejection = check(None) or (None if simulator.files.find(media_id) else gone("delete", media_id))
        if rejection:
            return reject(rejection)
        simulator.files.remove(media_id)
        return jsonify(success=True)

    @routes.get(_PATH)
    def fetch() -> Response:
        # The host of the bytes is not the Graph API: it answers a wrong token without JSON.
        if check(None):
            return Response("Unauthorized", status=401, mimetype="text/plain")
        file = simulator.files.behind(request.args.to_dict())
        return bytes_of(file) if file else Response("Not found", status=404, mimetype="text/plain")

    return routes


def look_up(simulator: Simulator, media_id: str) -> Response | Rejection:
    """Return what Meta says of a medium, with a link that works for minutes."""
    file = simulator.files.find(media_id)
    if file is None:
        return gone("get", media_id)
    return jsonify(
        url=f"{request.host_url.rstrip('/')}{_PATH}?{urlencode(simulator.files.link(file))}",
        mime_type=file.mime_type,
        sha256=file.digest.hex(),
        file_size=len(file.content),
        id=file.id,
        messaging_product="whatsapp",
    )


def _upload(simulator: Simulator) -> File | Rejection:
    if request.form.get("messaging_product") != "whatsapp":
        return Rejection(http=400, code=100, message="The parameter messaging_product is required.")
    given = request.files.get("file")
    if given is None:
        return Rejection(http=400, code=100, message="The parameter file is required.")
    mime_type = given.mimetype
    if mime_type not in _LARGEST:
        allowed = ", ".join(_LARGEST)
        message = f"Param file must be a file with one of the following types: {allowed}."
        return Rejection(http=400, code=100, message=message)
    with closing(given):  # a large one is a file of its own while it is read
        content = given.read()
    if not content or len(content) > _LARGEST[mime_type]:
        details = f"{len(content)} bytes; {mime_type} may have 1 to {_LARGEST[mime_type]}"
        return Rejection(http=400, code=131053, message="Media upload error", details=details)
    media_id = number_of(simulator.new_id())
    # The given type as a whole: an Ogg file says its codec.
    return simulator.files.keep(
        media_id, content, given.content_type or mime_type, filename=given.filename, lives=UPLOADED_FOR
    )
