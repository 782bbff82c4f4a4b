"""A customer wishes for something in words of his own, on the whole way through a worker with a model."""

import json

from tests.clocks import START
from tests.worker.assistants.semantic.concepts import Concepts
from tests.worker.assistants.semantic.conftest import FLATS
from worker.assistants.catalogue import load
from worker.assistants.semantic.meaning import Meaning

CONCIERGE = "worker.assistants.concierge:assistant"
MODEL = "tests.worker.assistants.semantic.concepts:Concepts"
#: Its feature is none of the vocabulary, so only a model knows it in other words.
DENTIST = FLATS[0] | {"id": "TEETH", "title": "4-bedroom villa in Maadi, beside a dentist"}


def told(tell, folder, embedder):
    source = folder / "flats.json"
    source.write_text(json.dumps([*FLATS, DENTIST]))
    load(source, "properties", folder / "loaded", now=START, meaning=Meaning(Concepts()))
    story = tell(CONCIERGE, catalogue_dir=folder / "loaded", embedder=embedder)
    story.says("villa in Maadi for 10 million where my teeth are safe")
    (reply,) = story.hears()
    return reply


def test_what_is_meant_is_found(tell, tmp_path):
    assert "beside a dentist" in (reply := told(tell, tmp_path, MODEL))
    assert "teeth" in reply


def test_without_the_setting_the_words_are_dropped(tell, tmp_path):
    assert "teeth" not in told(tell, tmp_path, "")
