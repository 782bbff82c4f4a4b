"""Twilio's endpoints for media: the resources of a message, and the host of the bytes to which they lead."""

from collections.abc import Callable
from email.utils import format_datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webhook.simulator.media.answers import bytes_of
from webhook.simulator.media.files import File
from webhook.simulator.rejections import Rejection
from webhook.simulator.simulator import Simulator
from webhook.simulator.twilio_forms import API_VERSION, media_sid

_MESSAGE = f"/{API_VERSION}/Accounts/<account>/Messages/<message_sid>"
#: Where the bytes are: at Twilio a host of its own, which takes no credentials.
_CDN = "/simulator/cdn"

#: Checks the credentials; returns why a request is rejected.
Check = Callable[[str], Rejection | None]
Reject = Callable[[Rejection], Response]


def media_routes(simulator: Simulator, *, check: Check, reject: Reject) -> Blueprint:
    """Return the routes for media."""
    routes = Blueprint("twilio_media", __name__)

    def wanted(account: str, message_sid: str, sid: str) -> File | Rejection:
        file = simulator.files.find(sid) if sid == media_sid(message_sid) else None
        return check(account) or file or _not_found(request.path)

    @routes.get(f"{_MESSAGE}/Media/<sid>")
    def fetch(account: str, message_sid: str, sid: str) -> AnyResponse:
        file = wanted(account, message_sid, sid.removesuffix(".json"))
        if isinstance(file, Rejection):
            return reject(file)
        if sid.endswith(".json"):
            return jsonify(_resource(simulator, file, account, message_sid))
        return redirect(f"{_CDN}/{sid}?{urlencode(simulator.files.link(file))}", 307)

    @routes.get(f"{_MESSAGE}/Media.json")
    def listed(account: str, message_sid: str) -> Response:
        file = wanted(account, message_sid, media_sid(message_sid))
        if isinstance(file, Rejection):
            return reject(file)
        about = _resource(simulator, file, account, message_sid)
        return jsonify(media_list=[about], page=0, page_size=50, start=0, end=0, next_page_uri=None)

    @routes.delete(f"{_MESSAGE}/Media/<sid>.json")
    def delete(account: str, message_sid: str, sid: str) -> Response:
        file = wanted(account, message_sid, sid)
        if isinstance(file, Rejection):
            return reject(file)
        simulator.files.remove(sid)
        return Response(status=204)

    @routes.get(f"{_CDN}/<sid>")
    def carried(sid: str) -> Response:
        file = simulator.files.behind(request.args.to_dict())
        return bytes_of(file) if file and file.id == sid else Response("Not found", status=404)

    return routes


def _resource(simulator: Simulator, file: File, account: str, message_sid: str) -> dict[str, object]:
    created = format_datetime(simulator.clock.now())
    return {
        "sid": file.id,
        "account_sid": account,
        "parent_sid": message_sid,
        "content_type": file.mime_type,
        "date_created": created,
        "date_updated": created,
        "uri": f"/{API_VERSION}/Accounts/{account}/Messages/{message_sid}/Media/{file.id}.json",
    }


def _not_found(path: str) -> Rejection:
    return Rejection(http=404, code=20404, message=f"The requested resource {path} was not found")
