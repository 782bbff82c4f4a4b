"""Writes bodies as Twilio posts them: forms, with everything that Twilio always sends along."""

from urllib.parse import urlencode

from tests.worker.channels.provider import twilio

RECEIVED_AT = 1_800_000_005_000

ALWAYS = {
    "MessageSid": "SMin",
    "SmsSid": "SMin",
    "SmsMessageSid": "SMin",
    "AccountSid": "AC1",
    "ApiVersion": "2010-04-01",
    "SmsStatus": "received",
    "NumSegments": "1",
    "NumMedia": "0",
    "From": "whatsapp:+201001234567",
    "To": "whatsapp:+15550002222",
    "WaId": "201001234567",
    "ProfileName": "Mona",
    "Body": "Hello",
}

STATUS = {
    "MessageSid": "SMout",
    "SmsSid": "SMout",
    "SmsStatus": "delivered",
    "MessageStatus": "delivered",
    "From": "whatsapp:+15550002222",
    "To": "whatsapp:+201001234567",
}


def form(fields, **changed):
    return {name: value for name, value in (fields | changed).items() if value is not ...}


def parsed(fields, source="twilio", **settings):
    channel, _ = twilio(**settings)
    raw = fields if isinstance(fields, bytes) else urlencode(fields).encode("ascii")
    return channel.parse(raw, source=source, received_at=RECEIVED_AT)


def the_message(**changed):
    found = parsed(form(ALWAYS, **changed))
    assert not found.broken
    (only,) = found.messages
    return only
