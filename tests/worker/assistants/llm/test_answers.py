"""What it does when all goes well."""

from datetime import timedelta

import pytest

from session.models import SearchEntry
from tests.clocks import START
from tests.worker.assistants.llm.server import answers, answers_with_first, calls, results, searches
from worker.assistants.concierge.dialogue import Dialogue


def test_it_searches_and_our_own_code_prints_what_was_found(bench, server, turn_of, records):
    server.script = [
        searches(location="Madinaty", propertyType="apartment", bedrooms=4),
        answers_with_first(
            learned={"location": "Madinaty", "propertyType": "apartment", "bedrooms": 4}, count=2
        ),
    ]
    turn = turn_of("4 bedroom apartment in Madinaty please")

    assert bench().assistant(turn) is None

    found = records.find(
        "properties", "", {"location": "Madinaty", "propertyType": "apartment", "bedrooms": 4}
    )
    [reply] = turn.asked.replies
    assert reply.text.startswith("Here you are.\n\n1. ")
    assert f"EGP {found[0].price:,}" in reply.text
    assert turn.asked.remembered["location"] == "Madinaty"
    assert turn.known.property_type == "apartment"
    assert turn.known.bedrooms == 4
    assert turn.asked.intent == "find_property"
    assert turn.asked.language == "en"
    [entry] = turn.asked.searches
    assert entry.entities == {"location": "Madinaty", "propertyType": "apartment", "bedrooms": 4}
    assert entry.result_count == found.total


def test_what_was_shown_is_kept_as_the_concierge_keeps_it(bench, server, turn_of):
    server.script = [searches(location="New Cairo"), answers_with_first(count=5)]
    turn = turn_of("something in New Cairo")

    bench().assistant(turn)

    kept = Dialogue.of(turn.known, "properties")
    told = results(server.requests[1])
    assert kept.ids == tuple(record["id"] for record in told["records"])
    assert (kept.filters, kept.offset, kept.total) == ({"location": "New Cairo"}, 0, told["total"])
    assert f"1-5 of {told['total']}\n" in turn.asked.replies[0].text


def test_the_next_page_takes_nothing_from_the_search_limit(bench, server, turn_of):
    server.script = [searches(location="New Cairo", page=2), answers_with_first("More:", intent="more")]
    turn = turn_of("more", left=0)
    entry = SearchEntry(query="", timestamp=START, entities={"location": "New Cairo"}, result_count=40)
    turn.session = turn.session.change_context(search_history=(entry,))

    bench().assistant(turn)

    assert turn.asked.searches == []
    assert results(server.requests[1])["first"] == 6


def test_another_question_on_its_second_page_is_a_search_all_the_same(bench, server, turn_of):
    server.script = [searches(location="Maadi", page=2), answers_with_first(intent="more")]
    turn = turn_of("more")
    bench().assistant(turn)
    assert len(turn.asked.searches) == 1


def test_a_new_value_ends_the_range_and_a_withdrawn_one_goes(bench, server, turn_of):
    server.script = [answers("Noted.", learned={"budget": 5e6}, withdrawn=["location"])]
    turn = turn_of("5 million, anywhere", known={"budget": 3e6, "budgetMin": 2e6, "location": "Maadi"})

    bench().assistant(turn)

    assert turn.known.budget == 5e6
    assert turn.known.location is None
    assert "budgetMin" not in (turn.known.model_extra or {})


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("I want a villa", ("en", "English")),
        ("عايز فيلا في التجمع", ("ar", "Egyptian Arabic")),
        ("3ayez villa fel tagamo3", ("franco", "Franco")),
    ],
)
def test_it_answers_in_the_language_of_the_customer(bench, server, turn_of, text, called):
    language, name = called
    turn = turn_of(text)
    bench().assistant(turn)
    assert turn.asked.language == language
    assert f"Write in {name}" in server.requests[0]["messages"][0]["content"]


def test_the_directory_tells_contacts_when_they_are_asked_for(bench, server, turn_of, records):
    server.script = [
        searches(profession="dermatologist", location="Mumbai"),
        answers_with_first("Here are the details.", intent="show_contact", contacts=True),
    ]
    turn = turn_of("contact of a dermatologist in Mumbai", kind="members")

    bench().assistant(turn)

    member = records.find("members", "", {"profession": "dermatologist", "city": "Mumbai"})[0]
    assert member.phone in turn.asked.replies[0].text
    assert member.email in turn.asked.replies[0].text
    assert member.phone not in server.said
    assert member.email not in server.said


def test_what_was_shown_before_can_be_named_without_a_search(bench, server, turn_of, records):
    shown = [record.id for record in records.find("members", "", {"city": "Mumbai"}, limit=3)]
    server.script = [answers("Of course:", intent="show_contact", records=[shown[1]], contacts=True)]
    known = {"dialogue": Dialogue(kind="members", ids=tuple(shown), total=3, size=5).to_store()}
    turn = turn_of("the second one's number?", kind="members", known=known)

    bench().assistant(turn)

    assert records.get("members", shown[1]).phone in turn.asked.replies[0].text
    assert Dialogue.of(turn.known, "members").one == shown[1]
    assert turn.asked.searches == []


def test_it_is_told_the_history_as_two_sides_in_turn(bench, server, turn_of):
    said = (
        ("assistant", "Hi!"),
        ("user", "hello"),
        ("user", "anyone?"),
        ("assistant", "yes"),
        ("agent", "I am Omar"),
    )
    bench().assistant(turn_of("a flat", said=said))

    first, *rest = server.requests[0]["messages"]
    assert first["role"] == "system"
    assert [(one["role"], one["content"]) for one in rest[:-1]] == [
        ("user", "hello\nanyone?"),
        ("assistant", "yes\nI am Omar"),
    ]
    assert rest[-1]["content"].endswith("the customer writes:\na flat")


def test_ten_turns_of_history_and_two_thousand_characters_are_enough(bench, server, turn_of):
    said = tuple((role, f"{role} {n} " + "x" * 3000) for n in range(50) for role in ("user", "assistant"))
    bench().assistant(turn_of("y" * 5000, said=said))

    messages = server.requests[0]["messages"]
    assert len(messages) == 1 + 20 + 1
    assert messages[1]["content"].startswith("user 40 ")
    assert max(len(one["content"]) for one in messages[1:-1]) <= 400
    assert messages[-1]["content"].count("y") < 2020


def test_what_cannot_be_read_is_for_the_fallback(bench, server, turn_of):
    here = bench()
    for unread in (turn_of(""), turn_of("tapped"), turn_of("hello", kind="boats")):
        if unread.text == "tapped":
            unread.messages = (unread.messages[0].model_copy(update={"payload": "show:1"}),)
        assert here.assistant(unread) == "the concierge answers"
    assert server.requests == []


def test_the_names_of_limits_and_the_tool_choice_can_be_switched(bench, server, turn_of):
    bench().assistant(turn_of("hello"))
    bench(
        llm_output_limit="max_completion_tokens", llm_tool_choice="required", llm_max_output_tokens=200
    ).assistant(turn_of("hello"))
    old, new = server.requests
    assert (old["max_tokens"], old["tool_choice"]) == (300, "auto")
    assert "max_completion_tokens" not in old
    assert (new["max_completion_tokens"], new["tool_choice"]) == (200, "required")
    assert "max_tokens" not in new
    assert server.keys == ["Bearer sk-secret"] * 2


def test_a_plain_text_is_asked_for_once_more_in_the_right_form(bench, server, turn_of):
    server.script = [lambda _: calls(text="Hello there!"), answers("Hello!", intent="greeting")]
    turn = turn_of("hello")
    bench().assistant(turn)
    assert turn.asked.replies[0].text == "Hello!"


def test_the_whole_house_knows_its_time(bench):
    settings = bench(assistant_timeout_seconds=4, llm_timeout_seconds=60).settings
    assert settings.patience + 4 * settings.redis_patience < 4
    assert timedelta(seconds=settings.patience) < timedelta(seconds=4)
