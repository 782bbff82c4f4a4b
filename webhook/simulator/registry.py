"""The simulated providers."""

from collections.abc import Callable

from flask import Blueprint

from webhook.simulator import meta, meta_envelopes, telegram, twilio, twilio_forms
from webhook.simulator.simulator import Simulator

PROVIDERS = {one.name: one for one in (meta_envelopes.PROVIDER, twilio_forms.PROVIDER, telegram.PROVIDER)}

#: The APIs with which the business sends.
ROUTES: tuple[Callable[[Simulator], Blueprint], ...] = (
    meta.meta_routes,
    twilio.twilio_routes,
    telegram.telegram_routes,
)
