"""The kinds of records."""

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import (
    LoadedCatalogue,
    NoSuchKind,
)

GOOD = "id,type,location,price\nA1,villa,Maadi,9m\n"


def test_an_unknown_kind_is_refused_with_the_known_ones(put: Load, catalogue: LoadedCatalogue) -> None:
    with pytest.raises(NoSuchKind, match="use one of properties, members"):
        put(GOOD, kind="cars")
    with pytest.raises(NoSuchKind, match="cars"):
        catalogue.find("cars")
