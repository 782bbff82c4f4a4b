"""Reads the questions and answers of a business from a file, and again when the file has changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from session.bounds import LONGEST_TEXT
from session.errors import SettingsError
from session.faq import FaqEntry
from worker.assistants.faq.matching import FaqIndex
from worker.tables import Followed, tables_in, text_in, wrong_in

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning

Language = Literal["en", "ar", "franco"]
_Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_Answer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]
#: What customers of the sample agency ask.
SAMPLE: Final = Path(__file__).parent / "data" / "sample.toml"
#: Entries of a file: each is compared with each question.
_MOST = 300


class _Entry(BaseModel):
    """One entry of the file."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    questions: Mapping[Language, list[_Question]] = Field(min_length=1)
    answer: Mapping[Language, _Answer] = Field(min_length=1)


def read_faq(path: Path, *, setting: str = "FAQ_FILE") -> Sequence[FaqEntry]:
    """Return the entries of a file. Raises `SettingsError` that names the setting, the file, the entry and the problem."""
    named = f"{setting}={path}"
    found = list[FaqEntry]()
    for number, table in enumerate(tables_in(text_in(path, named), "entry", named=named), start=1):
        try:
            entry = _Entry.model_validate(table)
        except ValidationError as error:
            where = f"entry {table.get('id', number)}"
            raise SettingsError(": ".join((named, where, *wrong_in(error)))) from None
        if any(one.id == entry.id for one in found):
            raise SettingsError(f"{named}: two entries have the id {entry.id}")
        found.append(_found(entry))
    if not 0 < len(found) <= _MOST:
        raise SettingsError(f"{named}: it has {len(found)} entries; write 1 to {_MOST}, each as [[entry]]")
    return found


def _found(entry: _Entry) -> FaqEntry:
    questions = {str(language): texts for language, texts in entry.questions.items()}
    answers = {str(language): text for language, text in entry.answer.items()}
    return FaqEntry(id=entry.id, questions=questions, answers=answers)


class FaqFile:
    """The questions and answers of a file, as it is now; a `session.faq.Faq`."""

    def __init__(self, path: Path, *, setting: str = "FAQ_FILE", meaning: "Meaning | None" = None) -> None:
        self._index = Followed(path, lambda path: FaqIndex(read_faq(path, setting=setting), meaning))

    def find(self, text: str) -> FaqEntry | None:
        """Return the entry that answers a text; None if none surely does."""
        return self._index.now.find(text)

    def near(self, text: str, *, most: int = 3) -> Sequence[FaqEntry]:
        """Return the entries that may have to do with a text, the nearest first."""
        return self._index.now.near(text, most=most)
