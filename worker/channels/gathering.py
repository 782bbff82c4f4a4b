"""Collects what the readers of a provider find in a body into a `Parsed`. Independent of providers."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from session.messages import Message, Status
from session.template_definitions import TemplateChange
from worker.channels.capping import capped, capped_change, capped_echo, capped_news, capped_status
from worker.channels.outcomes import AccountNews, Broken, Echo, Parsed
from worker.channels.reading import Malformed

#: Characters of the name of an ignored part, which is counted and logged.
_LONGEST_NAME = 64


#: Each unreadable part is a dead letter and a log line; a body of 3 MB can contain a million.
_MOST_BROKEN = 100
#: The name of an invented body with which a provider tests the webhook.
TEST = "test"
#: The name of a status of a message that another program has sent through the same sender.
FOREIGN = "status_of_others"
#: The name of the answer of a business that does not share what was written before.
NOT_SHARED = "history_not_shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A part that is neither a message nor a status of a delivery, by name."""

    name: str


Found = Message | Status | Echo | AccountNews | TemplateChange | Ignored | Broken


def attempt(read: Callable[[], Found], *, raw: Callable[[], str]) -> Found:
    """Return what `read` finds, within the limits, or `Broken` with the raw text if it cannot be read."""
    (found,) = attempt_all(lambda: (read(),), raw=raw)
    return found


def attempt_all(read: Callable[[], Iterable[Found]], *, raw: Callable[[], str]) -> list[Found]:
    """Do the same for an item that contains several things; if one of them cannot be read, all of it is `Broken`."""
    try:
        return [_capped(found) for found in read()]
    except Malformed as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001 - an unexpected item must not stop the others
        why = f"unexpected {type(error).__name__}"
    return [Broken(why=why, raw=raw())]


def _capped(found: Found) -> Found:
    match found:
        case Message():
            return capped(found)
        case Echo():
            return capped_echo(found)
        case Status():
            return capped_status(found)
        case AccountNews():
            return capped_news(found)
        case TemplateChange():
            return capped_change(found)
    return found


def gather(found: Iterable[Found]) -> Parsed:
    """Return everything that was found, each kind in the order of the body."""
    messages: list[Message] = []
    statuses: list[Status] = []
    echoes: list[Echo] = []
    news: list[AccountNews] = []
    templates: list[TemplateChange] = []
    ignored: Counter[str] = Counter()
    broken: list[Broken] = []
    for one in found:
        match one:
            case Message():
                messages.append(one)
            case Status():
                statuses.append(one)
            case Echo():
                echoes.append(one)
            case AccountNews():
                news.append(one)
            case TemplateChange():
                templates.append(one)
            case Ignored():
                ignored[one.name[:_LONGEST_NAME]] += 1
            case Broken():
                broken.append(one)
    return Parsed(
        messages=tuple(messages),
        statuses=tuple(statuses),
        echoes=tuple(echoes),
        news=tuple(news),
        templates=tuple(templates),
        ignored=dict(ignored),
        broken=_few(broken),
    )


def _few(broken: list[Broken]) -> tuple[Broken, ...]:
    """Return the unreadable parts; if there are very many, the last one contains all the rest."""
    few, rest = broken[: _MOST_BROKEN - 1], broken[_MOST_BROKEN - 1 :]
    if len(rest) > 1:
        raw = "\n".join(one.raw for one in rest)
        rest = [Broken(why=f"{len(rest)} more parts that cannot be read, the first: {rest[0].why}", raw=raw)]
    return (*few, *rest)
