"""Threads and processes see a new file at once, without errors and never a part of it."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from session.errors import NoCatalogue
from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import (
    LoadedCatalogue,
    LoadRefused,
    SearchResult,
    UnreadableCatalogue,
    open_catalogue,
)

SWAPS = 12
ROWS = 40


def table(generation: int) -> str:
    return "id,title,type,location,price\n" + "".join(
        f"{n},villa g{generation},villa,Maadi,{generation + 1}000000\n" for n in range(ROWS)
    )


def whole(found: SearchResult) -> int:
    """Return the generation of a result; it must be of one load."""
    prices = {record.price for record in found}  # type: ignore[union-attr]
    assert (found.total, len(found), len(prices)) == (ROWS, ROWS, 1)
    return int(prices.pop() // 1_000_000) - 1


def read_until(directory: Path, over: Event, seen: "multiprocessing.Queue[list[int] | str]") -> None:
    """Search from two threads until told to stop; tell which generations were seen, or what went wrong."""
    catalogue = open_catalogue(directory)
    generations: list[int] = []

    def read() -> None:
        last = False
        while not last:
            last = over.is_set()
            generations.append(whole(catalogue.find("properties", filters={"location": "Maadi"}, limit=ROWS)))
            whole(catalogue.find("properties", "villas maadi", limit=ROWS))

    try:
        with ThreadPoolExecutor(2) as threads:
            for one in [threads.submit(read), threads.submit(read)]:
                one.result()
        seen.put(generations)
    except BaseException as error:  # noqa: BLE001  (the parent has to hear of it)
        seen.put(repr(error))
    finally:
        catalogue.close()


def test_processes_and_threads_can_search_while_files_are_loaded(put: Load, directory: Path) -> None:
    # Given four processes that search without a pause
    put(table(0))
    spawn = multiprocessing.get_context("spawn")
    over, seen = spawn.Event(), spawn.Queue()
    readers = [spawn.Process(target=read_until, args=(directory, over, seen)) for _ in range(4)]
    for reader in readers:
        reader.start()
    # When file after file is loaded
    for generation in range(1, SWAPS + 1):
        put(table(generation))
    over.set()
    results = [seen.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(60)
    # Then nobody met an error, everybody saw whole catalogues in their order, and at last the newest
    for result in results:
        assert isinstance(result, list), result
        assert result[-1] == SWAPS


def test_threads_of_one_process_see_the_new_file(put: Load, catalogue: LoadedCatalogue) -> None:
    put(table(0))
    over = threading.Event()

    def read() -> list[int]:
        generations = [0]
        while not over.is_set():
            generations.append(whole(catalogue.find("properties", "villa", limit=ROWS)))
        return [*generations, whole(catalogue.find("properties", limit=ROWS))]

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(read) for _ in range(4)]
        for generation in range(1, 6):
            put(table(generation))
        over.set()
        for one in running:
            generations = one.result(60)
            assert generations == sorted(generations)
            assert generations[-1] == 5


def in_child(catalogue: LoadedCatalogue) -> int | None:
    """Fork, search in the child and return its exit code; None if it hung."""
    child = os.fork()
    if not child:
        try:
            whole(catalogue.find("properties", "villa", limit=ROWS))
        except BaseException:  # noqa: BLE001  (nothing of a test may go on in the child)
            os._exit(1)
        os._exit(0)
    status = [0]

    def gone() -> bool:
        pid, status[0] = os.waitpid(child, os.WNOHANG)
        return pid == child

    ended = wait_until(gone, seconds=10)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status[0]) if ended else None


def wait_until(true: Callable[[], bool], *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not (now := true()) and time.monotonic() < until:
        threading.Event().wait(0.005)
    return now


def test_a_forked_child_opens_its_own_connections(put: Load, catalogue: LoadedCatalogue) -> None:
    put(table(0))
    assert whole(catalogue.find("properties", "villa", limit=ROWS)) == 0
    assert in_child(catalogue) == 0
    put(table(1))
    assert whole(catalogue.find("properties", "villa", limit=ROWS)) == 1


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_waits_for_a_running_search(put: Load, catalogue: LoadedCatalogue) -> None:
    put(table(0))
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            whole(catalogue.find("properties", "villa", limit=ROWS))

    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(read) for _ in range(3)]
        try:
            assert [in_child(catalogue) for _ in range(25)] == [0] * 25
        finally:
            over.set()
        for one in running:
            one.result(60)


def test_an_open_reader_can_finish_reading_the_old_file(
    put: Load, catalogue: LoadedCatalogue, directory: Path
) -> None:
    put(table(0))
    rows = catalogue._connection("properties").execute("SELECT price FROM records")
    first = rows.fetchone()
    put(table(1))
    assert {first, *rows.fetchall()} == {(1_000_000,)}


def test_a_closed_catalogue_opens_again(put: Load, catalogue: LoadedCatalogue) -> None:
    put(table(0))
    catalogue.find("properties")
    catalogue.close()
    assert catalogue.find("properties").total == ROWS


GOOD = "id,type,location,price\nA1,villa,Maadi,9m\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do anything")
def test_missing_permissions_are_reported(put: Load, catalogue: LoadedCatalogue, directory: Path) -> None:
    put(GOOD)
    (directory / "properties.db").chmod(0)
    with pytest.raises(UnreadableCatalogue, match="may not be read"):
        catalogue.find("properties")
    directory.chmod(0o500)
    with pytest.raises(LoadRefused, match="Permission denied"):
        put(GOOD)
    directory.chmod(0o700)


def test_searching_before_anything_is_loaded_says_what_to_do(catalogue: LoadedCatalogue) -> None:
    with pytest.raises(NoCatalogue, match="inturn catalogue load"):
        catalogue.find("members")


@pytest.mark.parametrize(
    "content", [b"", b"no database at all" * 100, b"SQLite format 3\x00" + b"\x00" * 5000]
)
def test_a_damaged_file_raises_the_error_of_the_catalogue(
    catalogue: LoadedCatalogue, directory: Path, content: bytes
) -> None:
    directory.mkdir()
    (directory / "properties.db").write_bytes(content)
    with pytest.raises(UnreadableCatalogue, match="load it again"):
        catalogue.find("properties", "villa")


def test_a_directory_in_place_of_the_file_raises_the_error_of_the_catalogue(
    put: Load, catalogue: LoadedCatalogue, directory: Path
) -> None:
    (directory / "properties.db").mkdir(parents=True)
    with pytest.raises(UnreadableCatalogue):
        catalogue.find("properties")
    with pytest.raises(LoadRefused, match="cannot be written"):
        put(GOOD)
