"""Checks the operator's code: whether it can be loaded, and whether the assistants have the records that they need."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from session.consulting import Assistant
from session.errors import InturnError, NoCatalogue
from worker.assistants.catalogue import LoadedCatalogue
from worker.cli.examining.finding import Finding, failure, ok, warning
from worker.cli.folder import namesakes
from worker.senders import Sender, Senders
from worker.settings import WorkerSettings

#: Loads the object that a setting names; takes both. Raises `InturnError`.
Load = Callable[[str, str], object]
#: The package of the assistants that answer from loaded records.
_FROM_RECORDS = ("worker.assistants.concierge", "worker.assistants.llm")


def examine_programs(
    settings: WorkerSettings, *, assistant: Load, catalogue: Load, hook: Load
) -> Iterator[Finding]:
    """Yield whether the assistant, the catalogue and what reads media can be loaded, if they are named; each has its loader."""
    for setting, dotted, load in (
        ("ASSISTANT", settings.assistant, assistant),
        ("CATALOGUE", settings.catalogue, catalogue),
        ("TRANSCRIBER", settings.transcriber, hook),
        ("DESCRIBER", settings.describer, hook),
    ):
        if not dotted:
            continue
        try:
            load(dotted, setting)
        except InturnError as error:
            yield failure(
                setting.lower(), str(error), f"correct it, or {setting}; start in the folder of its module"
            )
        else:
            yield ok(setting.lower(), dotted)
    shadows = namesakes(Path.cwd())
    if shadows:
        yield warning(
            "folder",
            f"{', '.join(shadows)} in this folder: inturn finds its own module with that name, other programs find yours",
            "rename it",
        )


def examine_records(
    senders: Senders, records: LoadedCatalogue, *, catalogue: object = None, embedder: str = ""
) -> Iterator[Finding]:
    """Yield the records of the senders that use our own assistants or are for members only.

    `catalogue` is the object of the setting CATALOGUE, None without it; only loaded records have what these need. `embedder` is
    the name of the model of EMBEDDER, "" without one.
    """
    every: list[Sender] = [*senders.named.values()] if senders.named else [senders.usual]
    ours = [sender for sender in every if answers_from_records(sender.assistant)]
    if ours and catalogue is not None and not isinstance(catalogue, LoadedCatalogue):
        yield failure(
            "records",
            "the concierge answers from loaded records, and CATALOGUE names something else",
            "leave CATALOGUE empty and load records with inturn catalogue load, or set another ASSISTANT",
        )
        return
    if any(sender.access == "members" for sender in every):
        yield _loaded(records, "members", failure, "no customer is admitted")
    for kind in dict.fromkeys(sender.kind for sender in ours):
        yield _loaded(records, kind, warning, "the concierge finds nothing")
        if embedder:
            yield from _vectors(records, kind, embedder)


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
        return failure("records", str(error), load)
    if total == 0:
        return missing("records", f"the catalogue of {kind} is empty: {without}", load)
    return ok("records", f"{total:,} {kind}")


def _vectors(records: LoadedCatalogue, kind: str, embedder: str) -> Iterator[Finding]:
    """Yield whether the records of a kind can be found by meaning; nothing if there are none."""
    with suppress(InturnError):  # another finding says so
        made_by = records.embedder(kind)
        if made_by == embedder:
            yield ok("meaning", f"{kind} are found by their meaning too, with {embedder}")
        else:
            has = f"vectors of {made_by}" if made_by else "no vectors"
            words = f"{kind} have {has}, and EMBEDDER is {embedder}: they are found by their words only"
            yield warning("meaning", words, "load them again with inturn catalogue load")
