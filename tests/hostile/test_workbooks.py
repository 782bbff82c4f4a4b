"""A workbook is a small file that may stand for terabytes: it is refused with a word, and the program goes on."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clocks import START
from tests.worker.assistants.catalogue.workbooks import bomb, xlsx
from worker.assistants.catalogue import LoadRefused, load

pytestmark = pytest.mark.processes

HEADINGS = {"A1": "type", "B1": "location", "C1": "price"}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: bomb(megabytes=1500), id="1.5 GB in 1.5 MB"),
        pytest.param(lambda: xlsx({**HEADINGS, "XFD1048576": "x"}), id="17 thousand million cells in 1 KB"),
    ],
)
def test_what_would_take_all_memory_is_refused(tmp_path: Path, made: Callable[[], bytes]) -> None:
    source = tmp_path / "t.xlsx"
    source.write_bytes(made())
    with pytest.raises(LoadRefused, match="too much time or memory, or is damaged; save the sheet as CSV"):
        load(source, "properties", tmp_path / "catalogue", now=START)
    assert not (tmp_path / "catalogue").exists()


def test_what_would_fill_the_disk_comes_to_no_end(tmp_path: Path) -> None:
    source, rows = tmp_path / "t.xlsx", tmp_path / "rows"
    source.write_bytes(xlsx({**HEADINGS, "A2": "x" * 2000}))
    program = f"from worker.assistants.catalogue import workbook_process as process; process.PRINTED = 1000; process.main([{str(source)!r}])"
    with rows.open("wb") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, stderr=subprocess.DEVNULL, check=False)
    # Without the last line nothing is loaded: that is null.
    assert rows.stat().st_size <= 1000
    assert not rows.read_bytes().endswith(b"null\n")


def test_a_merged_cell_over_the_whole_sheet_costs_nothing(tmp_path: Path) -> None:
    source = tmp_path / "t.xlsx"
    row = {"A2": "villa", "B2": "Maadi", "C2": "9m"}
    source.write_bytes(xlsx({**HEADINGS, **row}, merged="D2:XFD1048576"))
    assert load(source, "properties", tmp_path / "catalogue", now=START).records == 1
