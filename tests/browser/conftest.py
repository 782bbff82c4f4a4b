"""A browser and the running system for the tests of the pages: Debian's chromium, driven by Playwright.

A test gets pages through `open_page`; a failing one leaves a picture of each in build/screens/failed/.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from tests.e2e.stack import RunningStack, running_stack

SCREENS = Path(__file__).parent.parent.parent / "build" / "screens"
DESK_PASSWORD = "a password of the tests"

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_DESKTOP = (1440, 900)
_PHONE = (390, 844)
#: Milliseconds that Playwright waits for anything: two cores are shared by many.
_PATIENCE = 20_000
#: Real conversations; no language model, no account. The concierge plans nothing by itself, and asks nobody.
_ASSISTANT = """
from datetime import timedelta

from worker.assistants.concierge import assistant as concierge


def assistant(turn):
    if turn.decision:
        return "Your refund is on its way." if turn.decision.approved else f"No refund. {turn.decision.note}"
    if "refund" in turn.text:
        turn.ask_approval(turn.text, text=f"Pay it back? {turn.text}", data={"amount": "EGP 500", "order": 4711})
        return "I ask a colleague."
    if "remind me" not in turn.text:
        return concierge(turn)
    turn.later("viewing", in_=timedelta(hours=2), text="Your viewing is in an hour")
    turn.later("call", in_=timedelta(hours=4), text="Did you like it?")
    return turn.escalate("customer asked")
"""

_ended = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let the fixtures of a test know how it ended."""
    report = yield
    item.stash.setdefault(_ended, {})[report.when] = report
    return report


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    assert found, "CI must not do without chromium"
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One headless chromium for all tests of this folder."""
    options = ["--no-proxy-server", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    program = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def desk_password() -> str:
    """What agents of the running stack log in with."""
    return DESK_PASSWORD


@pytest.fixture(scope="package")
def stack(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, desk_password: str
) -> Iterator[RunningStack]:
    """Valkey, webhook with desk, worker, beat and simulator as real processes; one for all tests of this folder.

    It asks for the browser, so that nothing is started where there is none.
    """
    folder = tmp_path_factory.mktemp("stack")
    # Few streams, so that a page that gets none is a matter of four pages.
    (folder / "reminding.py").write_text(_ASSISTANT)
    settings = {
        "ASSISTANT": "reminding:assistant",
        "CATALOGUE_DIR": str(folder / "catalogue"),
        "DESK_STREAMS": "2",
    }
    with running_stack(folder, **settings, DESK_PASSWORD=desk_password) as running:
        yield running


@pytest.fixture
def sign_in(stack: RunningStack, open_page: Callable[..., Page], desk_password: str) -> Callable[..., Page]:
    """Open the desk as an agent of that name."""

    def begin(name: str, **options: Any) -> Page:
        page = open_page(f"{stack.webhook}/desk/", **options)
        page.locator("#name").fill(name)
        page.locator("#password").fill(desk_password)
        page.locator("form.card button").click()
        expect(page.locator("[data-live=list]")).to_be_visible()
        return page

    return begin


_numbers = itertools.count(1)


@pytest.fixture
def new_customer() -> Callable[[], str]:
    """Numbers of customers whom no other test knows."""
    return lambda: f"+20155{next(_numbers):07}"


@pytest.fixture
def says(stack: RunningStack) -> Callable[..., None]:
    """Let a customer write, past the phone page; fails unless the webhook took it."""

    def say(customer: str, text: str, channel: str = "meta", **more: Any) -> None:
        assert stack.says(customer, text, channel, **more) == 200

    return say


@pytest.fixture
def screens() -> Callable[[Page, str], Path]:
    """Take a picture of a page into build/screens/."""

    def take(page: Page, name: str, **options: Any) -> Path:
        SCREENS.mkdir(parents=True, exist_ok=True)
        path = SCREENS / f"{name}.png"
        page.screenshot(path=path, **options)
        return path

    return take


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open an address as a person of their own would: other cookies, another size, perhaps in the dark.

    `phone=True` is a touch screen of a phone's size. What a page's scripts break, or its content security policy
    forbids, fails the test.
    """
    pages: list[Page] = []
    wrong: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    def blame(error: Error) -> None:
        wrong.append(f"{error.message}\n{error.stack or ''}")

    def open_one(
        url: str,
        *,
        dark: bool = False,
        phone: bool = False,
        size: tuple[int, int] | None = None,
        **options: Any,
    ) -> Page:
        width, height = size or (_PHONE if phone else _DESKTOP)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB",
            timezone_id="Africa/Cairo",
            **options,
        )
        context.set_default_timeout(_PATIENCE)
        page = context.new_page()
        page.on("pageerror", blame)
        page.on("console", listen)
        pages.append(page)
        page.goto(url)
        return page

    yield open_one
    report = request.node.stash.get(_ended, {}).get("call")
    for number, page in enumerate(pages, 1):
        if report is not None and report.failed:
            _leave_a_picture(page, f"{request.node.name}-{number}")
        page.context.close()
    assert wrong == []


def _leave_a_picture(page: Page, name: str) -> None:
    folder = SCREENS / "failed"
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
    page.screenshot(path=folder / f"{safe}.png")
