"""Everything that sees what a customer wrote, each as a function of a text."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from session.admission import admit
from session.choosing import number_in as chosen_in
from session.content_parts import OrderItem, Quoted
from session.conversations import conversation_from, whatsapp_customer
from session.history import HistoryEntry, Role
from session.limits import Usages
from session.messages import Message
from session.models import Session
from session.policy import Policy
from session.printable import mask, visible, visible_json
from session.replies import Button, Menu, Reply, Row
from session.results import ConversationSnapshot
from session.testing import card, form, from_ad, order, photo, place, voice
from session.turn import SearchBudget, Turn
from tests.clocks import START
from tests.values import action, message, session
from tests.worker.channels.meta import bodies as meta_bodies
from tests.worker.channels.twilio import bodies as twilio_bodies
from webhook.desk.listing import found_in, initials, number_in
from webhook.desk.transcript import transcript
from worker.assistants.catalogue import LoadedCatalogue
from worker.assistants.concierge import assistant
from worker.assistants.llm import guard, prompts
from worker.assistants.llm.customer_text import ad_of, text_of
from worker.assistants.llm.searches import Searches
from worker.assistants.understanding.handoff import wants_human
from worker.assistants.understanding.language import language_of
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.redaction import redacted
from worker.channels.agent_actions import AgentActionParser
from worker.channels.meta.rendering import render as render_for_meta
from worker.channels.texts import shorten, split
from worker.channels.twilio.channel import render as render_for_twilio

Reader = Callable[[str], Any]
_POLICY = Policy()
_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def readers(catalogue: LoadedCatalogue) -> Mapping[str, Reader]:
    """Return them by name."""
    return {
        "parsing, Meta": _parse_meta,
        "parsing, Twilio": _parse_twilio,
        "parsing, the desk": _parse_desk,
        "admission": _admit,
        "wants_human": wants_human,
        "understanding, property": partial(understand, domain="property", now=_NOW),
        "understanding, member": partial(understand, domain="member", now=_NOW),
        "understanding, any": partial(understand, domain="any", last_language="ar"),
        "masks": lambda text: redacted(normal(text)),
        "language": language_of,
        "a tapped number": chosen_in,
        "the concierge, properties": lambda text: assistant(_turn(text, "properties", catalogue)),
        "the concierge, members": lambda text: assistant(_turn(text, "members", catalogue)),
        "the concierge, a form": _sent("properties", catalogue, _form),
        "the concierge, an order": _sent("members", catalogue, _order),
        "the concierge, an ad": _sent("properties", catalogue, lambda text: from_ad(text, text, body=text)),
        "the concierge, a quote": _sent("members", catalogue, _quote),
        "the concierge, a place": _sent("properties", catalogue, lambda text: place(30.0, 31.2, text)),
        "the concierge, a voice note": _sent("properties", catalogue, voice),
        "search, properties": lambda text: catalogue("properties", text),
        "search, members": lambda text: catalogue("members", text),
        "search, a name": lambda text: catalogue("members", "", name=text),
        "search, a place": lambda text: catalogue("properties", "", location=text),
        "search, known words": lambda text: catalogue.known_words("members", text),
        "guard, a model's text": lambda text: guard.is_clean(guard.plain(text), known=()),
        "guard, all of a text": guard.has_contacts,
        "guard, figures": guard.figures,
        "guard, the history": guard.without_contacts,
        "a model's reading": _as_text,
        "a model's question": lambda text: _question(text, catalogue),
        "splitting": lambda text: split(text, 1600),
        "shortening": lambda text: shorten(text, 20),
        "rendering, Meta": lambda text: (render_for_meta(_buttons(text)), render_for_meta(_menu(text))),
        "rendering, Twilio": lambda text: (render_for_twilio(_buttons(text)), render_for_twilio(_menu(text))),
        "the desk, search": lambda text: found_in(_session(text), text),
        "the desk, a number": number_in,
        "the desk, a name": lambda text: initials(_session(text)),
        "the desk, transcript": _transcript,
        "the log": mask,
        "a terminal": lambda text: (visible(text, lines=True), visible_json(text)),
        "a customer's name": lambda text: (whatsapp_customer(text), conversation_from(text)),
    }  # fmt: skip


def _parse_meta(text: str) -> None:
    card = {"name": {"formatted_name": text}}
    several = (meta_bodies.text(text), meta_bodies.message(type="contacts", contacts=[card], id="wamid.2"))
    assert len(meta_bodies.parsed(meta_bodies.messages(*several)).messages) == 2


def _parse_twilio(text: str) -> None:
    form = twilio_bodies.form(twilio_bodies.ALWAYS, Body=text, ProfileName=text, Latitude=text, Longitude="1")
    body = urlencode(form, errors="replace").encode()
    assert len(twilio_bodies.parsed(body).messages) == 1


def _parse_desk(text: str) -> None:
    body = json.dumps(json.loads(action("answer", text=text).to_json())).encode()
    AgentActionParser().parse(body, source="desk", received_at=1)


def _admit(text: str) -> None:
    admit(
        None,
        [message(text=text)],
        Usages(),
        now=START,
        new_id="s1",
        policy=_POLICY,
        wants_human=wants_human,
    )


def _session(text: str) -> Session:
    said = HistoryEntry(role=Role.USER, content=text, timestamp=START, message_id="m0")
    return session(profile_name=text).with_entry(said, _POLICY)


def _turn(text: str, kind: str, catalogue: LoadedCatalogue, said: Callable[[str], Message] = message) -> Turn:
    return Turn(
        session=_session(text).with_entry(
            HistoryEntry(role=Role.ASSISTANT, content=text, timestamp=START, message_id="t0"), _POLICY
        ),
        messages=[said(text)],
        now=START,
        budget=SearchBudget(left=9, again_in=timedelta(0)),
        kind=kind,
        catalogue=catalogue,
    )


def _sent(kind: str, catalogue: LoadedCatalogue, said: Callable[[str], Message]) -> Reader:
    return lambda text: assistant(_turn(text, kind, catalogue, said))


def _form(text: str) -> Message:
    return form(**{text: text, "location": text, "budget": [text] * 50, "rooms": {text: text}})


def _order(text: str) -> Message:
    return order(*[OrderItem(product=text, currency=text)] * 20, note=text)


def _quote(text: str) -> Message:
    quoted = Quoted(id="w", role=Role.ASSISTANT, text=text, entry="t0")
    return message(text=text).model_copy(update={"quoted": quoted})


def _as_text(text: str) -> None:
    for said in (_form, _order, _quote, card, voice, photo):
        text_of([said(text)])
    ad_of(from_ad(text, text, body=text).referral)


def _question(text: str, catalogue: LoadedCatalogue) -> None:
    turn = _turn(text, "properties", catalogue)
    understood = understand(text, domain="property")
    prompts.question(turn, text, understood, Searches(turn, at_most=2), characters=2000, turns=10)


def _buttons(text: str) -> Reply:
    return Reply(text=text, buttons=(Button(id="1", title=text), Button(id="2", title="no")))


def _menu(text: str) -> Reply:
    return Reply(text=text, menu=Menu(button=text, rows=(Row(id="1", title=text, description=text),)))


def _transcript(text: str) -> None:
    told = _session(text)
    snapshot = ConversationSnapshot(
        record=told.to_json(),
        expires_at=0,
        deliveries={},
        mailbox=(message(text=text).to_json(), action("answer", text=text).to_json()),
        outbox=(),
        opted_out=False,
        events=(),
    )
    assert len(transcript(Session.model_validate_json(snapshot.record), snapshot)) == 3
