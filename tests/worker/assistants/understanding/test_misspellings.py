"""Misspelt names are recognised."""

from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.message import understand


def test_a_misspelt_name_of_the_catalogue_is_recognised():
    gazetteer = Gazetteer.of("property").with_names(["Jasmine Court", "نزهة الوادي"])

    assert understand("villa in jasmine cuort", gazetteer=gazetteer).entities["location"] == "Jasmine Court"
    assert understand("شقة في نزهه الوادى", gazetteer=gazetteer).entities["location"] == "نزهة الوادي"
