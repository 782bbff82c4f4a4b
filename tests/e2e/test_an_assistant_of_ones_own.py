"""Somebody writes an assistant: `inturn run` in a folder of one's own."""

from pathlib import Path

import pytest

from tests.e2e.stack import RunningStack, running_stack, wait_for

CUSTOMER = "+201001234567"
NAMESAKE = "raise RuntimeError('this module is not the one of the system')\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's folder. Its modules have names that ours have too."""
    folder = tmp_path_factory.mktemp("operator")
    (folder / "bot_of_the_test.py").write_text("def assistant(turn):\n    return f'one {turn.text}'\n")
    for name in ("worker", "session", "webhook"):
        (folder / f"{name}.py").write_text(NAMESAKE)
    return folder


@pytest.fixture(scope="module")
def stack(folder: Path):
    with running_stack(
        folder, ASSISTANT="bot_of_the_test:assistant", RATE_LIMIT_MESSAGES_PER_HOUR="1000"
    ) as stack:
        yield stack


def hears(stack: RunningStack, text: str) -> None:
    wait_for(lambda: text in stack.sent().get(CUSTOMER, []), 40, stack.log)


@pytest.mark.timeout(180)
def test_it_is_found_and_shadows_no_module_of_inturn(stack: RunningStack) -> None:
    stack.says(CUSTOMER, "hello")
    hears(stack, "one hello")

    told = stack.inturn("doctor").stdout
    assert "session.py, worker.py, webhook.py in this folder" in told
    assert "bot_of_the_test:assistant" in told


@pytest.mark.timeout(180)
def test_a_saved_change_is_used_for_the_next_message_unless_it_is_broken(
    stack: RunningStack, folder: Path
) -> None:
    file = folder / "bot_of_the_test.py"

    file.write_text("def assistant(turn):\n    return f'two {turn.text}'\n")
    wait_for(lambda: "bot_of_the_test.py was saved; the assistant is reloaded" in stack.log(), 40, stack.log)
    stack.says(CUSTOMER, "hello")
    hears(stack, "two hello")

    file.write_text("def assistant(turn:\n")
    wait_for(lambda: "SyntaxError: '(' was never closed" in stack.log(), 40, stack.log)
    stack.says(CUSTOMER, "again")
    hears(stack, "two again")
    assert not any("one" in text for text in stack.sent()[CUSTOMER][1:])


@pytest.mark.timeout(180)
def test_nothing_is_lost_or_doubled_while_files_are_saved(stack: RunningStack, folder: Path) -> None:
    writer = "+201001234568"
    asked: list[str] = []

    def answered() -> list[str]:
        """What was answered, a text a line; several that waited together are answered together."""
        return [line for text in stack.sent().get(writer, []) for line in text.split("\n")]

    def asks_until(version: str) -> bool:
        asked.append(f"question {len(asked)}")
        assert stack.says(writer, asked[-1]) == 200
        return any(line.startswith(version) for line in answered())

    for version in ("v1", "v2", "v3"):
        (folder / "bot_of_the_test.py").write_text("def assistant(turn:\n")
        lines = f"'\\n'.join('{version} ' + text for text in turn.text.split('\\n'))"
        (folder / "bot_of_the_test.py").write_text(f"def assistant(turn):\n    return {lines}\n")
        wait_for(lambda version=version: asks_until(version), 40, stack.log)

    wait_for(lambda: len(answered()) >= len(asked), 40, stack.log)
    assert [" ".join(line.split()[-2:]) for line in answered()] == asked
