"""What is sent to a model."""

from session.agent_actions import APP, PHONE
from session.content_parts import Quoted, Role
from session.faq import FaqEntry
from tests.clocks import START
from tests.worker.assistants.llm.model_server import answers
from worker.assistants.faq.matching import FaqIndex


def test_roles_alternate_in_the_history(bench, server, turn_of):
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
        ("assistant", "yes\n[a colleague of yours, a person, wrote:] I am Omar"),
    ]
    assert rest[-1]["content"].endswith("the customer writes:\na flat")


def test_history_and_text_are_limited(bench, server, turn_of):
    said = tuple((role, f"{role} {n} " + "x" * 3000) for n in range(50) for role in ("user", "assistant"))
    bench().assistant(turn_of("y" * 5000, said=said))

    messages = server.requests[0]["messages"]
    assert len(messages) == 1 + 20 + 1
    assert messages[1]["content"].startswith("user 40 ")
    assert max(len(one["content"]) for one in messages[1:-1]) <= 400
    assert messages[-1]["content"].count("y") < 2020


def test_the_history_says_what_was_quoted_and_not_what_was_deleted(bench, server, turn_of):
    turn = turn_of(
        "a flat", said=(("user", "hello"), ("assistant", "Buy or rent?"), ("user", "that"), ("user", "oops"))
    )
    quoted = Quoted(id="w", role=Role.ASSISTANT, text="Buy or rent?")
    changes = ({}, {}, {"quoted": quoted}, {"deleted_at": START}, {})
    history = [entry.model_copy(update=change) for entry, change in zip(turn.history, changes, strict=True)]
    turn.session = turn.session.change_context(message_history=tuple(history))
    bench().assistant(turn)

    messages = server.requests[0]["messages"]
    assert messages[-2]["content"] == "[about this, which you wrote: Buy or rent?]\nthat"


def test_the_model_is_told_what_the_customer_did_not_receive(bench, server, turn_of):
    said = (
        ("user", "hello"),
        ("assistant", "cancelled"),
        ("assistant", "failed"),
        ("assistant", "in doubt"),
        ("agent", "I failed"),
        ("assistant", "waits"),
        ("assistant", "sent"),
    )
    turn = turn_of("a flat", said=said)
    history = [
        entry.model_copy(update={"state": state})
        for entry, state in zip(
            turn.history,
            [None, "cancelled", "failed", "unknown", "failed", "queued", "sent", None],
            strict=True,
        )
    ]
    turn.session = turn.session.change_context(message_history=tuple(history))
    bench().assistant(turn)

    rules, asked, told, _ = (message["content"] for message in server.requests[0]["messages"])
    assert asked == "hello"
    assert told.splitlines() == [
        "[this did not reach the customer:] cancelled",
        "[this did not reach the customer:] failed",
        "[nobody knows whether this reached the customer:] in doubt",
        "[this did not reach the customer:] [a colleague of yours, a person, wrote:] I failed",
        "waits",
        "sent",
    ]
    assert "may not have reached the customer" in rules


def test_the_model_is_told_who_wrote(bench, server, turn_of):
    """An agent at the desk, the owner on the telephone, and another program of the business."""
    turn = turn_of(
        "a flat", said=(("user", "hello"), *(("agent", text) for text in ("desk", "phone", "app")))
    )
    history = [
        entry.model_copy(update={"agent": agent})
        for entry, agent in zip(turn.history, [None, "omar", PHONE, APP, None], strict=True)
    ]
    turn.session = turn.session.change_context(message_history=tuple(history))
    bench().assistant(turn)

    assert server.requests[0]["messages"][-2]["content"] == (
        "[a colleague of yours, a person, wrote:] desk\n"
        "[a colleague of yours, a person, wrote:] phone\n"
        "[another program of the business wrote:] app"
    )


def test_what_the_business_answers_about_itself_is_told_and_may_be_repeated(bench, server, turn_of):
    turn = turn_of("how much is the deposit?")
    turn.faq = FaqIndex(
        [
            FaqEntry(
                id="deposit", questions={"en": ["How much is the deposit?"]}, answers={"en": "5000 pounds."}
            ),
            FaqEntry(id="hours", questions={"en": ["When are you open?"]}, answers={"en": "From nine."}),
        ]
    )
    bench().assistant(turn)

    told = server.requests[0]["messages"][-1]["content"]
    assert "5000 pounds." in told
    assert "From nine." not in told


def test_what_the_business_answers_with_a_contact_is_for_the_fallback_to_say(bench, server, turn_of):
    """The model may not write a link, not even that of the business: the fallback gives the answer as it stands."""
    turn = turn_of("do you have a site?")
    turn.faq = FaqIndex(
        [FaqEntry(id="site", questions={"en": ["Do you have a site?"]}, answers={"en": "example.com"})]
    )
    server.then = answers("Yes: example.com", intent="other")

    assert bench().assistant(turn) == "the concierge answers"


class _CountedFaq:
    """Answers of a business that counts how often somebody looks for one."""

    def __init__(self):
        self.looks = 0

    def find(self, text):
        return None

    def near(self, text, *, most=3):
        self.looks += 1
        return (FaqEntry(id="fee", questions={}, answers={"en": "Our fee is 4500 pounds."}),)


def test_what_the_business_answers_is_looked_for_once(bench, server, turn_of):
    server.then = answers("It is 4500 pounds.", intent="other")
    turn = turn_of("what is your fee?")
    turn.faq = _CountedFaq()

    bench().assistant(turn)

    assert turn.faq.looks == 1
    assert [reply.text for reply in turn.effects.replies] == ["It is 4500 pounds."]
