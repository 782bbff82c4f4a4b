"""Which records a message of the assistant has shown, read from its rows or from the details that it says."""

import re
from collections.abc import Iterator
from functools import cache

from session.business_contents import Options
from session.history import HistoryEntry
from worker.assistants.catalogue.free_text import Seeker
from worker.assistants.customer_input import SHOW
from worker.assistants.wording.phrasebook import LANGUAGES, phrasebook_of

#: The first line of the details of a member.
_TITLE = re.compile(r"^\*(.+)\*$", re.MULTILINE)


def ids_shown(said: HistoryEntry, seeker: Seeker) -> Iterator[str]:
    """Yield the ids of the records that an entry of the history shows: as rows, or one in detail."""
    if isinstance(said.content, Options):
        yield from (
            option.id.removeprefix(SHOW) for option in said.content.options if option.id.startswith(SHOW)
        )
    elif seeker.kind == "properties":
        yield from (code[1] for code in _code().finditer(said.text))
    elif title := _TITLE.search(said.text):
        found = seeker.records.find(seeker.kind, "", {"name": title[1]}, limit=2)
        if found.total == 1 and not found.relaxed:
            yield found[0].id


@cache
def _code() -> re.Pattern[str]:
    """Return what finds the code of a record in its details, in any language."""
    lines = (re.escape(way) for name in LANGUAGES for way in phrasebook_of(name).sentences["code"])
    return re.compile(
        "|".join(f"^{line.replace(re.escape('{id}'), '@')}$" for line in lines).replace("@", r"(\S+)"),
        re.MULTILINE,
    )
