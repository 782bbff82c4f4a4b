"""What a message says, and which rule found it."""

from worker.assistants.understanding.message import understand


def test_the_trace_names_the_rule_and_the_words():
    understood = understand("villa in Maadi under 5m", domain="property")

    traced = {found.slot: found for found in understood.trace}
    assert traced["budget"].words == "under 5 m"
    assert traced["budget"].rule == "budget: at most"
    assert traced["location"].words == "maadi"
