"""Writes bodies as Meta posts them: one message or many, one status or many, in as few words as a test can use."""

import json

from tests.worker.channels.provider import meta

RECEIVED_AT = 1_800_000_005_000
SENT_AT = 1_800_000_000_000


def message(**members):
    written = {"from": "201001234567", "id": "wamid.IN", "timestamp": "1800000000", "type": "text"}
    return {name: value for name, value in (written | members).items() if value is not ...}


def text(body="Hello", **members):
    return message(text={"body": body}, **members)


def status(named="delivered", **members):
    written = {"id": "wamid.OUT", "status": named, "timestamp": "1800000000", "recipient_id": "201001234567"}
    written |= {"biz_opaque_callback_data": "whatsapp:+201001234567 t7.1"}
    return {name: value for name, value in (written | members).items() if value is not ...}


def contact(**members):
    return {"wa_id": "201001234567", "profile": {"name": "Mona"}} | members


def change(field="messages", **value):
    metadata = {"display_phone_number": "15550001111", "phone_number_id": "1001"}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}


def envelope(*changes):
    return {"object": "whatsapp_business_account", "entry": [{"id": "77", "changes": list(changes)}]}


def messages(*several, contacts=()):
    return envelope(change(messages=list(several), contacts=list(contacts)))


def statuses(*several):
    return envelope(change(statuses=list(several)))


def parsed(body):
    channel, _ = meta()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return channel.parse(raw, source="meta", received_at=RECEIVED_AT)


def the_message(body):
    found = parsed(body)
    assert not found.broken
    (only,) = found.messages
    return only
