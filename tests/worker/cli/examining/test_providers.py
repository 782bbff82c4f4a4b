"""What `inturn doctor` says about the providers."""

import pytest

from worker.cli.examining.finding import Finding, Severity
from worker.cli.examining.providers import examine_providers
from worker.cli.running.settings import RunSettings

META = {
    "meta_app_secret": "s",
    "meta_verify_token": "v",
    "meta_access_token": "a",
    "meta_phone_number_id": "1",
}
TWILIO = {"twilio_account_sid": "AC1", "twilio_auth_token": "t", "twilio_from": "+14155238886"}


class ProbedChannel:
    """A channel whose provider has a fixed opinion."""

    def __init__(self, answer: str | None = None) -> None:
        self.answer = answer

    async def probe(self) -> str | None:
        return self.answer

    async def close(self) -> None:
        pass


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def providers(settings: RunSettings, **answers: str | None) -> dict[str, Finding]:
    channels = {name: ProbedChannel(answers.get(name)) for name in ("meta", "twilio")}
    return by_name(examine_providers(settings, lambda _: channels))


def test_no_provider_is_only_a_warning():
    findings = providers(RunSettings())
    assert [finding.verdict for finding in findings.values()] == [Severity.WARN]


def test_a_provider_that_accepts_the_credentials_is_ok():
    assert providers(RunSettings(**META))["meta"].verdict is Severity.OK


def test_the_error_of_a_provider_is_quoted():
    found = providers(RunSettings(**META), meta="190: token expired")["meta"]
    assert found.verdict is Severity.FAIL
    assert found.words == "190: token expired"
    assert "META_ACCESS_TOKEN" in found.mend


def test_missing_settings_of_a_provider_are_named():
    found = providers(RunSettings(**META | {"meta_verify_token": None}))["meta"]
    assert (found.verdict, found.mend) == (Severity.FAIL, "set META_VERIFY_TOKEN")


@pytest.mark.parametrize(
    "sender", ["+1 415 523 8886", "14155238886", "+1415523888a", "whatsapp: +14155238886", "MG1"]
)
def test_an_invalid_sender_of_twilio_is_refused(sender):
    with pytest.raises(ValueError, match="without spaces"):
        RunSettings(**TWILIO | {"twilio_from": sender})


@pytest.mark.parametrize("sender", ["+14155238886", "whatsapp:+14155238886", f"MG{'0a' * 16}"])
def test_every_valid_form_of_a_sender_is_accepted(sender):
    assert RunSettings(**TWILIO | {"twilio_from": sender}).twilio_from == sender


@pytest.mark.parametrize(
    "sids",
    [
        "buttons-4=HX" + "0" * 32,
        "list-0=HX" + "0" * 32,
        "list-11=HX" + "0" * 32,
        "Link=HX" + "0" * 32,
        "buttons-1=HX1",
        f"list-1=HX{'0' * 32},list-1=HX{'1' * 32}",
    ],
)
def test_an_invalid_template_of_twilio_is_refused(sids):
    with pytest.raises(ValueError, match="each once"):
        RunSettings(**TWILIO | {"twilio_content_sids": sids})


def test_templates_may_be_separated_by_blanks_too():
    sids = f"buttons-2=HX{'0' * 32}, list-10=HX{'1' * 32}, link-a.example:8443=HX{'2' * 32},"
    assert RunSettings(**TWILIO | {"twilio_content_sids": sids}).twilio_content_sids == sids
