"""The searches of a model."""

import pytest

from session.errors import NoCatalogue
from session.models import SearchEntry
from session.testing import quote
from tests.clocks import START
from tests.worker.assistants.llm.model_server import answers, answers_with_first, calls, results, searches
from worker.assistants.concierge.dialogue import Dialogue


def test_after_two_searches_the_tool_is_no_longer_offered(bench, server, turn_of):
    server.script = [searches(location="Maadi"), searches(location="Zamalek"), answers_with_first()]
    turn = turn_of("Maadi or Zamalek")
    bench().assistant(turn)
    offered = [[tool["function"]["name"] for tool in request["tools"]] for request in server.requests]
    assert offered == [["search", "answer"], ["search", "answer"], ["answer"]]
    assert len(turn.effects.searches) == 2


def test_too_many_searches_at_once_are_a_failure(falls_back, server):
    server.then = lambda _: calls(*(("search", {"location": f"place {n}"}) for n in range(5)))
    falls_back()


def test_the_same_search_twice_counts_once(bench, server, turn_of):
    server.script = [searches(location="Maadi"), searches(location="Maadi"), answers_with_first()]
    turn = turn_of("Maadi")
    bench().assistant(turn)
    assert len(turn.effects.searches) == 1


@pytest.mark.parametrize(
    "wanted", [{"page": 10**9}, {"budget": "all"}, {"words": "x" * 101}, {"bedrooms": -1}]
)
def test_arguments_of_a_search_are_bounded(bench, server, turn_of, wanted):
    server.script = [searches(**wanted), answers("Sorry?", intent="other")]
    turn = turn_of("hello")
    bench().assistant(turn)
    assert turn.effects.searches == []


def test_at_the_search_limit_the_fallback_says_when_to_try_again(falls_back, server, turn_of):
    server.then = searches(location="Maadi")
    here = falls_back(turn=turn_of("a villa in Maadi", left=0))
    falls_back(here)  # the server is not to blame
    falls_back(here)
    falls_back(here)
    assert len(server.requests) >= 4


def test_without_a_catalogue_the_fallback_answers(falls_back, turn_of, server):
    def nothing(*_, **__):
        raise NoCatalogue("nothing loaded")

    server.then = searches(location="Maadi")
    falls_back(turn=turn_of("a villa", catalogue=nothing))


def test_shown_records_are_kept_in_the_concierges_form(bench, server, turn_of):
    server.script = [searches(location="New Cairo"), answers_with_first(count=5)]
    turn = turn_of("something in New Cairo")

    bench().assistant(turn)

    kept = Dialogue.of(turn.known, "properties")
    told = results(server.requests[1])
    assert kept.ids == tuple(record["id"] for record in told["records"])
    assert (kept.filters, kept.offset, kept.total) == ({"location": "New Cairo"}, 0, told["total"])
    assert f"1-5 of {told['total']}\n" in turn.effects.replies[0].text


def test_the_next_page_does_not_count_as_a_search(bench, server, turn_of):
    server.script = [searches(location="New Cairo", page=2), answers_with_first("More:", intent="more")]
    turn = turn_of("more", left=0)
    entry = SearchEntry(query="", timestamp=START, entities={"location": "New Cairo"}, result_count=40)
    turn.session = turn.session.change_context(search_history=(entry,))

    bench().assistant(turn)

    assert turn.effects.searches == []
    assert results(server.requests[1])["first"] == 6


def test_the_second_page_of_another_search_counts_as_a_search(bench, server, turn_of):
    server.script = [searches(location="Maadi", page=2), answers_with_first(intent="more")]
    turn = turn_of("more")
    bench().assistant(turn)
    assert len(turn.effects.searches) == 1


def test_records_shown_before_can_be_shown_without_a_search(bench, server, turn_of, records):
    shown = [record.id for record in records.find("members", "", {"city": "Mumbai"}, limit=3)]
    server.script = [answers("Of course:", intent="show_contact", records=[shown[1]], contacts=True)]
    known = {"dialogue": Dialogue(kind="members", ids=tuple(shown), total=3, size=5).to_store()}
    turn = turn_of("the second one's number?", kind="members", known=known)

    bench().assistant(turn)

    assert records.get("members", shown[1]).phone in turn.effects.replies[0].text
    assert Dialogue.of(turn.known, "members").one == shown[1]
    assert turn.effects.searches == []


def test_a_record_that_the_customer_quotes_can_be_shown_without_a_search(bench, server, turn_of, records):
    quoted = records.find("properties", "", {"location": "Maadi"}, limit=1)[0]
    server.script = [answers("This one:", records=[quoted.id])]
    turn = turn_of(
        quote("old.1", "is it near the metro?"),
        said=(("user", "hi"), ("assistant", f"Nice\nCode: {quoted.id}")),
    )

    bench().assistant(turn)

    assert f'"{quoted.id}"' in server.requests[0]["messages"][-1]["content"]
    assert f"EGP {quoted.price:,}" in turn.effects.replies[0].text
    assert turn.effects.searches == []
