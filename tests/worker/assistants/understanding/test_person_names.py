"""A name is only what could be one."""

import pytest

from worker.assistants.understanding.message import understand


@pytest.mark.parametrize(
    "text",
    [
        "A friend of mine needs legal advice",
        "who knows Excel",
        "Who Is The Treasurer",
        "Please Help Me Urgently",
        "psychologist who speaks tamil",
        "need doctor pls",
        "mujhe doctor chahiye",
        "Running Coach Wanted",
        "contact of the electrician who came",
        "What Is The Membership Fee",
        "Any members from Apollo Hospital?",
    ],
)
def test_common_words_and_firms_are_no_names(text):
    assert "name" not in understand(text, domain="member").entities


@pytest.mark.parametrize(
    "text", ["I am Dr. Reena", "This is Arjun.", "my name is Meera Nair", "I'm Ravi from Pune"]
)
def test_customers_who_give_their_own_name_seek_nobody_of_that_name(text):
    assert "name" not in understand(text, domain="member").entities


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("This is Ravi's friend", "Ravi"),
        ("namaste, pls share contact of Dr. Venkatesh Iyer", "Venkatesh Iyer"),
        ("contact of ravi chowdary", "Ravi Chowdary"),
        ("Is Meera Krishnan a lawyer or a CA?", "Meera Krishnan"),
        ("Who is Prakash Rao?", "Prakash Rao"),
        ("Needhi Sharma", "Needhi Sharma"),
        ("is dr anil kapoor a member", "Anil Kapoor"),
        ("contact of faisal khan", "Faisal Khan"),
        ("Dr Rehab's number", "Rehab"),
        ("find me Rohini", "Rohini"),
        ("is Vijay Merchant one of us?", "Vijay Merchant"),
        ("is there an Omar Sherif here", "Omar Sherif"),
        ("المحامي أحمد زكي", "أحمد زكي"),
        ("رقم فيصل احمد", "فيصل احمد"),
        ("call Rohan Rao, sorry, I mean Kavita Rao", "Kavita Rao"),
    ],
)
def test_what_stands_where_a_name_may_stand_is_one(text, name):
    assert understand(text, domain="member").entities["name"] == name


@pytest.mark.parametrize(
    ("text", "profession", "place"),
    [
        ("a doctor in Faisal", "doctor", "Faisal"),
        ("Rohini dentists", "dentist", "Rohini"),
        ("find me Rohini doctors", "doctor", "Rohini"),
        ("عايز دكتور المهندسين", "doctor", "Mohandessin"),
        ("مهندسين في المهندسين", "engineer", "Mohandessin"),
        ("محتاج مهندسين", "engineer", None),
    ],
)
def test_a_word_that_names_a_place_is_one_where_no_person_is_meant(text, profession, place):
    entities = understand(text, domain="member").entities

    assert (entities["profession"], entities.get("location")) == (profession, place)
    assert "name" not in entities


def test_of_a_named_person_it_is_asked_what_they_do():
    assert "profession" not in understand("Is Meera Krishnan a lawyer or a CA?", domain="member").entities


def test_what_is_needed_tells_a_profession_unless_one_is_named():
    assert understand("my tooth hurts", domain="member").entities["profession"] == "dentist"
    assert understand("a lawyer for my dog's owner", domain="member").entities["profession"] == "lawyer"


@pytest.mark.parametrize(
    ("text", "profession"),
    [
        ("my son has been coughing for a week", "pediatrician"),
        ("ابني بيكح جامد، دكتور في المعادي", "pediatrician"),
        ("my dog needs a doctor", "veterinarian"),
        ("a doctor for my knee", "orthopedic surgeon"),
        ("مش عايز اسنان عايز عيون", "ophthalmologist"),
    ],
)
def test_an_illness_tells_which_doctor(text, profession):
    assert understand(text, domain="member").professions == (profession,)


def test_nobody_is_sought_whom_the_customer_has_trouble_with_unless_nobody_else_is():
    cheated = understand("I was cheated by a builder and want to sue", domain="member")

    assert cheated.professions == ("lawyer",)
    assert "complaint" not in cheated.acts
    assert understand("my doctor retired, I need a new one", domain="member").professions == ("doctor",)


def test_in_a_directory_only_what_members_have_is_withdrawn():
    assert not understand("I feel low all the time", domain="member").withdrawn
    assert understand("a lawyer, any city", domain="member").withdrawn == ("location",)


def test_several_professions_are_kept_in_their_order():
    assert understand("journalists or writers in Kolkata", domain="member").professions == (
        "journalist",
        "writer",
    )
    assert understand("I am a doctor and need a lawyer", domain="member").professions == ("lawyer",)


def test_a_neighbourhood_is_a_place_of_its_own_within_its_city():
    understood = understand("doctors in Bangalore except Whitefield", domain="member")
    assert understood.entities["location"] == "Bangalore"
    assert understood.excluded == {"location": ("Whitefield",)}
    assert (
        understand("doctors in Koramangala, Bangalore", domain="member").entities["location"] == "Koramangala"
    )


def test_whoever_wants_an_office_seeks_nobody_who_has_it():
    assert understand("who is the treasurer", domain="member").role == "treasurer"
    assert not understand("how can I join the committee", domain="member").role
