"""The chat in the terminal, against a simulator that obeys the test and, once, against the real one."""

import json
import threading
from urllib.parse import unquote

import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from webhook.simulator.app import create_app
from webhook.simulator.settings import Settings
from worker.cli.chat import Mistake, Phone, Script, chat, converse, read_line, shown

BUTTONS = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
ROWS = [{"id": "r1", "title": "Zamalek", "description": "two rooms"}, {"id": "r2", "title": "Maadi"}]


class FakeSimulator:
    """Answers each message with the replies that the test laid out for it; keeps what was said.

    Long polls that find nothing let the clock run, if there is one, and else wait for `tell` or `close`.
    """

    def __init__(self, *answers, clock=None):
        self.said = []
        self.paths = set()
        self.status = 200
        self.refusal = None
        self._answers = list(answers)
        self._clock = clock
        self._replies = []
        self._changed = threading.Condition()
        self._closed = False

    def tell(self, *replies):
        with self._changed:
            for reply in replies:
                n = len(self._replies) + 1
                known = {"n": n, "id": f"wamid.{n}", "type": "text", "buttons": [], "rows": []}
                self._replies.append(known | (reply if isinstance(reply, dict) else {"text": reply}))
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __call__(self, request):
        self.paths.add(unquote(request.url.path))
        if request.method == "GET":
            return httpx.Response(200, json=self._poll(request.url.params))
        self.said.append(json.loads(request.content))
        if self.refusal:
            return httpx.Response(502, json={"error": self.refusal})
        if self._answers:
            self.tell(*self._answers.pop(0))
        return httpx.Response(200, json={"id": "wamid.x", "status": self.status})

    def _poll(self, query):
        after, wait = int(query["after"]), float(query.get("wait", 0))
        with self._changed:
            if self._clock is None and wait:
                self._changed.wait_for(lambda: self._closed or len(self._replies) > after)
            found = self._replies[after:]
            last = len(self._replies)
        if self._clock and not found:
            self._clock.move(seconds=wait)
        return {"messages": found, "last": last}


def run(simulator, *arguments, **options):
    return CliRunner().invoke(chat, arguments, obj=httpx.MockTransport(simulator), **options)


def phone_of(simulator, **fields):
    client = httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://simulator")
    return Phone(client=client, **{"customer": "+201001234567", "channel": "meta"} | fields)


@pytest.fixture
def play(clock):
    """Runs a script; returns its transcript and whether all was answered."""

    def run_lines(simulator, *lines, **fields):
        simulator._clock = clock
        transcript = []
        script = Script(
            phone=phone_of(simulator, **fields), clock=clock, timeout=15, quiet=0.4, echo=transcript.append
        )
        answered = script.run(f"{line}\n" for line in lines)
        return "\n".join(transcript).split("\n"), answered

    return run_lines


def test_a_script_prints_what_both_sides_say(play):
    simulator = FakeSimulator(["Hello!", "How can I help?"], ["أهلا\nوسهلا"])

    transcript, answered = play(simulator, "# a greeting", "hi", "", "مرحبا")

    assert answered
    assert transcript == [
        "you: hi",
        "bot: Hello!",
        "bot: How can I help?",
        "you: مرحبا",
        "bot: أهلا",
        "     وسهلا",
    ]
    assert simulator.said == [{"channel": "meta", "text": "hi"}, {"channel": "meta", "text": "مرحبا"}]
    assert simulator.paths == {"/simulator/customers/+201001234567/messages"}


def test_buttons_and_rows_are_numbered_and_tapped(play):
    simulator = FakeSimulator(
        [{"type": "interactive", "text": "Sure?", "buttons": BUTTONS}],
        ["Then choose.", {"type": "interactive", "text": "Where?", "rows": ROWS}],
        ["Done."],
    )

    transcript, _ = play(simulator, "hi", "/2", "/1", channel="twilio")

    assert transcript == [
        "you: hi",
        "bot: Sure?",
        "     /1 Yes",
        "     /2 No",
        "you: [No]",
        "bot: Then choose.",
        "bot: Where?",
        "     /1 Zamalek - two rooms",
        "     /2 Maadi",
        "you: [Zamalek]",
        "bot: Done.",
    ]
    assert simulator.said[1:] == [
        {"channel": "twilio", "kind": "button", "button": BUTTONS[1], "replyTo": "wamid.1"},
        {"channel": "twilio", "kind": "choice", "row": ROWS[0], "replyTo": "wamid.3"},
    ]


def test_a_script_sends_what_is_no_text(play):
    simulator = FakeSimulator(*[["seen"]] * 4)

    transcript, _ = play(simulator, "/image my flat", "/image", "/voice", "/location 30.06 31.22")

    assert transcript[::2] == [
        "you: (image) my flat",
        "you: (image)",
        "you: (voice)",
        "you: (location) 30.06 31.22",
    ]
    assert simulator.said[3] == {
        "channel": "meta",
        "kind": "location",
        "location": {"latitude": 30.06, "longitude": 31.22},
    }


def test_a_line_without_an_answer_is_told_and_the_rest_goes_on(play, clock):
    began = clock.now()

    transcript, answered = play(FakeSimulator([], ["Here I am."]), "hi", "anybody?")

    assert not answered
    assert transcript == ["you: hi", "(no answer within 15 s)", "you: anybody?", "bot: Here I am."]
    assert (clock.now() - began).total_seconds() == pytest.approx(15.4)


def test_wait_collects_what_comes_without_being_asked(play, clock):
    simulator = FakeSimulator()
    simulator.tell("Still there?", "Goodbye.")
    began = clock.now()

    transcript, answered = play(simulator, "/wait 2")

    assert answered
    assert transcript == ["bot: Still there?", "bot: Goodbye."]
    assert (clock.now() - began).total_seconds() == 2


def test_a_webhook_that_refuses_is_no_answer(play):
    simulator = FakeSimulator(["never shown"])
    simulator.status = 401

    transcript, answered = play(simulator, "hi")

    assert not answered
    assert transcript == ["you: hi", "(the webhook answered 401)"]


@pytest.mark.parametrize("line", ["/nonsense", "/3", "/0", "/location here", "/wait long", "/imagecaption"])
def test_a_line_that_means_nothing_says_so(line):
    with pytest.raises(Mistake):
        read_line(line, [{"kind": "button"}, {"kind": "button"}])


def test_what_is_neither_text_nor_interactive_is_named():
    assert shown({"type": "image", "text": "plan"}) == "bot: (image) plan"
    assert shown({"type": "contacts"}) == "bot: (contacts)"


def test_what_was_said_before_is_not_shown_again():
    simulator = FakeSimulator()
    simulator.tell("yesterday")
    phone = phone_of(simulator)

    phone.open()
    simulator.tell("today")

    assert [reply["text"] for reply in phone.listen(0)] == ["today"]


def test_a_simulator_that_started_again_is_heard_again():
    simulator = FakeSimulator(clock=None)
    phone = phone_of(simulator, after=7)

    assert phone.listen(0) == []
    simulator.tell("new times")

    assert [reply["text"] for reply in phone.listen(0)] == ["new times"]


class Keyboard:
    """Types lines, each when its condition has come true, and leaves at the end as by Ctrl-D."""

    def __init__(self, *lines):
        self._lines = list(lines)
        self.screen = []
        self._changed = threading.Condition()

    def echo(self, text):
        with self._changed:
            self.screen.append(text)
            self._changed.notify_all()

    def read(self, prompt):
        if not self._lines:
            raise EOFError
        seen, line = self._lines.pop(0)
        with self._changed:
            assert self._changed.wait_for(lambda: seen is None or seen in self.screen, timeout=10), (
                self.screen
            )
        if line is KeyboardInterrupt:
            raise KeyboardInterrupt
        return line


@pytest.fixture
def chatting():
    """Lets a keyboard chat with a simulator; returns the screen."""
    simulators = []

    def begin(simulator, *lines):
        simulators.append(simulator)
        keyboard = Keyboard(*lines)
        converse(phone_of(simulator), read=keyboard.read, echo=keyboard.echo, above=keyboard.echo)
        return keyboard.screen

    yield begin
    for simulator in simulators:
        simulator.close()


def test_replies_show_while_the_next_line_is_being_typed(chatting):
    simulator = FakeSimulator([{"type": "interactive", "text": "Sure?", "buttons": BUTTONS}], ["Fine."])

    # Each line is typed only after the reply before it is on the screen: nobody pressed Enter for it to show.
    screen = chatting(
        simulator, (None, "hi"), ("bot: Sure?\n     /1 Yes\n     /2 No", "/1"), ("bot: Fine.", "/quit")
    )

    assert screen == ["bot: Sure?\n     /1 Yes\n     /2 No", "bot: Fine."]
    assert simulator.said[1]["button"] == BUTTONS[0]


def test_help_and_mistakes_do_not_end_a_chat(chatting):
    simulator = FakeSimulator()

    screen = chatting(
        simulator, (None, "/help"), (None, "/9"), (None, "/nope"), (None, ""), (None, "/wait 1")
    )

    assert "/image" in screen[0]
    assert screen[1:] == [
        "(there is no /9 to tap)",
        "(unknown command: /nope; /help lists all commands)",
        "(/wait is for scripts only)",
        "",
    ]
    assert simulator.said == []


def test_an_absent_webhook_is_told_and_the_chat_goes_on(chatting):
    simulator = FakeSimulator()
    simulator.refusal = "the webhook cannot be reached; start it with make run"

    screen = chatting(simulator, (None, "hi"), (f"({simulator.refusal})", "/quit"))

    assert screen == [f"({simulator.refusal})"]


def test_an_interrupt_leaves_quietly(chatting):
    assert chatting(FakeSimulator(), (None, KeyboardInterrupt)) == [""]


def test_the_end_of_input_leaves_quietly():
    simulator = FakeSimulator()

    result = run(simulator, "--from", "US.123", input="")
    simulator.close()

    assert result.exit_code == 0
    assert result.output.startswith("You are US.123 on meta.")
    assert simulator.paths == {"/simulator/customers/US.123/messages"}


def test_each_channel_has_a_customer_of_its_own():
    customers = []
    for channel in ("meta", "twilio"):
        simulator = FakeSimulator()
        said = run(simulator, "--channel", channel, input="").output
        simulator.close()
        customers.append(said.split()[2])

    assert customers == ["+201001234567", "+919840930854"]


def test_no_simulator_is_a_clear_error():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    result = run(refuse, "--url", "http://127.0.0.1:9")

    assert result.exit_code == 1
    assert (
        result.output == "Error: no simulator at http://127.0.0.1:9 (ConnectError); start it with make run\n"
    )


@pytest.mark.parametrize("url", ["foo", "127.0.0.1:8001", "ftp://127.0.0.1"])
def test_an_address_that_is_no_url_is_said(url):
    result = run(FakeSimulator(), "--url", url, "--script", "-")

    assert result.exit_code == 2
    assert "begins with http:// or https://" in result.output


def test_something_else_at_the_address_is_a_clear_error():
    result = run(lambda _: httpx.Response(200, text="<html>"), env={"SIMULATOR_URL": "http://elsewhere"})

    assert result.exit_code == 1
    assert "no simulator at http://elsewhere" in result.output


def test_a_script_against_the_real_simulator(tmp_path):
    """The webhook here is an assistant of one line, which repeats what it hears; at "nothing" it is silent."""

    def repeat(request):
        body = json.loads(request.content)
        for message in body["entry"][0]["changes"][0]["value"].get("messages", []):
            text = message.get("text", {}).get("body", message["type"])
            payload = {"messaging_product": "whatsapp", "to": message["from"], "type": "text"}
            if text != "nothing":
                headers = {"Authorization": "Bearer token"}
                payload["text"] = {"body": f"You said: {text}"}
                app.test_client().post("/v23.0/1/messages", json=payload, headers=headers, buffered=True)
        return httpx.Response(200)

    settings = Settings(
        meta_app_secret=SecretStr("secret"), meta_access_token=SecretStr("token"), meta_phone_number_id="1"
    )
    app = create_app(settings, client=httpx.Client(transport=httpx.MockTransport(repeat)))
    script = tmp_path / "script"
    script.write_text("# first\nعايز شقة\n/image a flat\nnothing\n", encoding="utf-8")

    arguments = ["--script", str(script), "--timeout", "0.2", "--quiet", "0.01"]
    result = CliRunner().invoke(chat, arguments, obj=httpx.WSGITransport(app=app))

    assert result.output.splitlines() == [
        "you: عايز شقة",
        "bot: You said: عايز شقة",
        "you: (image) a flat",
        "bot: You said: image",
        "you: nothing",
        "(no answer within 0.2 s)",
    ]
    assert result.exit_code == 1
