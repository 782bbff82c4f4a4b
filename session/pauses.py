"""Why nothing is sent through a sender, and what providers report against an account or a sender. Pure."""

from collections.abc import Mapping

from session.messages import Route
from session.reading import Unreadable, why_unreadable
from session.records import Ms, Record


class Pause(Record):
    """Why nothing is sent through a sender."""

    until: Ms  #: ms since the epoch; after that one delivery tries whether it works again
    code: str
    words: str
    needs: int = (
        0  #: acceptances, half a minute apart, before it ends by one more: an acceptance may be taken back
    )


def sender_of(route: Route) -> str:
    """Return the name of the sender of a route: "meta:106540352242922"."""
    return f"{route.channel}:{route.sender}"


def pause_of(paused: Mapping[str, Pause], route: Route) -> Pause | None:
    """Return the pause of the sender of a route, or None if it may be used."""
    return paused.get(sender_of(route))


def read_pauses(paused: Mapping[str, str]) -> tuple[dict[str, Pause], list[Unreadable]]:
    """Return the pauses that can be read, by sender, and what stands at the other senders."""
    senders: dict[str, Pause] = {}
    unreadable: list[Unreadable] = []
    for sender, raw in paused.items():
        try:
            senders[sender] = Pause.model_validate_json(raw)
        except (ValueError, OverflowError, RecursionError) as error:
            unreadable.append(Unreadable(place="paused", raw=raw, why=why_unreadable(error)))
    return senders, unreadable


class Trouble(Record):
    """One thing that a provider has said against an account or a sender."""

    about: str  #: whom: "meta:106540352242922" is a sender, "meta:account:2" an account
    kind: str  #: by which it is replaced and ended: "account_update", "errors"
    code: str  #: the provider's: "DISABLED_UPDATE", "131031"
    words: str = ""
    at: int = 0  #: ms since the epoch, when it came

    @property
    def name(self) -> str:
        """Under which it is kept: one of a kind, whom it is about."""
        return f"{self.about}|{self.kind}"


def readable_troubles(records: list[str]) -> list[Trouble]:
    """Return the troubles of these records, the newest first; one that cannot be read is left out."""
    found: list[Trouble] = []
    for record in records:
        try:
            found.append(Trouble.model_validate_json(record.encode("utf-8", "replace")))
        except ValueError:
            continue
    return sorted(found, key=lambda trouble: -trouble.at)
