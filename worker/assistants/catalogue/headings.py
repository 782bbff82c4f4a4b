"""Finds out which column of an operator's table is which of ours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from worker.assistants.catalogue.kinds import Column, Kind
from worker.assistants.catalogue.spelling import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Which heading belongs to which column."""

    columns: dict[str, Column]  #: heading -> column
    ignored: tuple[str, ...]  #: headings that are none of ours, or a second one for the same column
    missing: tuple[str, ...]  #: columns that every record needs


def map_headings(kind: Kind, headings: Iterable[str]) -> Mapped:
    """Return what the headings of a table mean; the first one for a column is taken."""
    known = {
        _joined(spelling): column
        for column in kind.columns
        for spelling in (column.name, *column.headers.split(","))
    }
    columns: dict[str, Column] = {}
    ignored = []
    for heading in headings:
        column = known.get(_joined(heading)) or known.get(_joined(re.sub(r"\([^()]*\)", "", heading)))
        if column is None or column in columns.values():
            ignored.append(heading)
        else:
            columns[heading] = column
    missing = tuple(
        column.name for column in kind.columns if column.required and column not in columns.values()
    )
    return Mapped(columns=columns, ignored=tuple(filter(None, ignored)), missing=missing)


def _joined(text: str) -> str:
    return key(text.replace("_", " ")).replace(" ", "")
