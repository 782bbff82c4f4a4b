"""Agents at the desk, in a real browser, before the whole stack of real processes."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from session import SessionManager
from session.content_parts import Kind
from tests.e2e.stack import wait_for
from webhook.simulator.media.samples import sample

SAMPLES = Path(__file__).parents[2] / "worker/assistants/catalogue/samples/properties.csv"
WAITS = "Nobody has taken it yet"
ARABIC = "عايز أكلم موظف"
#: Pastes, or drops, a file.
GIVE = """(box, [event, carries]) => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], `${event}.png`, { type: "image/png" }));
  const kind = event === "paste" ? ClipboardEvent : DragEvent;
  box.dispatchEvent(new kind(event, { [carries]: data, bubbles: true, cancelable: true }));
}"""
ORDER = {
    "catalog_id": "estate",
    "product_items": [
        {"product_retailer_id": "UNIT-B204", "quantity": 1, "item_price": 4_500_000, "currency": "EGP"}
    ],
}


@pytest.fixture(scope="module")
def system(stack):
    """The stack with records to search in, so that the assistant has something to say."""
    loaded = stack.inturn("catalogue", "load", str(SAMPLES), "--kind", "properties")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    return stack


@pytest.fixture
def asks_for_a_person(system, new_customer, says):
    """A customer who looks for a home and then asks for a person; returns the number."""

    def ask(name: str, *texts: str, person: str = "I want to talk to a human agent") -> str:
        customer = new_customer()
        for text in texts or ("3-bedroom apartment in New Cairo under 8 million",):
            before = len(system.sent().get(customer, []))
            says(customer, text, name=name)
            wait_for(lambda: len(system.sent().get(customer, [])) > before, 20, system.log)  # noqa: B023  (waits at once)
        says(customer, person, name=name)
        return customer

    return ask


def row(page: Page, customer: str):
    return page.locator("a.row", has_text=customer)


def bubbles(page: Page):
    return page.locator(".log .bubble .text")


def takes_over(page: Page, customer: str) -> None:
    row(page, customer).click()
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#lock")).to_have_text("You are answering")


def arrives(system, customer: str, text: str) -> None:
    wait_for(lambda: text in system.sent().get(customer, []), 20, system.log)


def test_an_agent_takes_over_answers_and_hands_back_without_reloading(
    system, sign_in, asks_for_a_person, says, screens
):
    asks_for_a_person("كريم عادل", "عايز شقة في المعادي للإيجار", person=ARABIC)
    asks_for_a_person("Hany Adel", "studio for rent in Maadi")
    mona = sign_in("Mona")
    mona.evaluate("window.sameDocument = true")

    customer = asks_for_a_person("Alia Hassan")
    expect(row(mona, customer)).to_contain_text(WAITS)
    assert mona.evaluate("window.sameDocument"), "it was there without reloading"

    row(mona, customer).click()
    expect(mona.locator("#lock")).to_have_text(WAITS)
    mona.evaluate("window.sameDocument = true")
    mona.get_by_role("button", name="Take over").click()
    expect(mona.locator("#lock")).to_have_text("You are answering")
    expect(mona.locator(".log .note", has_text="Mona took over")).to_be_visible()

    mona.locator("#text").fill("Good morning Alia, Mona here. Which of these would you like to see?")
    mona.get_by_role("button", name="Answer", exact=True).click()
    arrives(system, customer, "Good morning Alia, Mona here. Which of these would you like to see?")
    expect(mona.locator("#text")).to_have_value("")

    says(customer, "The second one, on Thursday if possible", name="Alia Hassan")
    expect(bubbles(mona).last).to_have_text("The second one, on Thursday if possible")
    expect(mona.locator(".log .bubble.agent .ticks.read")).to_be_visible()
    screens(mona, "desk-conversation")  # the picture in docs/images/desk.png

    mona.locator("#text").fill("Thursday at five it is. I hand you back to our assistant.")
    mona.locator("#text").press("Control+Shift+Enter")
    arrives(system, customer, "Thursday at five it is. I hand you back to our assistant.")
    expect(mona.locator("#lock")).to_have_text("The assistant answers")
    expect(mona.locator("#text")).to_be_disabled()

    before = len(system.sent()[customer])
    says(customer, "villa in Sheikh Zayed under 20 million", name="Alia Hassan")
    wait_for(lambda: len(system.sent()[customer]) > before, 20, system.log)
    expect(mona.locator(".log .bubble.assistant").last).to_contain_text("Zayed")
    assert mona.evaluate("window.sameDocument"), "all of that without reloading"


def test_two_agents_never_answer_over_each_other(system, sign_in, asks_for_a_person, screens):
    customer = asks_for_a_person("Omar Farouk")
    mona, karim = sign_in("Mona"), sign_in("Karim")
    for agent in (mona, karim):
        row(agent, customer).click()
        expect(agent.locator("#lock")).to_have_text(WAITS)
    # Karim's page cannot look again from now on: what he sees is old when he acts.
    karim.route(
        "**/desk/c/**", lambda route: route.abort() if route.request.method == "GET" else route.fallback()
    )
    karim.locator("#text").fill("Karim here, how can I help?")

    mona.get_by_role("button", name="Take over").click()
    expect(mona.locator("#lock")).to_have_text("You are answering")
    karim.locator("#text").press("Control+Enter")
    karim.unroute_all()

    expect(karim.locator("#notice")).to_contain_text("Mona has it")
    expect(karim.locator("#text")).to_have_value("Karim here, how can I help?")
    expect(karim.locator("#lock")).to_have_text("Mona is answering")
    expect(karim.locator("#text")).to_be_disabled()
    screens(karim, "desk-second-agent")

    mona.locator("#text").fill("Mona here.")
    mona.locator("#answer").click()
    arrives(system, customer, "Mona here.")
    assert "Karim here, how can I help?" not in system.sent()[customer]

    karim.get_by_role("button", name="Take over from Mona").click()
    expect(karim.locator("#lock")).to_have_text("You are answering")
    expect(mona.locator("#lock")).to_have_text("Karim is answering")


def test_the_list_shows_who_waits_and_a_search_finds_the_others(
    sign_in, asks_for_a_person, new_customer, says, screens
):
    first = asks_for_a_person(
        "Nour El-Din", "عايز شقة ٣ غرف في التجمع الخامس ميزانيتي ٨ مليون جنيه", person=ARABIC
    )
    second = asks_for_a_person("سارة محمود", "شاليه في الساحل", person=ARABIC)
    quiet = new_customer()
    says(quiet, "studio for rent in Maadi", name="Hany Adel")
    mona = sign_in("Mona")
    expect(row(mona, second)).to_be_visible()

    waiting = mona.locator("a.row .number").all_inner_texts()
    assert waiting.index(first) < waiting.index(second), "what waits longest is on top"
    screens(mona, "desk-list")

    mona.get_by_role("link", name="Assistant", exact=True).click()
    expect(row(mona, quiet)).to_be_visible()
    expect(row(mona, first)).to_have_count(0)

    mona.keyboard.press("/")
    mona.locator("#query").fill(first[-7:])
    mona.locator("#query").press("Enter")
    expect(mona.locator("a.row")).to_have_count(1)
    expect(row(mona, first)).to_be_visible()

    mona.locator("#query").fill("in Maadi")
    mona.locator("#query").press("Enter")
    expect(row(mona, quiet)).to_be_visible()
    expect(row(mona, second)).to_have_count(0)


def test_a_phone_goes_from_the_list_to_a_conversation_and_back(system, sign_in, asks_for_a_person, screens):
    customer = asks_for_a_person("Youssef Sami")
    mona = sign_in("Mona", phone=True)
    expect(row(mona, customer)).to_be_visible()
    mona.evaluate("document.querySelector('.live span').textContent = 'A very long state of the connection'")
    assert mona.evaluate("document.documentElement.scrollWidth <= screen.width"), "nothing to scroll sideways"
    screens(mona, "desk-phone-list")

    row(mona, customer).tap()
    expect(mona.locator(".list")).to_be_hidden()
    expect(mona.get_by_role("button", name="Take over")).to_be_in_viewport()
    mona.get_by_role("button", name="Take over").tap()
    expect(mona.locator("#lock")).to_have_text("You are answering")
    mona.locator("#text").fill("Hello Youssef, this is Mona.")
    expect(mona.get_by_role("button", name="Answer", exact=True)).to_be_in_viewport()
    screens(mona, "desk-phone-conversation")
    mona.get_by_role("button", name="Answer", exact=True).tap()
    arrives(system, customer, "Hello Youssef, this is Mona.")
    assert mona.evaluate("document.documentElement.scrollWidth <= screen.width"), "nothing to scroll sideways"

    mona.get_by_role("link", name="Back to the list").tap()
    expect(mona.locator(".list")).to_be_visible()
    expect(row(mona, customer)).to_contain_text("You are answering")


def test_in_arabic_the_desk_is_written_from_right_to_left(system, sign_in, asks_for_a_person, screens):
    customer = asks_for_a_person("منى السيد", "عايزة فيلا في الشيخ زايد تحت ٢٠ مليون", person=ARABIC)
    page = sign_in("منى")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")

    row(page, customer).click()
    page.get_by_role("button", name="استلام").click()
    expect(page.locator("#lock")).to_have_text("أنت ترد الآن")
    page.locator("#text").fill("أهلًا بحضرتك، معاكِ منى من المبيعات.")
    page.locator("#answer").click()
    arrives(system, customer, "أهلًا بحضرتك، معاكِ منى من المبيعات.")
    expect(page.locator(".log .bubble.agent .ticks").last).to_be_visible()
    screens(page, "desk-arabic")

    box, list_ = page.locator(".talk").bounding_box(), page.locator(".list").bounding_box()
    assert list_["x"] > box["x"], "the list is on the right"
    # In one go: the log is exchanged whenever ticks change, and an element that was found may have left the page.
    mine, theirs = page.evaluate(
        """() => [".log .bubble.agent", ".log .bubble.user"].map(
            (one) => document.querySelector(one).getBoundingClientRect().right,
        )"""
    )
    assert theirs > mine, "the customer is at the start of the line"


def test_everything_is_readable_in_dark_mode(system, sign_in, asks_for_a_person, screens):
    customer = asks_for_a_person("Laila Mostafa")
    mona = sign_in("Mona", dark=True)
    takes_over(mona, customer)
    mona.locator("#text").fill("Good evening Laila")
    mona.locator("#answer").click()
    arrives(system, customer, "Good evening Laila")
    expect(mona.locator(".log .bubble.agent .ticks")).to_be_visible()
    screens(mona, "desk-dark")

    assert contrast(mona, ".log .bubble.user .text", ".log .bubble.user") > 7
    assert contrast(mona, ".log .bubble.agent .text", ".log .bubble.agent") > 4.5
    assert contrast(mona, ".row-name", ".list") > 7


def test_quick_answers_arrive_in_their_order_and_keys_do_the_rest(system, sign_in, asks_for_a_person):
    customer = asks_for_a_person("Tarek Aziz")
    mona = sign_in("Mona")
    expect(row(mona, customer)).to_contain_text(WAITS)
    expect(mona.locator(".live")).to_be_visible()  # the scripts are there
    for _ in range(mona.locator("a.row").count()):
        mona.keyboard.press("j")
        if customer in mona.locator(":focus").inner_text():
            break
    mona.keyboard.press("Enter")
    expect(mona.locator("#lock")).to_have_text(WAITS)
    expect(mona.locator(".live")).to_be_visible()
    mona.keyboard.press("t")
    expect(mona.locator("#lock")).to_have_text("You are answering")

    mona.locator("body").press("r")
    lines = [f"line {number}" for number in range(4)]
    for line in lines:
        mona.keyboard.type(line)
        mona.keyboard.press("Control+Enter")
    arrives(system, customer, lines[-1])
    assert system.sent()[customer][-4:] == lines
    expect(mona.locator(".log .pending")).to_have_count(0)
    expect(mona.locator(".log .bubble.agent")).to_have_count(4)

    mona.keyboard.press("Escape")
    mona.keyboard.press("?")
    expect(mona.locator("#help")).to_be_visible()


def test_a_draft_survives_a_reload_and_closing_asks_first(system, sign_in, asks_for_a_person, screens):
    customer = asks_for_a_person("Dina Kamal")
    mona = sign_in("Mona")
    takes_over(mona, customer)
    mona.locator("#text").fill("half a thought")
    mona.reload()
    expect(mona.locator("#text")).to_have_value("half a thought")

    mona.locator("#more > summary").click()
    mona.get_by_text("Forget…").click()
    expect(mona.locator("#sure-forget p")).to_contain_text("It cannot be undone")
    screens(mona, "desk-forget")
    mona.get_by_text("Close…").click()
    mona.get_by_role("button", name="Yes, close it").click()
    expect(mona.locator("#lock")).to_contain_text("Closed")
    expect(mona.locator("#no-answer")).to_be_visible()

    mona.locator("#more > summary").click()
    mona.get_by_text("Forget…").click()
    mona.get_by_role("button", name="Yes, forget this customer").click()
    expect(mona).to_have_url(re.compile(r"/desk/$"))
    assert system.inturn("sessions", "show", customer).returncode == 1


def test_a_draft_goes_along_when_the_number_changes_while_it_is_written(
    system, sign_in, asks_for_a_person, new_customer, says
):
    customer, number = asks_for_a_person("Hoda Amin"), new_customer()
    mona = sign_in("Mona")
    row(mona, customer).click()
    mona.locator("#text").fill("half a thought")
    says(customer, "", kind="system", details={"type": "user_changed_number", "wa_id": number.lstrip("+")})

    expect(mona.locator("#known")).to_contain_text(number)
    expect(mona.locator("#text")).to_have_value("half a thought")
    mona.locator("#answer").click()
    wait_for(lambda: system.sent().get(number) == ["half a thought"], 20, system.log)


def test_beyond_the_limit_of_streams_a_page_polls(system, sign_in, asks_for_a_person):
    pages = [sign_in(f"Agent {n}") for n in range(4)]

    for page in pages:
        expect(page.locator(".live")).to_be_visible()
    states = [page.locator(".live").get_attribute("data-state") for page in pages]
    assert states.count("polling") >= 1, states
    customer = asks_for_a_person("Samir Nabil")

    for page in pages:
        expect(row(page, customer)).to_contain_text(WAITS)


def test_it_works_without_scripts(system, sign_in, asks_for_a_person):
    customer = asks_for_a_person("Amal Fathy")
    mona = sign_in("Mona", java_script_enabled=False)
    takes_over(mona, customer)

    mona.locator("#text").fill("Hello Amal")
    mona.get_by_role("button", name="Answer and hand back").click()

    arrives(system, customer, "Hello Amal")
    expect(mona.locator("#lock")).to_have_text("The assistant answers")


def test_after_a_day_an_agent_sends_a_template_with_a_picture(system, sign_in, asks_for_a_person, screens):
    pulled = system.inturn("templates", "pull")
    assert pulled.returncode == 0, pulled.stdout + pulled.stderr
    customer = asks_for_a_person("Salma Nabil")
    mona = sign_in("Mona")
    takes_over(mona, customer)
    with SessionManager.from_url(f"redis://127.0.0.1:{system.redis_port}") as sessions:
        ended = sessions.get(customer).window_until - timedelta(days=2)
        sessions.update(customer, window_until=ended)

    mona.reload()
    mona.get_by_text("Send a message template").click()
    mona.locator("#template").select_option(label="new_villa (en)")
    mona.get_by_role("button", name="Choose").click()
    form = mona.locator("#template-form")
    form.get_by_label("{{1}}").fill("Maadi     east")
    form.get_by_label("the code to copy").fill("VILLA10")
    form.locator("#template-file").set_input_files(
        {"name": "villa.jpg", "mimeType": "image/jpeg", "buffer": sample(Kind.IMAGE)}
    )
    screens(mona, "desk-template")
    form.get_by_role("button", name="Answer", exact=True).click()
    expect(mona.locator("[data-refused]")).to_contain_text("no five spaces in a row")
    expect(mona.locator(".live")).to_have_attribute("data-state", re.compile("on|polling"))

    form.get_by_label("{{1}}").fill("Maadi")
    form.locator("#template-file").set_input_files(
        {"name": "villa.jpg", "mimeType": "image/jpeg", "buffer": sample(Kind.IMAGE)}
    )
    form.get_by_role("button", name="Answer", exact=True).click()

    arrives(system, customer, "A new villa in Maadi.")
    sent = mona.locator(".log .bubble.agent", has_text="A new villa in Maadi.")
    expect(sent.locator(".picture img")).to_have_js_property("naturalWidth", 320)
    expect(mona.locator("[data-refused]")).to_have_count(0)


def test_an_agent_cancels_what_the_assistant_has_planned(system, sign_in, new_customer, says, screens):
    customer = new_customer()
    says(customer, "remind me of the viewing, and let me talk to a person", name="Rana Fouad")
    mona = sign_in("Mona")
    row(mona, customer).click()
    expect(mona.locator(".timers li")).to_have_text(
        [re.compile("viewing is in an hour"), re.compile("like it")]
    )
    screens(mona, "desk-timer")
    mona.evaluate("window.sameDocument = true")

    for name in ("viewing", "call"):
        mona.get_by_role("button", name=f"Cancel: {name}").click(no_wait_after=True)

    expect(mona.locator(".timers")).to_have_count(0)
    expect(mona.locator(".log .note", has_text="Mona cancelled what was planned")).to_have_count(2)
    gone = mona.locator(".log .note", has_text="Not planned any more")
    expect(gone).to_have_text([re.compile("viewing"), re.compile("call")])
    assert mona.evaluate("window.sameDocument"), "without reloading"


def test_an_agent_decides_what_the_assistant_asks(system, sign_in, new_customer, says, screens):
    customer = new_customer()
    for what in ("a refund please", "another refund please"):
        says(customer, what, name="Rana Fouad")
        arrives(system, customer, "I ask a colleague.")
    mona = sign_in("Mona")
    expect(row(mona, customer).locator(".decision")).to_have_text("A decision is waiting")
    row(mona, customer).click()
    asked = mona.locator(".approval")
    expect(asked).to_have_count(2)
    expect(asked.first.locator(".answers")).to_contain_text("EGP 500")
    screens(mona, "desk-approval")
    mona.evaluate("window.sameDocument = true")

    # What is being written stays when the page learns of something else.
    asked.last.get_by_label("Note for the assistant").fill("Once is enough.")
    asked.first.get_by_role("button", name="Approve").click(no_wait_after=True)

    arrives(system, customer, "Your refund is on its way.")
    expect(asked).to_have_count(1)
    expect(asked.get_by_label("Note for the assistant")).to_have_value("Once is enough.")
    asked.get_by_role("button", name="Decline").click(no_wait_after=True)
    arrives(system, customer, "No refund. Once is enough.")
    expect(asked).to_have_count(0)
    expect(mona.locator(".log .note", has_text="Mona approved")).to_have_count(1)
    expect(mona.locator(".log .note", has_text="Mona declined")).to_contain_text("Once is enough.")
    expect(row(mona, customer).locator(".decision")).to_have_count(0)
    assert mona.evaluate("window.sameDocument"), "without reloading"


def test_a_decision_is_made_on_a_phone_and_in_arabic(system, sign_in, new_customer, says, screens):
    customer = new_customer()
    says(customer, "please refund the whole of order 4711 that never came to me", name="Rana Fouad")
    arrives(system, customer, "I ask a colleague.")
    page = sign_in("منى", phone=True)
    page.get_by_role("button", name="العربية").tap()
    expect(row(page, customer).locator(".decision")).to_have_text("قرار بانتظار أحد")
    row(page, customer).tap()

    approve = page.get_by_role("button", name="موافقة")
    approve.scroll_into_view_if_needed()
    expect(approve).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= screen.width"), "nothing to scroll sideways"
    screens(page, "desk-approval-phone")
    approve.tap(no_wait_after=True)

    arrives(system, customer, "Your refund is on its way.")
    expect(page.locator(".log .note", has_text="وافق منى")).to_have_count(1)


def test_the_sign_in_page(system, open_page, screens):
    page = open_page(f"{system.webhook}/desk/")
    page.locator("#name").fill("Mona")
    page.locator("#password").fill("not the password")
    page.locator("form.card button").click()

    expect(page.locator("#wrong")).to_be_visible()
    screens(page, "desk-login")


def contrast(page: Page, text: str, ground: str) -> float:
    """How much a text differs from its ground, as the web's rules for reading reckon it (1 to 21)."""
    colours = page.evaluate(
        """([text, ground]) => [
            getComputedStyle(document.querySelector(text)).color,
            getComputedStyle(document.querySelector(ground)).backgroundColor,
        ]""",
        [text, ground],
    )
    light, dark = sorted((luminance(colour) for colour in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_everything_that_a_customer_sends_is_seen_and_heard(
    system, sign_in, asks_for_a_person, says, screens
):
    customer = asks_for_a_person("Alia Hassan")
    mona = sign_in("Mona")
    row(mona, customer).click()
    for kind, more in (
        ("image", {}),
        ("voice", {}),
        ("document", {"filename": "عقد الإيجار 2026.pdf"}),
        ("location", {"location": {"latitude": 30.04441, "longitude": 31.23571, "name": "Tahrir Square"}}),
        (
            "contacts",
            {"details": {"name": {"formatted_name": "Omar"}, "phones": [{"phone": "+20 100 555 0101"}]}},
        ),
        ("order", {"details": ORDER}),
    ):
        says(customer, "our flat" if kind == "image" else "", name="Alia Hassan", kind=kind, **more)

    picture = mona.get_by_role("img", name="our flat")
    expect(picture).to_have_js_property("naturalWidth", 320)
    expect(mona.locator(".log audio")).to_have_js_property("preload", "none")
    expect(mona.locator(".log a.sheet", has_text="عقد الإيجار 2026.pdf")).to_contain_text("PDF")
    expect(mona.locator(".log .place")).to_contain_text("30.04441, 31.23571")
    expect(mona.locator(".log .order")).to_contain_text("4,500,000 EGP")
    mona.locator(".log audio").evaluate("sound => { sound.muted = true; return sound.play(); }")
    screens(mona, "desk-contents")

    picture.evaluate("one => { one.dataset.same = 'yes'; }")
    says(customer, "did you hear it?", name="Alia Hassan")
    expect(bubbles(mona).last).to_have_text("did you hear it?")
    expect(picture).to_have_attribute("data-same", "yes")

    mona.get_by_role("button", name="العربية").click()
    expect(mona.locator("html")).to_have_attribute("dir", "rtl")
    expect(mona.locator(".log .place")).to_contain_text("اعرضه على الخريطة")
    screens(mona, "desk-contents-arabic")


def test_an_agent_attaches_a_file(system, sign_in, asks_for_a_person, screens):
    customer = asks_for_a_person("Omar Hassan")
    mona = sign_in("Mona")
    takes_over(mona, customer)

    large = {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": bytes(5 * 1024 * 1024 + 1)}
    mona.locator("#file").set_input_files(large)
    expect(mona.locator("#notice")).to_contain_text("WhatsApp takes 5 MB of this kind")
    expect(mona.locator(".attached")).to_be_hidden()

    for event, carries in (("paste", "clipboardData"), ("drop", "dataTransfer")):
        mona.locator("#text").evaluate(GIVE, [event, carries])
        expect(mona.locator(".attached b")).to_have_text(f"{event}.png")
        mona.get_by_role("button", name="Remove the file").click()
        expect(mona.locator(".attached")).to_be_hidden()

    mona.locator("#file").set_input_files(
        {"name": "flat.jpg", "mimeType": "image/jpeg", "buffer": sample(Kind.IMAGE)}
    )
    mona.locator("#text").fill("This is the living room.")
    expect(mona.locator(".attached canvas")).to_be_visible()
    screens(mona, "desk-attaching")
    mona.locator("#answer").click()

    arrives(system, customer, "This is the living room.")
    expect(mona.get_by_role("img", name="This is the living room.")).to_have_js_property("naturalWidth", 320)
    expect(mona.locator(".attached")).to_be_hidden()
    expect(mona.locator("#text")).to_have_value("")
