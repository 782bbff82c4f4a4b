"""Checks whether the assistants that answer from loaded records have any."""

from collections.abc import Callable, Iterator

from session.errors import InturnError, NoCatalogue
from session.turn import Assistant
from worker.assistants.catalogue import LoadedCatalogue
from worker.cli.examining.finding import Finding, broken, doubtful, well
from worker.senders import Sender, Senders

#: The package of the assistants that answer from loaded records.
_FROM_RECORDS = ("worker.assistants.concierge", "worker.assistants.llm")


def examine_records(
    senders: Senders, records: LoadedCatalogue, *, catalogue: object = None
) -> Iterator[Finding]:
    """Yield the records of the senders that use our own assistants or are for members only.

    `catalogue` is the object of the setting CATALOGUE, None without it; only loaded records have what these need.
    """
    every: list[Sender] = [*senders.named.values()] if senders.named else [senders.usual]
    ours = [sender for sender in every if answers_from_records(sender.assistant)]
    if ours and catalogue is not None and not isinstance(catalogue, LoadedCatalogue):
        yield broken(
            "records",
            "the concierge answers from loaded records, and CATALOGUE names something else",
            "leave CATALOGUE empty and load records with inturn catalogue load, or set another ASSISTANT",
        )
        return
    if any(sender.access == "members" for sender in every):
        yield _loaded(records, "members", broken, "no customer is admitted")
    for kind in dict.fromkeys(sender.kind for sender in ours):
        yield _loaded(records, kind, doubtful, "the concierge finds nothing")


def answers_from_records(assistant: Assistant) -> bool:
    """Whether an assistant is one of ours that answers from loaded records."""
    return getattr(assistant, "__module__", "").startswith(_FROM_RECORDS)


def _loaded(
    records: LoadedCatalogue, kind: str, missing: Callable[[str, str, str], Finding], without: str
) -> Finding:
    load = f"inturn catalogue load FILE --kind {kind}"
    try:
        total = records.find(kind, limit=1).total
    except NoCatalogue as error:
        return missing("records", f"{error}: {without}", load)
    except InturnError as error:
        return broken("records", str(error), load)
    if total == 0:
        return missing("records", f"the catalogue of {kind} is empty: {without}", load)
    return well("records", f"{total:,} {kind}")
