"""What the form of a new campaign says, whatever is written into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.campaigns import Campaign, is_name
from session.conversations import is_scope
from session.template_definitions import Definition, Definitions, HeaderForm
from webhook.desk.agents import Agent
from webhook.desk.campaign_form import WrongForm, campaign_in, offered_to_campaigns, scopes_for
from webhook.desk.words_en import ENGLISH

ONE = Definition(account="meta:1", name="one", language="en", status="APPROVED", body="Hello {{1}}")
SENDERS = {"meta:7": "estate", "meta:8": ""}
FORM = {"name": "spring", "template": ONE.key, "sender": "meta:7", "scope": "estate", "hold_back": "5"}
ALL, OURS = Agent(name="All"), Agent(name="Boss", scopes=frozenset({"estate"}))


def read(agent=ALL, **changes):
    return campaign_in(FORM | changes, [ONE], SENDERS, agent)[0]


anything = st.one_of(st.text(), st.sampled_from([*FORM.values(), "-", "", "meta:9", "clinic"]))


@given(
    form=st.fixed_dictionaries({}, optional=dict.fromkeys(FORM, anything)),
    agent=st.sampled_from([ALL, OURS]),
)
def test_whatever_is_written_is_a_campaign_within_its_limits_or_said_to_be_wrong(form, agent):
    try:
        found = campaign_in(FORM | form, [ONE], SENDERS, agent)[0]
    except WrongForm as wrong:
        found = str(wrong)
    if isinstance(found, str):
        assert found in ENGLISH
        return
    assert is_name(found.name)
    assert found.scope == "" or is_scope(found.scope)
    assert agent.covers_scope(found.scope)
    assert SENDERS.get(found.sender, found.scope) == found.scope
    assert Campaign.model_validate_json(found.to_json()) == found


def test_the_only_scope_of_an_agent_needs_no_choice():
    assert read(OURS, scope="").scope == "estate"
    assert read(sender="meta:8", scope="-").scope == ""
    with pytest.raises(WrongForm, match="scope"):
        read(OURS, scope="-")
    with pytest.raises(WrongForm, match="scope"):
        read(sender="meta:8")


def test_a_choice_of_scopes_is_that_of_the_agent_or_of_the_conversations():
    assert scopes_for(OURS, ["estate", "clinic"]) == ["estate"]
    assert scopes_for(ALL, ["estate", "clinic"]) == ["", "clinic", "estate"]


def test_what_a_campaign_can_send_is_offered_once():
    known = Definitions(
        known=(
            ONE,
            ONE.model_copy(update={"account": "meta:2", "status": "PAUSED"}),
            ONE.model_copy(update={"name": "place", "header": HeaderForm(kind="location")}),
            ONE.model_copy(update={"name": "paused", "status": "PAUSED"}),
            ONE.model_copy(update={"name": "unread", "is_read": False}),
            ONE.model_copy(update={"account": "twilio:AC1"}),
        )
    )

    assert [one.account for one in offered_to_campaigns(known)] == ["meta:1", "twilio:AC1"]
