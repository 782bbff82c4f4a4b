"""The routes of message templates: those of both providers, and how tests and demos change one."""

from collections.abc import Callable
from typing import Any, TypeGuard

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ConfigDict, Field, TypeAdapter

from session.channels.meta import OBJECT
from session.records import Record
from webhook.simulator.meta_envelopes import ACCOUNT, signed
from webhook.simulator.queries import given, number_of
from webhook.simulator.rejections import Rejection, gone
from webhook.simulator.simulator import Simulator
from webhook.simulator.templates import as_content
from webhook.simulator.webhook_client import WebhookUnreachable

_PAGE = 25

#: Returns why a request is rejected, None if it is not.
Check = Callable[[], Rejection | None]
Reject = Callable[[Rejection], Response]


class TemplateChanged(Record):
    """What happens to a template at Meta."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str = "en"
    status: str | None = None  #: "PAUSED", "DISABLED", "APPROVED" ...
    quality: str | None = None  #: "GREEN", "YELLOW", "RED"
    category: str | None = None
    reason: str = "NONE"
    tells: bool = Field(default=True)  #: whether the webhook is told


_CHANGED = TypeAdapter(TemplateChanged)


def meta_template_routes(simulator: Simulator, *, check: Check, reject: Reject) -> Blueprint:
    """Return the routes of the Graph API."""
    routes = Blueprint("meta_templates", __name__)
    account = _account(simulator)

    @routes.get("/v<version>/<account_id>/message_templates")
    def listed(version: str, account_id: str) -> Response:  # noqa: ARG001 - every version is alike
        if rejection := check() or _elsewhere(account_id):
            return reject(rejection)
        limit, start = int(number_of("limit", default=_PAGE, highest=1000)), int(number_of("after"))
        name = request.args.get("name", "")
        found = [one for one in simulator.templates.all() if name in one["name"]]
        end = start + limit
        more = {"next": f"{request.base_url}?limit={limit}&after={end}"} if end < len(found) else {}
        paging = {"cursors": {"before": str(start), "after": str(end)}, **more}
        summary = {
            "total_count": len(found),
            "message_template_count": len(found),
            "message_template_limit": 6000,
            "are_translations_complete": True,
        }
        return jsonify(data=found[start:end], paging=paging, summary=summary)

    @routes.post("/v<version>/<account_id>/message_templates")
    def made(version: str, account_id: str) -> Response:  # noqa: ARG001 - every version is alike
        if rejection := check() or _elsewhere(account_id):
            return reject(rejection)
        asked = request.get_json(silent=True)
        if not _is_whole(asked):
            return reject(Rejection(http=400, code=100, message="Invalid parameter"))
        kept = simulator.templates.put({**asked, "status": "APPROVED"})
        return jsonify(id=kept["id"], status=kept["status"], category=kept["category"])

    @routes.delete("/v<version>/<account_id>/message_templates")
    def removed(version: str, account_id: str) -> Response:  # noqa: ARG001 - every version is alike
        if rejection := check() or _elsewhere(account_id):
            return reject(rejection)
        return jsonify(success=simulator.templates.remove(request.args.get("name", "")))

    def _elsewhere(account_id: str) -> Rejection | None:
        return None if account_id == account else gone(request.method.lower(), account_id)

    return routes


def twilio_template_routes(simulator: Simulator, *, check: Check, reject: Reject) -> Blueprint:
    """Return the routes of the Content API."""
    routes = Blueprint("twilio_templates", __name__)

    @routes.get("/v1/ContentAndApprovals")
    @routes.get("/v1/Content")
    def listed() -> Response:
        if rejection := check():
            return reject(rejection)
        size, page = int(number_of("PageSize", default=50, highest=1000)), int(number_of("Page"))
        found = [as_content(one) for one in simulator.templates.all()]
        start = page * size
        following = (
            f"{request.base_url}?PageSize={size}&Page={page + 1}" if start + size < len(found) else None
        )
        meta = {"page": page, "page_size": size, "next_page_url": following, "key": "contents"}
        return jsonify(contents=found[start : start + size], meta=meta)

    return routes


def template_control_routes(simulator: Simulator) -> Blueprint:
    """Return the routes by which templates are looked at and changed."""
    routes = Blueprint("templates", __name__)
    account = _account(simulator)

    @routes.get("/simulator/templates")
    def listed() -> Response:
        return jsonify(templates=simulator.templates.all())

    @routes.post("/simulator/templates")
    def changed() -> tuple[Response, int]:
        asked = given(_CHANGED, request.get_json())
        now = {"status": asked.status, "category": asked.category}
        fields: dict[str, Any] = {name: value for name, value in now.items() if value}
        if asked.quality:
            fields["quality_score"] = {"score": asked.quality, "date": int(simulator.clock.now().timestamp())}
        if not simulator.templates.change(asked.name, asked.language, **fields):
            abort(404, f"there is no template {asked.name} in {asked.language}")
        bodies = _told(asked, account, at=int(simulator.clock.now().timestamp()))
        try:
            told = [simulator.webhook.post(signed(body, simulator.settings)) for body in bodies]
        except WebhookUnreachable as unreachable:
            return jsonify(error=str(unreachable)), 502
        return jsonify(told=told), 200

    return routes


def _is_whole(asked: object) -> TypeGuard[dict[str, Any]]:
    """Whether a body has all of a definition."""
    if not isinstance(asked, dict) or not all(
        isinstance(asked.get(one), str) for one in ("name", "language", "category")
    ):
        return False
    parts = asked.get("components")
    return isinstance(parts, list) and all(
        isinstance(one, dict) and isinstance(one.get("type"), str) and isinstance(one.get("text", ""), str)
        for one in parts
    )


def _account(simulator: Simulator) -> str:
    return simulator.settings.meta_business_account_id or ACCOUNT


def _told(asked: TemplateChanged, account: str, *, at: int) -> list[dict[str, Any]]:
    """Return the bodies with which Meta tells of a change; `at` is in seconds since the epoch."""
    if not asked.tells:
        return []
    about = {"message_template_name": asked.name, "message_template_language": asked.language}
    values = {
        "message_template_status_update": {"event": asked.status, "reason": asked.reason},
        "message_template_quality_update": {"new_quality_score": asked.quality},
        "template_category_update": {"new_category": asked.category},
    }
    return [
        {
            "object": OBJECT,
            "entry": [{"id": account, "time": at, "changes": [{"field": field, "value": about | value}]}],
        }
        for field, value in values.items()
        if next(iter(value.values()))
    ]
