"""`inturn campaign`, on a real server."""

import csv
import json
import os
import subprocess
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from session.keys import Keys
from session.store import CampaignStore, Runner, Scripts, TemplateStore
from session.template_definitions import ButtonForm, Definition, HeaderForm
from worker.cli import campaign_new as command
from worker.cli import main
from worker.cli.folder import PYTHON

REMINDER = Definition(
    account="meta:1",
    name="viewing_reminder",
    language="en",
    status="APPROVED",
    header=HeaderForm(kind="text", text="Your viewing on {{1}}"),
    body="Hello {{1}}, we meet at {{2}}.",
    buttons=(ButtonForm(title="I will be there", needs="payload"),),
)
NEWS = Definition(account="meta:1", name="news", language="en", status="APPROVED", body="News for {{1}}.")
GUESTS = "to,1,2,header\n+201001234567,Alia,10:00,Thursday\n+201001234568,Omar,11:00,Thursday\n"
SOON = "At the pace of its sender this takes less than a minute. To begin: inturn campaign start guests"
SETTINGS = {
    "META_ACCESS_TOKEN": "token",
    "META_PHONE_NUMBER_ID": "106",
    "META_BUSINESS_ACCOUNT_ID": "1",
    "DEFAULT_COUNTRY": "EG",
}


@pytest.fixture
def keep(valkey):
    """Keep definitions of an account, as `inturn templates pull` does."""
    store = TemplateStore(Scripts.load(), Keys())
    return lambda *known: Runner(valkey)(store.put(known[0].account, list(known)))


@pytest.fixture
def inturn(valkey_socket, keep, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    keep(REMINDER, NEWS)
    (tmp_path / "guests.csv").write_text(GUESTS)
    return lambda *arguments, **more: CliRunner().invoke(main, ["campaign", *arguments], **more)


def new(inturn, *more, file="guests.csv", template="viewing_reminder"):
    return inturn("new", file, "--template", template, *more)


def kept(inturn):
    return json.loads(inturn("list", "--json").output)


# -- new


def test_a_file_becomes_a_campaign_that_has_sent_nothing(inturn):
    made = new(inturn)

    assert (made.exit_code, made.output) == (
        0,
        f"guests has 2 customers. {SOON}\n",
    )
    (found,) = kept(inturn)
    assert (found["state"], found["total"], found["position"]) == ("new", 2, 0)
    assert (found["template"], found["language"], found["sender"]) == ("viewing_reminder", "en", "meta:106")


def test_every_bad_line_is_named_without_the_whole_number_and_nothing_is_kept(inturn, tmp_path):
    lines = [f"+20100000{n:04},a,b,c,d" for n in range(25)]
    (tmp_path / "guests.csv").write_text("\n".join(["to,1,2,header", *lines, "+20100123456789012345,a,b,c"]))

    refused = new(inturn)

    assert refused.exit_code == 1
    told = refused.output.splitlines()
    assert told[0] == "cannot be used: 26 lines"
    assert told[1] == "  line 2: it has 5 cells under 4 columns"
    assert told[20:] == [
        "  line 21: it has 5 cells under 4 columns",
        "  and 6 more",
        "Error: nothing was kept: correct these lines, or leave them out with --skip-bad",
    ]
    assert kept(inturn) == []


def test_bad_lines_and_repeated_customers_can_be_left_out_and_are_told(inturn, tmp_path):
    bad = "+20100123456789012345,a,b,c\n01001234567,Alia,12:00,Friday\n"
    (tmp_path / "guests.csv").write_text(GUESTS + bad)

    made = new(inturn, "--skip-bad")

    assert made.output.splitlines() == [
        "cannot be used: 1 line",
        "  line 4: to: '…345' is not a phone number",
        "customers who stand there already: 1 line",
        "  line 5: as line 2",
        f"guests has 2 customers, 2 lines left out. {SOON}",
    ]
    assert kept(inturn)[0]["leftOut"] == 2


def test_it_says_how_long_it_takes_by_the_pace_of_the_sender(inturn, tmp_path, monkeypatch):
    numbers = (f"+20100{n:07},Alia,10:00,Thursday\n" for n in range(501))
    (tmp_path / "guests.csv").write_text("to,1,2,header\n" + "".join(numbers))
    (tmp_path / "senders.toml").write_text(
        '[[sender]]\nsender = "meta:106"\n[sender.campaigns]\ncustomers_per_day = 10000\nper_second = 2\n'
    )

    assert "this takes 2 days." in new(inturn).output
    monkeypatch.setenv("SENDERS_FILE", "senders.toml")
    assert "this takes 5 minutes." in new(inturn, "--name", "faster").output


def test_columns_that_are_not_for_the_template_must_be_named(inturn, tmp_path):
    (tmp_path / "guests.csv").write_text("to,1,2,header,city\n+201001234567,Alia,10:00,Thursday,Cairo\n")

    refused = new(inturn)
    assert refused.exit_code == 1
    assert (
        "unknown columns: city; a file for this template has the columns to, 1, 2, header" in refused.output
    )
    assert new(inturn, "--ignore", "city", "--name", "spring").exit_code == 0
    assert kept(inturn)[0]["name"] == "spring"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--template", "unknown"], "no sender has it"),
        (["--sender", "meta:107"], "viewing_reminder can be sent by meta:106"),
        (["--language", "ar"], "viewing_reminder is there in en"),
        (["--name", "Spring sale!"], "'Spring sale!' is no name"),
        (["--hold-back", "91"], "91 is not in the range"),
    ],
)
def test_what_cannot_be_is_a_mistake_in_the_command(inturn, more, why):
    refused = new(inturn, *more)

    assert refused.exit_code == 2
    assert why in refused.output
    assert kept(inturn) == []


def test_what_can_be_read_only_once_is_refused(inturn, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")

    refused = new(inturn, file="pipe.csv")

    assert refused.exit_code == 2
    assert "an ordinary file" in refused.output


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_in_another_encoding_says_what_to_do(inturn, tmp_path, encoding):
    (tmp_path / "guests.csv").write_bytes(GUESTS.replace("Omar", "Ömar").encode(encoding))

    refused = new(inturn)

    assert refused.exit_code == 1
    assert "save the file as CSV UTF-8" in refused.output
    assert kept(inturn) == []


def test_of_several_languages_and_senders_one_must_be_named(inturn, keep, monkeypatch, tmp_path):
    keep(REMINDER, REMINDER.model_copy(update={"language": "ar"}))
    (tmp_path / "senders.toml").write_text('[[sender]]\nsender = "meta:107"\nscope = "estate"\n')
    monkeypatch.setenv("SENDERS_FILE", "senders.toml")

    assert "can be sent by meta:106, meta:107" in new(inturn).output
    assert "is there in ar, en" in new(inturn, "--sender", "meta:107").output
    assert new(inturn, "--sender", "meta:107", "--language", "ar").exit_code == 0
    (found,) = kept(inturn)
    assert (found["sender"], found["scope"], found["language"]) == ("meta:107", "estate", "ar")


def test_a_template_that_cannot_be_sent_is_refused(inturn, keep):
    keep(REMINDER.model_copy(update={"status": "PAUSED"}))

    assert "viewing_reminder is PAUSED, so it cannot be sent" in new(inturn).output


def test_a_name_is_taken_once(inturn):
    new(inturn)

    refused = new(inturn)

    assert refused.exit_code == 1
    assert "the name guests is taken" in refused.output
    assert kept(inturn)[0]["state"] == "new"


def test_a_long_file_is_told_as_it_is_read_and_kept(inturn, tmp_path, monkeypatch):
    numbers = (f"+20100{n:07},Alia,10:00,Thursday\n" for n in range(2500))
    (tmp_path / "guests.csv").write_text("to,1,2,header\n" + "".join(numbers))
    said = []
    monkeypatch.setattr(command, "_say", said.append)

    assert new(inturn).exit_code == 0

    read, kept_ = (
        ["1,000 lines read", "2,000 lines read"],
        [f"{n} customers kept" for n in ("1,000", "2,000", "2,500")],
    )
    assert said == [*read, "", *kept_, ""]


def test_a_command_that_is_interrupted_keeps_nothing(inturn, tmp_path, valkey, monkeypatch):
    numbers = (f"+20100{n:07},Alia,10:00,Thursday\n" for n in range(2500))
    (tmp_path / "guests.csv").write_text("to,1,2,header\n" + "".join(numbers))
    add, seen = CampaignStore.add, []

    def interrupted(store, name, recipients):
        seen.append(len(valkey.keys("campaign_order:*")))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return add(store, name, recipients)

    monkeypatch.setattr(CampaignStore, "add", interrupted)
    stopped = new(inturn)

    assert (stopped.exit_code, seen) == (1, [0, 1, 1])
    assert "Aborted!" in stopped.output
    assert kept(inturn) == []
    assert valkey.keys("campaign*") == []


def test_a_file_that_becomes_worse_while_it_is_read_keeps_nothing(inturn, tmp_path, monkeypatch):
    create = CampaignStore.create

    def changed(store, campaign):
        (tmp_path / "guests.csv").write_text(GUESTS + "nobody,a,b,c\n")
        return create(store, campaign)

    monkeypatch.setattr(CampaignStore, "create", changed)
    refused = new(inturn)

    assert refused.exit_code == 1
    assert "nothing was kept" in refused.output
    assert kept(inturn) == []


# -- what follows


def test_it_starts_pauses_and_goes_on_and_twice_is_once(inturn):
    new(inturn)

    for _ in range(2):
        assert inturn("start", "guests").output == (
            "guests is running: 2 customers to come; inturn campaign show guests\n"
        )
    for _ in range(2):
        assert inturn("pause", "guests", "--why", "the place is full").output == (
            "guests is paused after 0 of 2\n"
        )
    assert "guests is paused (the place is full): 0 of 2 customers" in inturn("show", "guests").output
    inturn("start", "guests")
    running = inturn("remove", "guests", "--yes")
    assert running.exit_code == 1
    assert "is running: pause it first" in running.output


def test_numbers_are_written_alike(inturn, tmp_path):
    numbers = (f"+20100{n:07},Alia,10:00,Thursday\n" for n in range(1200))
    (tmp_path / "guests.csv").write_text("to,1,2,header\n" + "".join(numbers))

    assert "guests has 1,200 customers" in new(inturn).output
    assert "0 of 1,200 customers" in inturn("show", "guests").output


def test_it_says_when_one_that_waits_is_looked_at_again(inturn, valkey):
    new(inturn)
    inturn("start", "guests")
    valkey.hset(
        "campaigns",
        "guests",
        valkey.hget("campaigns", "guests").replace('"why":""', '"why":"it rains"'),
    )
    valkey.zadd("due", {"campaign|guests": 4102444800000})

    assert (
        "guests is running (it rains; looks again at 2100-01-01 00:00 UTC): 0 of 2"
        in inturn("show", "guests").output
    )
    valkey.zadd("due", {"campaign|guests": "inf"})
    assert "guests is running (it rains): 0 of 2" in inturn("show", "guests").output


def test_what_is_not_there_is_said(inturn):
    for name in ("start", "pause", "show", "remove"):
        refused = inturn(name, "nothing")
        assert (refused.exit_code, refused.output) == (1, "Error: there is no campaign nothing\n")
    assert inturn("list").output == "there are no campaigns: inturn campaign new --help\n"


def test_it_is_removed_after_a_question(inturn):
    new(inturn)

    assert inturn("remove", "guests", input="n\n").exit_code == 1
    assert len(kept(inturn)) == 1
    assert inturn("remove", "guests", input="y\n").output.endswith("guests is removed\n")
    assert kept(inturn) == []


def test_outcomes_are_shown_as_figures_a_table_a_chart_and_json(inturn, valkey, tmp_path):
    new(inturn, "--hold-back", "0")
    inturn("start", "guests")
    # The first customer has read and answered, and it has cost something; the second was never reached.
    valkey.hset(Keys().shard(0).outcomes("guests"), "1", "st5k2a1;dt5k2a3;rt5k2a9;et5k2a3,3600 USD;at5k2b9")
    valkey.hset(Keys().shard(0).outcomes("guests"), "2", "st5k2a1;ft5k2a2,131026")

    shown = inturn("show", "guests", "--csv", "outcomes.csv", "--plot", "guests.svg")
    assert shown.exit_code == 0, shown.output
    assert [line.split() for line in shown.output.splitlines()[1:]] == [
        ["failed", "1", "(131026:", "1)"],
        ["read", "1"],
        ["answered", "1"],
        ["cost", "0.0036", "USD"],
    ]
    first, second = csv.DictReader((tmp_path / "outcomes.csv").read_text().splitlines())
    assert (first["customer"], first["state"], first["cost"], first["currency"]) == (
        "+201001234567",
        "read",
        "0.0036",
        "USD",
    )
    assert first["sent"] < first["read"] < first["answered"]
    assert first["sent"].endswith("+00:00")
    assert (second["state"], second["reason"], second["read"]) == ("failed", "131026", "")
    assert (
        ET.fromstring((tmp_path / "guests.svg").read_text())
        .findtext("{http://www.w3.org/2000/svg}desc")
        .startswith("sent 2, delivered 1, read 1, answered 1")
    )
    as_json = json.loads(inturn("show", "guests", "--json").output)
    assert as_json["states"] == {"failed": 1, "read": 1}
    assert as_json["reasons"] == {"failed": {"131026": 1}}
    assert (as_json["answered"], as_json["costs"]) == (1, [{"micros": 3600, "currency": "USD"}])
    printed = inturn("show", "guests", "--csv", "-").output
    assert printed == (tmp_path / "outcomes.csv").read_text()
    assert inturn("show", "guests", "--csv", "/dev/stdout").output == printed


def test_it_says_in_words_why_something_was_not_sent(inturn, valkey):
    new(inturn)
    inturn("start", "guests")
    valkey.hset(Keys().shard(0).outcomes("guests"), mapping={"1": "xt5k2a1,held", "2": "xt5k2a1,strange"})

    shown = inturn("show", "guests").output

    assert "declined             2  (a person has the conversation: 1, strange: 1)\n" in shown


@pytest.mark.parametrize("linked", [False, True])
def test_what_is_no_ordinary_file_is_written_to_directly(inturn, tmp_path, linked):
    new(inturn)
    place = tmp_path / "pipe"
    if linked:
        (tmp_path / "real.csv").touch()
        place.symlink_to(tmp_path / "real.csv")
    else:
        os.mkfifo(place)
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)

    assert inturn("show", "guests", "--csv", "pipe").exit_code == 0

    assert os.read(reader, 10_000).startswith(b"row,customer,state")
    os.close(reader)
    assert place.is_symlink() is linked


def test_a_reader_that_has_enough_ends_it_without_a_word(inturn):
    new(inturn)
    reads, writes = os.pipe()
    os.close(reads)

    shown = subprocess.run(
        [*PYTHON, "worker.cli", "campaign", "show", "guests", "--csv", "-"],
        check=False,
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
    )

    os.close(writes)
    assert (shown.returncode, shown.stderr) == (1, "")


def test_a_file_that_cannot_be_written_is_named(inturn):
    new(inturn)

    refused = inturn("show", "guests", "--csv", "no/such/folder.csv")

    assert refused.exit_code == 1
    assert "no/such/folder.csv" in refused.output


def test_help_says_what_a_file_looks_like(inturn):
    assert "to,1,2,header\n" in inturn("--help").output
