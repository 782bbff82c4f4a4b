"""Why a campaign is paused or waits, as its page says it. Pure."""

import re
from collections.abc import Mapping

from session.campaigns import PAUSED_BY

#: How workers say why; the sentence of each has the named parts as values.
_WHYS = {
    "agent": re.compile(PAUSED_BY + "(?P<name>.+)"),
    "day": re.compile(r"[\d,]+ customers were written to in 24 hours \(CAMPAIGN_CUSTOMERS_PER_DAY\)"),
    "paused": re.compile("the sender is paused"),
    "hours": re.compile("outside the hours of the sender"),
    "full": re.compile("the server is full"),
    "sender": re.compile("(?P<sender>.+) is not a sender of this business that can send"),
    "missing": re.compile(r"\w+ has no template (?P<template>.+)"),
    "template": re.compile(r"the template (?P<template>.+?) is (?P<status>\w+(?:: .+)?)"),
}


def why_of(why: str) -> tuple[str, Mapping[str, str]]:
    """Return the key of the sentence that says why, and its values; any other text is a value as it is."""
    for name, pattern in _WHYS.items():
        if found := pattern.fullmatch(why):
            return f"campaign.why.{name}", found.groupdict()
    return "campaign.why.other", {"why": why}
