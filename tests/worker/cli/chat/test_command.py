"""`inturn chat`, against a simulator that obeys the test and, once, against the real one."""

import json
import threading

import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from tests.worker.cli.chat.simulators import BUTTONS, FakeSimulator, phone_of
from webhook.simulator.app import create_app
from webhook.simulator.settings import Settings
from worker.cli.chat.command import chat, converse


def run(simulator, *arguments, **options):
    return CliRunner().invoke(chat, arguments, obj=httpx.MockTransport(simulator), **options)


class Keyboard:
    """Types each line when its condition is true, and ends like Ctrl-D."""

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
    """Chats with a simulator; returns what was printed."""
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


def test_an_unreachable_webhook_is_reported_and_the_chat_continues(chatting):
    simulator = FakeSimulator()
    simulator.problem = "the webhook cannot be reached; start it with make run"

    screen = chatting(simulator, (None, "hi"), (f"({simulator.problem})", "/quit"))

    assert screen == [f"({simulator.problem})"]


def test_an_interrupt_leaves_quietly(chatting):
    assert chatting(FakeSimulator(), (None, KeyboardInterrupt)) == [""]


def test_the_end_of_input_leaves_quietly():
    simulator = FakeSimulator()

    result = run(simulator, "--from", "US.123", input="")
    simulator.close()

    assert result.exit_code == 0
    assert result.output.startswith("You are US.123 on meta.")
    assert simulator.paths == {"/simulator/customers/US.123/messages"}


def test_lines_from_a_pipe_wait_for_their_answers_and_show_no_prompt(clock):
    simulator = FakeSimulator(["Hello!"], clock=clock)

    result = run(simulator, "--timeout", "0.2", "--quiet", "0.01", input="hi\n/quit\nnever sent\n")

    assert result.output.splitlines()[1:] == ["you: hi", "bot: Hello!"]
    assert result.exit_code == 0
    assert [said["text"] for said in simulator.said] == ["hi"]


def test_each_channel_has_its_own_customer():
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
        result.output
        == "Error: no simulator answers at http://127.0.0.1:9 (ConnectError); start it with make run\n"
    )


@pytest.mark.parametrize("url", ["foo", "127.0.0.1:8001", "ftp://127.0.0.1"])
def test_an_invalid_url_is_reported(url):
    result = run(FakeSimulator(), "--url", url, "--script", "-")

    assert result.exit_code == 2
    assert "begins with http:// or https://" in result.output


def test_something_else_at_the_address_is_a_clear_error():
    result = run(lambda _: httpx.Response(200, text="<html>"), env={"SIMULATOR_URL": "http://elsewhere"})

    assert result.exit_code == 1
    assert "no simulator answers at http://elsewhere" in result.output


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
