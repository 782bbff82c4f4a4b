"""The secret that all processes share."""

from concurrent.futures import ThreadPoolExecutor

from session.store import shared_secret
from tests.stores import Stores


def test_the_secret_is_made_once(stores):
    assert stores.run(shared_secret(stores.keys, fresh="first")) == "first"
    assert stores.run(shared_secret(stores.keys, fresh="second")) == "first"


def test_processes_that_start_together_agree_on_the_secret(valkey):
    stores = Stores.on(valkey)

    with ThreadPoolExecutor(8) as processes:
        found = set(processes.map(lambda n: stores.run(shared_secret(stores.keys, fresh=str(n))), range(50)))

    assert len(found) == 1
