"""The phone page in a real browser: a customer writes, taps and chooses, and sees what becomes of it without reloading."""

import json
import re
import threading

import httpx
import pytest
from playwright.sync_api import expect

from session.content_parts import Kind
from tests.e2e.stack import wait_for
from webhook.simulator.media.samples import sample

SEARCH = "3-bedroom apartment in New Cairo under 4 million"
ARABIC = "عايز شقة ٣ غرف في التجمع الخامس ميزانيتي ٣ مليون جنيه"


@pytest.fixture
def simulator(stack):
    """The simulator's own API; whatever a test breaks is mended after it."""
    with httpx.Client(base_url=stack.simulator, timeout=30, trust_env=False) as http:
        yield http
        http.delete("/simulator/faults").raise_for_status()


@pytest.fixture
def open_phones(open_page, simulator, stack):
    """Open the page with the phones of some customers, each `(number, channel)`."""

    def open_them(*phones, **options):
        address = "&".join(f"{customer}@{channel}" for customer, channel in phones)
        return open_page(f"{stack.simulator}/simulator#{address}", **options)

    return open_them


@pytest.fixture
def as_business(stack, simulator):
    """Ask Meta for something with the credentials of the running system."""
    environment = stack.environment()

    def post(**payload):
        path = f"/v23.0/{environment['META_PHONE_NUMBER_ID']}/messages"
        token = {"Authorization": f"Bearer {environment['META_ACCESS_TOKEN']}"}
        answer = simulator.post(path, json={"messaging_product": "whatsapp", **payload}, headers=token)
        answer.raise_for_status()

    return post


def phone_of(page, customer, channel="meta"):
    return page.locator(f'.phone[data-key="{customer}@{channel}"]')


def write(phone, text):
    phone.get_by_label("Message", exact=True).fill(text)
    phone.get_by_label("Message", exact=True).press("Enter")


def mine(phone):
    return phone.locator(".bubble.mine")


def theirs(phone):
    return phone.locator(".bubble.theirs")


def arrives(stack, customer):
    """What the system has understood of a customer, oldest first."""
    shown = json.loads(stack.inturn("sessions", "show", customer, "--json").stdout)
    return [said["content"] for said in shown["context"]["messageHistory"] if said["role"] == "user"]


def test_a_customer_writes_and_sees_the_answer_come(open_phones, new_customer, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)
    expect(page.locator(f'.tab[data-key="{customer}@meta"]')).to_have_attribute("aria-selected", "true")

    write(phone, "hi")

    expect(mine(phone)).to_contain_text("hi")
    expect(theirs(phone)).to_have_count(1)
    expect(mine(phone).locator(".status")).to_have_attribute("aria-label", "read")
    expect(theirs(phone).locator(".status")).to_have_attribute("aria-label", "read")
    expect(page.locator(".announcer")).to_contain_text("homes")
    expect(phone.get_by_label("Message", exact=True)).to_have_value("")
    screens(page, "phone-desktop")


def test_a_button_is_tapped_and_a_row_is_chosen(open_phones, new_customer, stack, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)

    write(phone, "hi")
    phone.get_by_role("button", name="Buy").click()

    expect(mine(phone).last).to_contain_text("Buy")
    expect(phone.locator(".answers .was")).to_have_text("Buy")
    expect(theirs(phone)).to_have_count(2)

    write(phone, SEARCH)
    phone.get_by_role("button", name="Show the list").click()
    sheet = phone.get_by_role("dialog")
    expect(sheet.locator("li button").first).to_be_focused()
    screens(page, "phone-list")
    page.keyboard.press("ArrowDown")
    row = sheet.locator("li button").nth(1)
    expect(row).to_be_focused()
    title = row.locator("b").inner_text()
    page.keyboard.press("Enter")

    expect(sheet).to_be_hidden()
    expect(mine(phone).last.locator(".text")).to_have_text(title)
    expect(theirs(phone)).to_have_count(4)
    expect(theirs(phone).last).to_contain_text("EGP")
    screens(page, "phone-row-chosen")
    assert arrives(stack, customer) == ["hi", "Buy", SEARCH, title]


def test_escape_closes_the_sheet_and_gives_the_focus_back(open_phones, new_customer):
    customer = new_customer()
    phone = phone_of(open_phones((customer, "meta")), customer)
    write(phone, SEARCH)

    opens = phone.get_by_role("button", name="Show the list")
    opens.click()
    phone.page.keyboard.press("Escape")

    expect(phone.get_by_role("dialog")).to_be_hidden()
    expect(opens).to_be_focused()


def test_ticks_turn_blue_and_typing_is_shown_when_the_business_says_so(
    open_phones, new_customer, simulator, as_business, screens
):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)
    write(phone, "anybody there?")
    expect(theirs(phone)).to_have_count(1)
    expect(mine(phone).locator(".status")).to_have_attribute("aria-label", "read")
    expect(phone.locator(".typing")).to_be_hidden()

    typing = {"typing_indicator": {"type": "text"}}
    as_business(status="read", message_id=mine(phone).get_attribute("data-id"), **typing)

    expect(phone.locator(".typing")).to_be_visible()
    expect(phone.locator(".presence")).to_have_text("typing…")
    screens(page, "phone-typing")

    as_business(to=customer.removeprefix("+"), type="text", text={"body": "*Yes*, we are."})

    expect(theirs(phone).last.locator("strong")).to_have_text("Yes")
    expect(phone.locator(".typing")).to_be_hidden()


def test_a_provider_that_is_down_is_seen_and_the_answer_comes_when_it_is_back(
    open_phones, new_customer, screens
):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)
    meta = page.get_by_role("region", name="Meta")

    meta.get_by_label("Down").check()
    expect(phone.locator(".flag")).to_contain_text("Meta is down")
    write(phone, "hi")

    expect(meta.locator(".chip")).to_contain_text("hit")
    expect(mine(phone).locator(".status")).to_have_attribute("aria-label", "delivered")
    expect(theirs(phone)).to_have_count(0)
    screens(page, "phone-down")

    meta.get_by_label("Works").check()

    expect(phone.locator(".flag")).to_be_hidden()
    expect(theirs(phone)).to_have_count(1, timeout=60_000)


def test_a_message_that_failed_later_is_no_message_of_the_customer(open_phones, new_customer, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)

    page.get_by_role("region", name="Meta").get_by_label("Fails later").check()
    expect(phone.locator(".flag")).to_contain_text("Meta fails later")
    write(phone, "hi")

    expect(theirs(phone)).to_contain_text("Never reached the customer: error 131026")
    expect(phone.get_by_role("button", name="Buy")).to_have_count(0)
    screens(page, "phone-failed")


def test_what_is_delivered_twice_is_answered_once(open_phones, new_customer):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)

    page.get_by_role("region", name="Meta").locator(".switch").click()
    expect(page.locator(".weather")).to_contain_text("Meta delivers twice")
    write(phone, "hi")
    expect(mine(phone).locator(".twice")).to_have_text("×2")
    write(phone, "agent please")

    expect(theirs(phone)).to_have_count(2)
    expect(mine(phone)).to_have_count(2)

    page.get_by_role("button", name="Take all faults away").click()
    expect(page.locator(".weather")).to_have_text("All is well.")
    expect(page.get_by_role("switch").first).not_to_be_checked()


def test_two_customers_side_by_side_do_not_mix(open_phones, simulator, screens):
    simulator.delete("/simulator")
    mona, sam = "+201001234567", "+14155550123"
    page = open_phones((mona, "meta"), (sam, "twilio"), size=(1680, 950))
    left, right = phone_of(page, mona), phone_of(page, sam, "twilio")

    write(left, SEARCH)
    write(right, SEARCH)

    expect(theirs(left)).to_have_count(1)
    expect(theirs(right)).to_have_count(1)
    expect(left.get_by_role("button", name="Show the list")).to_be_visible()
    # Twilio has no lists: the rows are numbered in the text.
    expect(right.locator(".opens")).to_have_count(0)
    expect(theirs(right)).to_contain_text(re.compile("^1[.)]", re.MULTILINE))
    expect(mine(left)).to_have_count(1)

    write(right, "1")
    expect(theirs(right)).to_have_count(2)
    expect(theirs(left)).to_have_count(1)
    write(left, ARABIC)
    expect(theirs(left)).to_have_count(2)
    expect(theirs(right)).to_have_count(2)
    screens(page, "phone-two")


def test_two_tabs_of_the_browser_show_two_customers(open_phones, new_customer):
    customers = [new_customer(), new_customer()]
    phones = [phone_of(open_phones((one, "meta")), one) for one in customers]

    for number, phone in enumerate(phones, 1):
        write(phone, "hi " * number)

    for number, phone in enumerate(phones, 1):
        expect(mine(phone)).to_have_count(1)
        expect(mine(phone).locator(".text")).to_have_text(("hi " * number).strip())
        expect(theirs(phone)).to_have_count(1)


def test_a_customer_is_added_and_another_one_is_seen_to_be_answered(open_phones, new_customer, says):
    first, second = new_customer(), new_customer()
    page = open_phones((first, "meta"))

    page.get_by_label("Number").fill(f"{second[:3]} {second[3:6]} {second[6:]}")
    page.get_by_label("Name").fill("نور")
    page.get_by_role("button", name="Add").click()

    tab = page.get_by_role("tab", name="نور")
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(phone_of(page, second).get_by_label("Message", exact=True)).to_be_focused()
    says(first, "hi")
    other = page.locator(f'.tab[data-key="{first}@meta"]')
    expect(other.locator(".unread")).to_have_text("1")
    tab.focus()
    page.keyboard.press("End")
    expect(other).to_have_attribute("aria-selected", "true")
    expect(theirs(phone_of(page, first))).to_have_count(1)
    expect(other.locator(".unread")).to_have_count(0)

    page.reload()

    expect(page.get_by_role("tab", name="نور")).to_be_visible()


def test_attachments_are_sent_in_the_providers_own_form(open_phones, new_customer, stack, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)

    for kind in ("image", "voice", "location", "contacts"):
        phone.get_by_role("button", name="Attach").click()
        phone.locator(f'.tray [data-kind="{kind}"]').click()
        arrived = re.compile("^(delivered|read)$")  # it is read until a person is asked for
        expect(phone.locator(f".of-{kind} .status")).to_have_attribute("aria-label", arrived)

    expect(phone.locator(".of-contacts")).to_contain_text("Omar Hassan")
    wait_for(lambda: len(arrives(stack, customer)) == 4, 30, stack.log)
    expect(theirs(phone).first).to_be_visible()
    screens(page, "phone-attachments")
    image, voice, place, card = arrives(stack, customer)
    assert (image, voice) == ("[image]", "[voice]")
    assert place == "Tahrir Square\nDowntown, Cairo\n(30.0444, 31.2357)"
    assert card.startswith("Omar Hassan")


def test_a_file_of_ones_own_is_sent_and_shown(open_phones, new_customer):
    customer = new_customer()
    phone = phone_of(open_phones((customer, "meta")), customer)

    phone.get_by_role("button", name="Attach").click()
    phone.locator(".tray input[type=file]").set_input_files(
        {"name": "house.jpg", "mimeType": "image/jpeg", "buffer": sample(Kind.IMAGE)}
    )

    shown = phone.locator(".of-image img")
    expect(shown).to_have_js_property("naturalWidth", 320)


def test_twilio_offers_only_what_it_carries(open_phones, new_customer):
    customer = new_customer()
    phone = phone_of(open_phones((customer, "twilio")), customer, "twilio")

    phone.get_by_role("button", name="Attach").click()

    expect(phone.locator('.tray [data-kind="image"]')).to_be_focused()
    expect(phone.locator('.tray [data-kind="contacts"]')).to_have_count(0)


def test_a_reaction_an_edit_and_a_reply_change_what_they_are_about(open_phones, new_customer, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)
    write(phone, "hi")
    expect(theirs(phone)).to_have_count(1)

    theirs(phone).get_by_role("button", name="More").click()
    phone.get_by_role("dialog").get_by_text("React 👍").click()
    expect(theirs(phone).locator(".reactions")).to_have_text("👍")

    theirs(phone).get_by_role("button", name="More").click()
    phone.get_by_role("dialog").get_by_text("Reply", exact=True).click()
    write(phone, SEARCH)
    expect(mine(phone).last.locator("blockquote")).to_contain_text("Business")

    mine(phone).first.get_by_role("button", name="More").click()
    phone.get_by_role("dialog").get_by_text("Edit").click()
    write(phone, "hello")
    expect(mine(phone).first.locator(".text")).to_have_text("hello")
    expect(mine(phone).first).to_contain_text("edited")
    expect(mine(phone)).to_have_count(2)
    screens(page, "phone-gestures")


def test_a_message_that_is_redelivered_is_answered_once(open_phones, new_customer, stack):
    customer = new_customer()
    phone = phone_of(open_phones((customer, "meta")), customer)
    write(phone, "hi")
    expect(theirs(phone)).to_have_count(1)

    mine(phone).get_by_role("button", name="More").click()
    phone.get_by_role("dialog").get_by_text("Redeliver").click()
    expect(mine(phone).locator(".twice")).to_have_text("×2")
    write(phone, SEARCH)

    expect(theirs(phone)).to_have_count(2)
    assert arrives(stack, customer) == ["hi", SEARCH]


def test_arabic_runs_from_right_to_left(open_phones, new_customer, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)

    write(phone, ARABIC)

    expect(theirs(phone)).to_have_count(1)
    # A bubble is drawn anew whenever its ticks change: an element that was found a moment ago may have left the page.
    for bubble in (mine(phone), theirs(phone)):
        expect(bubble.locator(".text")).to_have_css("direction", "rtl")
    write(phone, "hi again")
    expect(mine(phone)).to_have_count(2)
    expect(mine(phone).last.locator(".text")).to_have_css("direction", "ltr")
    screens(page, "phone-arabic")


def test_on_a_phone_the_chat_fills_the_screen(open_page, open_phones, new_customer, stack, screens):
    customer = new_customer()
    page = open_phones((customer, "meta"), phone=True)
    phone = phone_of(page, customer)

    write(phone, "hi")
    expect(theirs(phone)).to_have_count(1)
    screens(page, "phone-small")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
    assert phone.bounding_box()["height"] == page.viewport_size["height"]

    phone.get_by_role("button", name="Faults").tap()
    page.get_by_role("region", name="Twilio").get_by_label("429").tap()
    expect(page.locator(".weather")).to_have_text("Twilio throttles.")
    screens(page, "phone-small-faults")
    page.get_by_role("button", name="Back").tap()
    expect(phone.locator(".flag")).to_be_hidden()

    phone.get_by_role("button", name="All customers").tap()
    expect(phone).to_be_hidden()
    expect(page.get_by_role("tab").first).to_be_visible()
    screens(page, "phone-small-customers")


def test_in_the_dark(open_phones, new_customer, screens):
    customer, other = new_customer(), new_customer()
    page = open_phones((customer, "meta"), (other, "twilio"), dark=True, size=(1680, 950))
    phone = phone_of(page, customer)
    write(phone, "hi")
    phone.get_by_role("button", name="Buy").click()
    expect(theirs(phone)).to_have_count(2)
    write(phone, ARABIC)
    write(phone_of(page, other, "twilio"), "hi")
    expect(theirs(phone)).to_have_count(3)
    expect(theirs(phone_of(page, other, "twilio"))).to_have_count(1)

    background = phone.locator(".glass").evaluate("element => getComputedStyle(element).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", background)[:3])) < 150
    screens(page, "phone-dark")


def test_what_the_simulator_refuses_is_given_back_to_the_writer(open_phones, new_customer):
    customer = new_customer()
    page = open_phones((customer, "meta"))
    phone = phone_of(page, customer)
    page.route(
        "**/simulator/customers/**",
        lambda route: route.fulfill(status=400, json={"error": "text: too odd"}),
        times=1,
    )

    write(phone, "hi")

    expect(phone.locator(".flag")).to_have_text("Not sent: text: too odd")
    expect(phone.get_by_label("Message", exact=True)).to_have_value("hi")
    phone.get_by_role("button", name="Send").click()
    expect(theirs(phone)).to_have_count(1)


def test_many_pages_leave_threads_for_the_providers(stack, simulator, says, new_customer):
    customer = new_customer()
    polls = [
        threading.Thread(
            target=lambda: httpx.get(f"{stack.simulator}/simulator/changes?wait=1", trust_env=False)
        )
        for _ in range(24)
    ]
    for poll in polls:
        poll.start()

    says(customer, "hi")
    wait_for(lambda: len(stack.sent().get(customer, [])) == 1, 20, stack.log)

    for poll in polls:
        poll.join()


def test_what_the_business_sends_beside_texts_is_seen_and_answered(
    open_phones, new_customer, as_business, stack, screens
):
    customer = new_customer()
    phone = phone_of(page := open_phones((customer, "meta")), customer)
    write(phone, "hi")
    expect(theirs(phone).first).to_be_visible()

    to = customer.removeprefix("+")
    place = {"latitude": 30.04441, "longitude": 31.23571, "name": "Our office"}
    card = {
        "name": {"formatted_name": "Omar", "first_name": "Omar"},
        "emails": [{"email": "omar@example.com"}],
    }
    as_business(to=to, type="location", location=place)
    as_business(to=to, type="contacts", contacts=[card])
    as_business(
        to=to,
        type="interactive",
        interactive=asking("cta_url", display_text="Our page", url="https://example.com"),
    )
    as_business(
        to=to,
        type="interactive",
        interactive=asking("flow", flow_message_version="3", flow_id="1", flow_cta="Fill it in"),
    )
    as_business(to=to, type="interactive", interactive=asking("send_location", "location_request_message"))

    expect(theirs(phone).filter(has_text="Our office")).to_be_visible()
    expect(theirs(phone).filter(has_text="omar@example.com")).to_be_visible()
    expect(phone.get_by_role("link", name="Our page")).to_have_attribute("rel", "noopener noreferrer")
    phone.get_by_role("button", name="Fill it in").click()
    expect(mine(phone).last).to_contain_text("preferred_day: Thursday")
    phone.get_by_role("button", name="Send location").click()
    expect(mine(phone).last).to_contain_text("Tahrir Square")
    screens(page, "phone-asked")
    wait_for(lambda: len(arrives(stack, customer)) == 3, 30, stack.log)
    assert "preferred_day: Thursday" in arrives(stack, customer)[1]


def asking(name, kind="", **parameters):
    """An interactive message of Meta's with one button."""
    action = {"name": name} | ({"parameters": parameters} if parameters else {})
    return {"type": kind or name, "body": {"text": "Please tap"}, "action": action}
