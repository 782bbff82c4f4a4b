"""Supervisors and their campaigns at the desk, in a real browser, before the whole stack of real processes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.stack import wait_for

SENDER = "meta:100000000000001"
HEAD = "to,1,2,header"


@pytest.fixture(scope="module")
def system(stack):
    """The stack, with the message templates of the simulated provider."""
    pulled = stack.inturn("templates", "pull")
    assert pulled.returncode == 0, pulled.stdout + pulled.stderr
    return stack


@pytest.fixture
def makes(system, sign_in, new_customer):
    """Let an agent fill in the form of a new campaign, with a file; returns the page, and the customers of the file."""

    def make(page: Page, name: str, count: int = 3, *lines: str) -> list[str]:
        customers = [new_customer() for _ in range(count)]
        rows = [
            HEAD,
            *(f"{one},Guest {n},1{n % 10}:00,Thursday" for n, one in enumerate(customers, 1)),
            *lines,
        ]
        page.goto(f"{system.webhook}/desk/campaigns/new")
        page.locator("#name").fill(name)
        page.locator("#template").select_option(label="viewing_reminder (en) – Meta")
        page.locator("#sender").fill(SENDER)
        give(page, rows)
        return customers

    return make


def give(page: Page, rows: list[str]) -> None:
    file = {"name": "guests.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.locator("#file").set_input_files(file)


def load(page: Page) -> None:
    page.locator("form.form button.primary").click()


def tile(page: Page, state: str):
    return page.locator(f".tile.{state} b")


def no_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= screen.width")


def test_a_file_with_errors_is_shown_line_by_line_until_it_is_right(system, sign_in, makes, screens):
    boss = sign_in("Boss")
    boss.get_by_role("link", name="Campaigns").click()
    expect(boss.get_by_text("A campaign sends one message template")).to_be_visible()
    boss.get_by_role("link", name="New campaign").click()
    customers = makes(boss, "autumn", 3, "12,Nobody,9:00,Friday", "+201550000000,,9:00,Friday")
    load(boss)

    expect(boss.locator("#wrong")).to_contain_text("Lines that cannot be used: 2. Nothing was loaded.")
    expect(boss.locator(".wrong-lines tbody th")).to_have_text(["5", "6"])
    expect(boss.locator("#name")).to_have_value("autumn")
    screens(boss, "desk-campaign-errors", full_page=True)

    give(boss, [HEAD, *(f"{one},Guest,10:00,Thursday" for one in customers)])
    load(boss)
    expect(boss.locator("h1")).to_have_text("autumn")
    expect(boss.locator(".campaign-state")).to_have_text("not started yet")
    expect(tile(boss, "waiting")).to_have_text("3")
    expect(boss.locator(".outcomes tbody tr")).to_have_count(3)


def test_a_campaign_runs_and_the_page_follows_it(system, sign_in, makes, screens):
    boss = sign_in("Boss")
    customers = makes(boss, "spring", 12)
    boss.locator("#hold_back").fill("20")
    load(boss)
    expect(boss.locator("h1")).to_have_text("spring")
    held = int(tile(boss, "held_back").inner_text()) if tile(boss, "held_back").count() else 0

    expect(boss.locator(".page-facts time")).not_to_contain_text("UTC")  # the scripts are there
    boss.locator("#sure-start > summary").focus()
    boss.keyboard.press("Enter")
    expect(boss.locator("#sure-start p")).to_contain_text(f"to {12 - held} customers")
    boss.keyboard.press("Escape")
    expect(boss.locator("#do-start")).to_be_hidden()
    boss.keyboard.press("Enter")
    boss.locator("#do-start").dblclick()

    texts = {one: f"Hello Guest {n}, we meet at 1{n % 10}:00." for n, one in enumerate(customers, 1)}
    wait_for(lambda: sum(one in system.sent() for one in customers) == 12 - held, 40, system.log)
    sent = {one: system.sent()[one] for one in customers if one in system.sent()}
    assert sent == {one: [texts[one]] for one in sent}
    # The page looks again by itself.
    expect(boss.locator(".campaign-state")).to_have_text("done", timeout=40_000)
    expect(tile(boss, "read")).to_have_text(str(12 - held), timeout=40_000)
    expect(boss.locator(".chart img")).not_to_have_js_property("naturalWidth", 0)
    screens(boss, "desk-campaign", full_page=True)
    with boss.expect_download() as download:
        boss.get_by_role("link", name="Download as CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 13

    first = next(iter(sent))
    boss.get_by_role("link", name=first).click()
    expect(boss.locator(".log .bubble")).to_contain_text(texts[first])


def test_in_arabic_on_a_phone(system, sign_in, makes, screens):
    boss = sign_in("Boss", phone=True)
    boss.get_by_role("link", name="Campaigns").tap()
    expect(boss.locator("h1")).to_have_text("Campaigns")
    assert no_sideways(boss)
    makes(boss, "a-name-of-forty-eight-characters-for-a-small-screen", 3)
    boss.locator("#name").fill("a-name-of-forty-characters-for-a-phone--")
    assert no_sideways(boss)
    screens(boss, "desk-campaign-new-phone", full_page=True)
    load(boss)
    expect(boss.locator(".campaign-state")).to_be_visible()
    boss.get_by_role("button", name="العربية").tap()
    expect(boss.locator("html")).to_have_attribute("dir", "rtl")
    assert no_sideways(boss)
    boss.locator("#sure-start > summary").tap()
    expect(boss.locator("#do-start")).to_be_in_viewport()
    assert no_sideways(boss)
    screens(boss, "desk-campaign-phone-arabic", full_page=True)


def test_without_scripts(system, sign_in, makes):
    boss = sign_in("Boss", java_script_enabled=False)
    makes(boss, "plain")
    load(boss)
    boss.locator("#sure-start > summary").click()
    boss.locator("#do-start").click()

    expect(boss.locator(".campaign-state")).to_have_text(re.compile("running|done"))
