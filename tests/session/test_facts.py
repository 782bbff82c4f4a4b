"""Known facts of a customer: any facts, to which an assistant may give types."""

import copy
import json

import pytest
from pydantic import ValidationError

from session import KnownFacts, Turn, testing, with_facts
from session.facts import facts_of
from session.testing import Conversation


class Home(KnownFacts):
    budget: float | None = None
    location: str | None = None
    property_type: str | None = None
    bedrooms: int | None = None


class Strict(KnownFacts):
    name: str


def test_an_undeclared_fact_is_stored_with_the_declared_ones():
    facts = Home().updated({"budget": 5, "pets": "cats", "viewed": ["a", "b"]})

    assert facts.model_dump(exclude_none=True) == {"budget": 5.0, "pets": "cats", "viewed": ["a", "b"]}
    assert Home.model_validate_json(facts.to_json()) == facts


def test_none_withdraws_a_fact():
    facts = Home(budget=5, property_type="villa", pets="cats")

    assert facts.updated({"budget": None, "pets": None, "never": None}) == Home(property_type="villa")


@pytest.mark.parametrize("name", ["property_type", "propertyType"])
def test_a_declared_fact_is_known_by_both_of_its_names(name):
    facts = Home(property_type="villa").updated({name: "flat"})

    assert facts == Home(property_type="flat")
    assert json.loads(facts.to_json()) == {"propertyType": "flat"}


@pytest.mark.parametrize(
    "wrong", [{"budget": "a lot"}, {"bedrooms": 2.5}, {"location": ["a"]}, {"property_type": 3}]
)
def test_a_declared_fact_takes_only_its_type(wrong):
    with pytest.raises(ValidationError, match="validation error"):
        Home().updated(wrong)
    with pytest.raises(ValidationError, match="validation error"):
        KnownFacts().updated_as(Home, wrong)
    assert KnownFacts().updated(wrong).stored() == wrong


def test_a_fact_that_is_not_known_is_none():
    for facts in (KnownFacts(), Home()):
        assert facts.location is None
        assert facts.pets is None
        assert not hasattr(facts, "__deepcopy_of_another_library__")
        assert copy.deepcopy(facts) == facts


def test_a_remembered_fact_is_known_under_its_name():
    facts = Home().updated({"pets": "cats", "property_type": "villa", "floor": 0})

    assert (facts.pets, facts.floor, facts.property_type) == ("cats", 0, "villa")
    assert facts.propertyType == "villa"
    assert facts.updated({"pets": None}).pets is None


# -- without a model


def test_a_stored_name_in_camel_case_is_known_in_snake_case():
    facts = KnownFacts.model_validate({"propertyType": "villa", "last_topic": "prices"})

    assert (facts.property_type, facts.propertyType, facts.last_topic) == ("villa", "villa", "prices")
    assert facts.updated({"property_type": "flat", "last_topic": "keys"}).stored() == {
        "propertyType": "flat",
        "last_topic": "keys",
    }


# -- stored facts and the model of an assistant


def test_facts_are_stored_as_the_model_has_them():
    stored = KnownFacts(pets="cats").updated_as(Home, {"property_type": "villa", "budget": 5, "pets": "dogs"})

    assert stored.stored() == {"pets": "dogs", "propertyType": "villa", "budget": 5.0}
    assert stored.updated_as(Home, {"propertyType": None}).stored() == {"pets": "dogs", "budget": 5.0}


def test_a_stored_fact_that_the_model_refuses_is_not_known_to_it_and_stays_stored():
    stored = KnownFacts(area="north", budget="a lot", location="Maadi")

    assert stored.typed_as(Home).stored() == {"area": "north", "location": "Maadi"}
    assert stored.updated_as(Home, {"location": "Zamalek"}).stored() == {
        "area": "north",
        "budget": "a lot",
        "location": "Zamalek",
    }
    assert stored.updated_as(Home, {"budget": 7}).budget == 7.0


@pytest.mark.parametrize("name", ["property_type", "propertyType"])
def test_a_refused_fact_is_recognised_by_both_names(name):
    assert KnownFacts.model_validate({name: 3}).typed_as(Home).property_type is None


# -- how an assistant declares its model


@with_facts(Home)
def estate(turn: Turn) -> str:
    turn.remember(budget=turn.text)
    return f"{turn.known.budget:.0f}"


def test_the_declared_model_reads_and_checks_what_an_assistant_remembers():
    talk = Conversation(estate)

    assert talk.says("5").text == "5"
    assert talk.session.context.extracted_info.stored() == {"budget": 5.0}
    with pytest.raises(ValidationError) as raised:
        talk.says("a lot")
    # It is logged, and may be what the customer wrote.
    assert "a lot" not in str(raised.value)


def test_an_assistant_without_a_model_can_remember_anything():
    def assistant(turn: Turn) -> str:
        turn.remember(area=turn.text, budget="a lot")
        return f"{turn.known.area}, {turn.known.budget}"

    assert testing.Conversation(assistant).says("north").text == "north, a lot"


def test_the_model_can_depend_on_the_kind_of_records():
    @with_facts(lambda kind: Home if kind == "properties" else KnownFacts)
    def assistant(turn: Turn) -> None: ...

    assert facts_of(assistant, "properties") is Home
    assert facts_of(assistant, "members") is KnownFacts
    assert facts_of(print, "") is KnownFacts


def test_a_model_with_a_required_fact_is_refused_at_once():
    with pytest.raises(TypeError, match="Strict: give every fact the default None"):
        with_facts(Strict)
