"""A customer wishes for something in words of his own, on the whole way through a worker with a model."""

import json

from tests.clocks import START
from tests.worker.assistants.semantic.concepts import Concepts
from tests.worker.assistants.semantic.conftest import FLATS
from worker.assistants.catalogue import load
from worker.assistants.semantic.meaning import Meaning

CONCIERGE = "worker.assistants.concierge:assistant"
MODEL = "tests.worker.assistants.semantic.concepts:Concepts"


def told(tell, folder, embedder):
    source = folder / "flats.json"
    source.write_text(json.dumps(FLATS))
    load(source, "properties", folder / "loaded", now=START, meaning=Meaning(Concepts()))
    story = tell(CONCIERGE, catalogue_dir=folder / "loaded", embedder=embedder)
    story.says("villa in Maadi for 10 million where my kids can swim")
    (reply,) = story.hears()
    return reply


def test_what_is_meant_is_found(tell, tmp_path):
    assert "with a pool" in (reply := told(tell, tmp_path, MODEL))
    assert "where my kids can swim" in reply


def test_without_the_setting_the_words_are_dropped(tell, tmp_path):
    assert "swim" not in told(tell, tmp_path, "")
