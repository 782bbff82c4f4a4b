"""The doctor knows whether what is sent after the customer service window can be sent."""

from session.template_definitions import Definition, Definitions
from worker.assistants.concierge.decisions import assistant
from worker.cli.examining.templates import examine_news, examine_templates
from worker.senders import AfterWindow, Sender, Senders

NOTE = Definition(account="meta:1", name="note", language="en", status="APPROVED", body="News: {{1}}")
AFTER = AfterWindow(template="note", language="en")


def found(*known, pulled=("meta:1",), channels=("meta", "telegram"), **named):
    usual = Sender(assistant=lambda _: None, after_window=AFTER)
    senders = Senders(usual=usual, named=named.get("named", {}))
    definitions = Definitions(known=known, pulled=frozenset(pulled))
    return [
        (one.verdict, one.words) for one in examine_templates(senders, definitions, channels=list(channels))
    ]


def test_one_that_fits_is_fine_and_channels_without_a_window_need_none():
    ((verdict, words),) = found(NOTE)

    assert (verdict, words.split(":")[0]) == ("ok", "can be sent")


def test_one_that_is_missing_or_does_not_fit_is_a_failure():
    ((missing, words),) = found()
    assert (missing, words[:27]) == ("fail", "there is no note (en) at me")
    ((verdict, why),) = found(NOTE.model_copy(update={"status": "PAUSED"}))
    assert (verdict, "it is PAUSED" in why) == ("fail", True)


def test_before_the_first_pull_it_is_a_warning():
    ((verdict, _),) = found(pulled=())

    assert verdict == "warn"


def test_a_sender_with_its_own_is_asked_about_that():
    own = Sender(assistant=lambda _: None, after_window=AfterWindow(template="other", language="en"))
    ((verdict, words),) = found(NOTE, named={"meta:7": own})

    assert (verdict, "no other (en)" in words) == ("fail", True)


def test_who_tells_news_of_saved_searches_needs_one_where_there_is_a_window():
    without, with_one = Sender(assistant=assistant), Sender(assistant=assistant, after_window=AFTER)

    def warned(usual, channels=("meta", "telegram")):
        return [one.verdict for one in examine_news(Senders(usual=usual, named={}), channels=list(channels))]

    assert warned(without) == ["warn"]
    assert warned(without, ["telegram"]) == warned(with_one) == []
    assert warned(Sender(assistant=lambda _: None)) == []
    (found,) = examine_news(
        Senders(usual=with_one, named={"meta:1": without, "twilio:2": with_one}), channels=["meta"]
    )
    assert found.words.endswith("meta:1")
