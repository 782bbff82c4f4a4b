"""The form of a new campaign: what it says, and which lines of its file are of no use. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from session.campaign_files import Row
from session.campaigns import MOST_HELD_BACK, Campaign, Recipient, is_name
from session.channels import PROVIDERS
from session.conversations import is_scope
from session.template_definitions import SENDABLE, Definition, Definitions
from webhook.desk.agents import Agent
from webhook.desk.offered_templates import one_of
from webhook.desk.settings import MAIN_SENDER

#: Lines without use that a page lists; the others are counted.
MOST_SHOWN = 200
_LONGEST_SENDER = 200


class WrongForm(ValueError):
    """Raised with the key of the sentence that says what is wrong with a form."""


@dataclass(slots=True)
class FoundLines:
    """What a file contains."""

    good: int = 0  #: recipients
    wrong: int = 0  #: lines that cannot be used
    repeated: int = 0  #: lines with a customer who stands in an earlier one
    shown: list[Row] = field(default_factory=list)  #: the first of the wrong lines

    def recipients(self, rows: Iterable[Row]) -> Iterator[Recipient]:
        """Yield the recipients of a file, and count its lines meanwhile."""
        for row in rows:
            if row.recipient:
                self.good += 1
                yield row.recipient
            elif row.repeats:
                self.repeated += 1
            else:
                self.wrong += 1
                if len(self.shown) < MOST_SHOWN:
                    self.shown.append(row)


def offered_to_campaigns(known: Definitions) -> list[Definition]:
    """Return the templates that a campaign can send, by name and language: any but those with a place above the text."""
    names = sorted({(one.name, one.language, one.channel) for one in known.known})
    found = [known.find(channel, name, language) for name, language, channel in names]
    return [
        one
        for one in found
        if one
        and one.status in SENDABLE
        and one.is_read
        and (one.header is None or one.header.kind != "location")
    ]


def scopes_for(agent: Agent, known: Iterable[str]) -> list[str]:
    """Return the scopes that an agent may choose; `known` are those of present conversations."""
    return sorted(agent.scopes if agent.scopes is not None else {"", *known})


def campaign_in(
    form: Mapping[str, str], offers: Sequence[Definition], senders: Mapping[str, str], agent: Agent
) -> tuple[Campaign, Definition]:
    """Return what a form says, and the definition of its template. Raises `WrongForm`.

    `senders` are known ones with their scopes; of any other sender the form says the scope.
    """
    name, sender = form.get("name", "").strip(), form.get("sender", "").strip()
    if not is_name(name):
        raise WrongForm("campaign.wrong.name")
    definition = one_of(offers, form.get("template", ""))
    if definition is None:
        raise WrongForm("campaign.wrong.template")
    channel, _, number = sender.partition(":")
    if channel not in PROVIDERS or not number or len(sender) > _LONGEST_SENDER or not sender.isprintable():
        raise WrongForm("campaign.wrong.sender")
    if channel != definition.channel:
        raise WrongForm("campaign.wrong.channel")
    only = next(iter(agent.scopes)) if agent.scopes and len(agent.scopes) == 1 else ""
    scope = {"": only, MAIN_SENDER: ""}.get(chosen := form.get("scope", ""), chosen)
    is_ours = agent.covers_scope(scope) and (not scope or is_scope(scope))
    if not is_ours or senders.get(sender, scope) != scope:
        raise WrongForm("campaign.wrong.scope")
    written = form.get("hold_back", "").strip() or "0"
    if not (written.isascii() and written.isdecimal() and len(written) <= 2) or int(written) > MOST_HELD_BACK:  # noqa: PLR2004  (digits)
        raise WrongForm("campaign.wrong.hold_back")
    campaign = Campaign(
        name=name,
        template=definition.name,
        language=definition.language,
        sender=sender,
        scope=scope,
        hold_back=int(written),
        by=agent.name,
    )
    return campaign, definition


def ignored_in(form: Mapping[str, str]) -> frozenset[str]:
    """Return the columns that a form wants to be ignored."""
    return frozenset(filter(None, (one.strip() for one in form.get("ignored", "")[:2000].split(","))))
