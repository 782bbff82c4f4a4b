"""The recipients of a campaign, as requests bring them: each is compared with the template before anything is kept. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from pydantic import ValidationError

from session.campaign_files import UnreadableRecipients, customer_in, lines_in, read_recipients
from session.campaigns import Recipient
from session.template_definitions import Definition
from session.template_fitting import filled
from session.templates import Template, UnusableTemplate
from webhook.api.campaign_models import NewRecipient, NewRecipients

#: Faults of a request that are told.
_MOST_TOLD = 100
_Fault = tuple[str, str]


class WrongRecipients(ValueError):
    """Raised for recipients of whom some cannot be used; `faults` says where the first of them stand, and what is wrong."""

    def __init__(self, faults: Sequence[_Fault]) -> None:
        super().__init__("wrong recipients")
        self.faults = faults[:_MOST_TOLD]


def recipients_in(asked: NewRecipients, definition: Definition, country: str) -> list[Recipient]:
    """Return the recipients of a request; `country` is that of numbers without a country code. Raises `WrongRecipients`."""
    faults: list[_Fault] = []
    found = list(_good(asked.recipients, definition, country, faults))
    if faults:
        raise WrongRecipients(faults)
    return found


def recipients_in_file(
    content: bytes, definition: Definition, country: str, ignored: Iterable[str]
) -> list[Recipient]:
    """Return the recipients of a file; one who stands there twice counts once. Raises `WrongRecipients`."""
    faults: list[_Fault] = []
    found: list[Recipient] = []
    try:
        for row in read_recipients(lines_in(BytesIO(content)), definition, country, ignored=ignored):
            if row.error:
                faults.append((f"line {row.line}", row.error))
            elif row.recipient:
                found.append(row.recipient)
    except UnreadableRecipients as error:
        faults.insert(0, ("body", str(error)))
    if faults:
        raise WrongRecipients(faults)
    return found


def _good(
    asked: Iterable[NewRecipient], definition: Definition, country: str, faults: list[_Fault]
) -> Iterator[Recipient]:
    """Yield those who can be used; what is wrong with others is added to `faults`."""
    for number, one in enumerate(asked):
        try:
            yield _recipient(one, definition, country)
        except ValidationError as error:
            told = error.errors(include_input=False, include_url=False, include_context=False)[0]["msg"]
            faults.append(_fault(number, told.removeprefix("Value error, ")))
        except UnusableTemplate as error:
            faults.append(_fault(number, error.why))
        except ValueError as error:
            faults.append(_fault(number, str(error)))


def _recipient(asked: NewRecipient, definition: Definition, country: str) -> Recipient:
    customer = customer_in(asked.to.strip(), country)
    given = asked.model_dump(exclude={"to"}, exclude_none=True)
    template = Template(name=definition.name, language=definition.language, **given)
    filled(template, definition)
    return Recipient(customer=customer, header=template.header, body=template.body, buttons=template.buttons)


def _fault(number: int, what: str) -> _Fault:
    return (f"recipients.{number}", what)
