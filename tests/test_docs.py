"""The code in the docs runs as it stands there, and its tests pass."""

import re
from pathlib import Path
from typing import Any

import pytest

from session import Media
from session.testing import Conversation, form, from_ad, photo, place, quote, voice

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[str]:
    return _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def run(code: str, into: dict[str, Any]) -> dict[str, Any]:
    exec(compile(code, "docs", "exec"), into)
    return into


def test_the_assistants_and_tests_of_the_page_about_assistants_run() -> None:
    here: dict[str, Any] = {}
    for block in blocks("docs/assistants.md"):
        run(block, here)
    tests = [what for name, what in here.items() if name.startswith("test_")]
    for test in tests:
        test()
    assert len(tests) == 5


def test_the_assistant_and_the_test_of_the_page_about_speaking_first_run() -> None:
    here: dict[str, Any] = {}
    for block in blocks("docs/outbound.md"):
        run(block, here)
    here["test_it_reminds"]()


def test_the_assistant_with_buttons_shows_them() -> None:
    (code,) = [block for block in blocks("docs/assistants.md") if "Buy or rent?" in block]
    answer = Conversation(run(code, {})["assistant"]).says("hello")

    assert [button.title for button in answer.replies[0].buttons] == ["Buy", "Rent"]
    assert answer.replies[1].menu.rows[0].title == "Villa"


def test_the_assistant_that_asks_a_person_does_what_was_approved() -> None:
    (code,) = [block for block in blocks("docs/assistants.md") if "def clerk(" in block]
    talk = Conversation(run(code, {})["clerk"])

    assert talk.says("refund 500").text == "I have asked a colleague, and will write to you."
    assert talk.decides("refund").text == "Done: paid 500."
    talk.says("refund 700")
    assert (
        talk.decides("refund", approved=False, note="It is too late.").text
        == "Sorry, no refund. It is too late."
    )


def test_the_replies_that_are_more_than_text_can_be_made() -> None:
    (code,) = [block for block in blocks("docs/assistants.md") if "def replies(" in block]
    came = Media(stored="f/1", mime_type="image/jpeg", size=5)

    assert len(run(code, {})["replies"](came, b"%PDF-1.4", b"OggS")) == 10


def test_the_assistant_that_reads_contents_reads_them() -> None:
    (code,) = [block for block in blocks("docs/assistants.md") if "match message.content" in block]
    talk = Conversation(run(code, {})["assistant"])

    hello = talk.says(from_ad("Villas in Maadi", "hello"))
    assert hello.text == "You come from our ad: Villas in Maadi"
    assert (
        talk.says(quote(hello.ids[0], "That.")).text
        == "That. You mean: You come from our ad: Villas in Maadi"
    )
    assert talk.says(form(area="Maadi")).text == "I look in Maadi."
    assert talk.says(place(29.96, 31.25)).text == "I look around 29.960, 31.250."
    assert talk.says(voice(words="a villa")).text == "You said: a villa"
    assert talk.says(photo()).escalated == "sent what only a person can look at: image"


def test_the_assistant_with_types_checks_what_it_remembers() -> None:
    (code,) = [block for block in blocks("docs/assistants.md") if "@with_facts" in block]
    talk = Conversation(run(code, {})["assistant"])

    assert talk.says("41").text == "42 is one more than you said."
    with pytest.raises(ValueError, match="size"):
        talk.says("many")


def test_the_assistant_of_the_front_page_answers() -> None:
    (code,) = [block for block in blocks("README.md") if "def assistant(" in block]
    talk = Conversation(run(code, {})["assistant"])

    assert talk.says("Maadi").effects == {
        "replies": ["You are looking in Maadi."],
        "remembered": {"location": "Maadi"},
    }
    assert talk.says("an agent").escalated == "customer asked"


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_no_example_has_a_slip_of_the_pen(page: str) -> None:
    for block in blocks(f"docs/{page}"):
        compile(block, page, "exec")


PAGES = sorted(str(page.relative_to(ROOT)) for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")))


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    here = ROOT / page
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", here.read_text(encoding="utf-8"))
    for link in links:
        path, _, anchor = link.partition("#")
        target = (here.parent / path).resolve() if path else here
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_exists(page: str) -> None:
    named = re.findall(
        r"(?<![\w/.-])((?:session|worker|webhook|tests|docs)/[\w/]+(?:\.\w+)?)",
        (ROOT / page).read_text(encoding="utf-8"),
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_glossary_is_in_alphabetical_order() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    terms = [row.lower() for row in rows[2:]]
    assert terms == sorted(terms)
    assert len(terms) == len(set(terms)) > 40


def test_the_tree_of_the_architecture_names_every_module_and_folder_that_there_is() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    (tree,) = re.findall(r"^```\n(session/.*?)^```", page, re.MULTILINE | re.DOTALL)
    package, named = "", set[str]()
    for line in tree.splitlines():
        package = line.split("/")[0] if line[0] != " " else package
        names = re.match(r" {12}(\w[\w, /]*?)  ", line) if package != "tests" else None
        named |= {f"{package}/{name.rstrip('/')}" for name in re.split(r",\s*", names[1])} if names else set()
    there = {
        f"{package}/{path.stem}"
        for package in ("session", "worker", "webhook")
        for path in (ROOT / package).iterdir()
        # What a former release has left in a folder is no source.
        if not path.name.startswith("_") and (path.suffix == ".py" or any(path.glob("[!_.]*")))
    }
    assert named == there
