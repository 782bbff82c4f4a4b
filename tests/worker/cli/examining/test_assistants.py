"""What `inturn doctor` says about the assistants and their records."""

import json

from session.clock import SystemClock
from session.errors import SettingsError
from tests.worker.assistants.semantic.concepts import Concepts
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.concierge import assistant as concierge
from worker.assistants.echo import assistant as echo
from worker.assistants.semantic.meaning import Meaning
from worker.cli.examining.assistants import examine_programs, examine_records
from worker.cli.examining.finding import Finding, Severity
from worker.cli.running.settings import RunSettings
from worker.senders import Sender, Senders


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def records_of(folder, rows: list[dict[str, object]] | None, meaning=None):
    if rows is not None:
        file = folder / "rows.json"
        file.write_text(json.dumps(rows))
        load(file, "properties", folder, now=SystemClock().now(), meaning=meaning)
    return open_catalogue(folder)


def sender(assistant, **more) -> Senders:
    return Senders(usual=Sender(assistant=assistant, kind="properties", **more), named={})


FLAT = {"id": "1", "propertyType": "apartment", "location": "Maadi", "price": 1_000_000}


def examined(*arguments, **more) -> list[tuple[Severity, str]]:
    return [(found.verdict, found.words) for found in examine_records(*arguments, **more)]


def test_a_concierge_with_records_is_ok(tmp_path):
    assert examined(sender(concierge), records_of(tmp_path, [FLAT])) == [(Severity.OK, "1 properties")]


def test_a_concierge_without_records_is_a_warning(tmp_path):
    ((verdict, words),) = examined(sender(concierge), records_of(tmp_path, None))
    assert (verdict, "finds nothing" in words) == (Severity.WARN, True)


def test_a_catalogue_that_the_concierge_cannot_use_is_a_failure(tmp_path):
    ((verdict, words),) = examined(sender(concierge), records_of(tmp_path, [FLAT]), catalogue=print)
    assert (verdict, "CATALOGUE names something else" in words) == (Severity.FAIL, True)


def test_members_only_without_members_is_a_failure(tmp_path):
    ((verdict, words),) = examined(sender(echo, access="members"), records_of(tmp_path, None))
    assert (verdict, "no customer is admitted" in words) == (Severity.FAIL, True)


def test_an_assistant_of_the_operator_needs_no_records(tmp_path):
    assert examined(sender(lambda turn: None), records_of(tmp_path, None), catalogue=print) == []


def test_an_assistant_that_cannot_be_loaded_is_reported_with_the_error():
    def load(dotted: str, setting: str) -> object:
        raise SettingsError(f"{setting}={dotted}: there is no module mybot")

    findings = by_name(
        examine_programs(
            RunSettings(assistant="mybot:assistant", describer="mybot:describe"),
            assistant=load,
            catalogue=load,
            hook=load,
        )
    )
    assert findings["assistant"].verdict is Severity.FAIL
    assert findings["assistant"].words == "ASSISTANT=mybot:assistant: there is no module mybot"
    assert findings["describer"].words == "DESCRIBER=mybot:describe: there is no module mybot"
    assert not {"catalogue", "transcriber"} & findings.keys()


def test_records_without_vectors_of_the_model_are_a_warning(tmp_path):
    _, (verdict, words) = examined(sender(concierge), records_of(tmp_path, [FLAT]), embedder="model/2")
    assert (verdict, "have no vectors" in words) == (Severity.WARN, True)


def test_records_with_vectors_of_the_model_are_ok(tmp_path):
    meaning = Meaning(Concepts())
    _, (verdict, _) = examined(
        sender(concierge), records_of(tmp_path, [FLAT], meaning), embedder=meaning.name
    )
    assert verdict == Severity.OK
