"""Pauses of senders, and warnings of providers about accounts and senders. Pure."""

from collections.abc import Mapping

from session.messages import Route
from session.reading import Unreadable, why_unreadable
from session.records import Ms, Record


class Pause(Record):
    """Why a sender sends nothing."""

    until: Ms  #: ms since the epoch; after that one delivery tries whether the sender works again
    code: str
    words: str
    needs: int = (
        0  #: acceptances, half a minute apart, until one more ends the pause: an acceptance may be withdrawn
    )


def sender_of(route: Route) -> str:
    """Return the name of the sender of a route: "meta:106540352242922"."""
    return f"{route.channel}:{route.sender}"


def pause_of(paused: Mapping[str, Pause], route: Route) -> Pause | None:
    """Return the pause of the sender of a route, or None if there is none."""
    return paused.get(sender_of(route))


def read_pauses(paused: Mapping[str, str]) -> tuple[dict[str, Pause], list[Unreadable]]:
    """Return the readable pauses, by sender, and the unreadable values of other senders."""
    senders: dict[str, Pause] = {}
    unreadable: list[Unreadable] = []
    for sender, raw in paused.items():
        try:
            senders[sender] = Pause.model_validate_json(raw)
        except (ValueError, OverflowError, RecursionError) as error:
            unreadable.append(Unreadable(place="paused", raw=raw, why=why_unreadable(error)))
    return senders, unreadable


class Trouble(Record):
    """A warning of a provider about an account or a sender."""

    about: str  #: the subject: "meta:106540352242922" is a sender, "meta:account:2" an account
    kind: str  #: identifies the warning that it replaces or ends: "account_update", "errors"
    code: str  #: the provider's code: "DISABLED_UPDATE", "131031"
    words: str = ""
    at: int = 0  #: ms since the epoch, when it arrived

    @property
    def name(self) -> str:
        """Its field in Redis: one for each kind and subject."""
        return f"{self.about}|{self.kind}"


def readable_troubles(records: list[str]) -> list[Trouble]:
    """Return the warnings in these records, the newest first; unreadable ones are left out."""
    found: list[Trouble] = []
    for record in records:
        try:
            found.append(Trouble.model_validate_json(record.encode("utf-8", "replace")))
        except ValueError:
            continue
    return sorted(found, key=lambda trouble: -trouble.at)
