"""What is sent to a model."""


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
        ("assistant", "yes\nI am Omar"),
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
