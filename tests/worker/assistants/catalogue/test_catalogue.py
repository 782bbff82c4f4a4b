"""Records by id and phone number, and the names that occur."""

import pytest

from session.errors import NoCatalogue
from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import BadFilter, LoadedCatalogue, MemberRecord, as_json

MEMBERS = """\
Member ID,Full Name,Occupation,Profession AR,Town,City aliases,Mobile,Company,Role
M1,Asha Rao,doctor,طبيب,Bangalore,Bengaluru|بنغالور,98408 30854,City Clinic,committee
M2,Ravi Iyer,lawyer,,Chennai,Madras,+91 98765 43210,,
M3,Ravi Rao,lawyer,,Chennai,Madras,09876543210,,
"""


@pytest.fixture
def members(put: Load, catalogue: LoadedCatalogue) -> LoadedCatalogue:
    put(MEMBERS, kind="members", country="IN")
    return catalogue


@pytest.mark.parametrize(
    "number", ["+919840830854", "919840830854", "09840830854", "98408 30854", "٩٨٤٠٨٣٠٨٥٤"]
)
def test_a_member_is_found_by_phone_number(members: LoadedCatalogue, number: str) -> None:
    found = members.member_by_phone(number, "IN")
    assert found == MemberRecord(
        id="M1",
        name="Asha Rao",
        role="committee",
        profession="doctor",
        city="Bangalore",
        phone="+919840830854",
        organisation="City Clinic",
    )
    assert found.user_id == "M1"


def test_of_two_members_with_one_number_the_first_is_returned(members: LoadedCatalogue) -> None:
    found = members.member_by_phone("+919876543210")
    assert found is not None
    assert (found.id, found.role) == ("M2", "member")


@pytest.mark.parametrize("number", ["+201001234567", "+91984083085", "EG.abcdef", "", "no number"])
def test_an_unknown_number_is_not_a_member(members: LoadedCatalogue, number: str) -> None:
    assert members.member_by_phone(number) is None


def test_without_loaded_members_the_lookup_raises(catalogue: LoadedCatalogue) -> None:
    with pytest.raises(NoCatalogue):
        catalogue.member_by_phone("+919840830854")


def test_a_record_is_found_by_its_id(members: LoadedCatalogue) -> None:
    found = members.get("members", "M2")
    assert found is not None
    assert as_json(found) == {
        "id": "M2",
        "name": "Ravi Iyer",
        "role": "member",
        "profession": "lawyer",
        "city": "Chennai",
        "phone": "+919876543210",
    }
    assert members.get("members", "M9") is None


def test_names_and_aliases_are_listed(members: LoadedCatalogue) -> None:
    assert members.names("members", "city") == ("Bangalore", "Chennai")
    assert members.names("members", "profession") == ("doctor", "lawyer")
    assert members.aliases("members", "city") == {
        "Bangalore": "Bangalore",
        "Bengaluru": "Bangalore",
        "بنغالور": "Bangalore",
        "Chennai": "Chennai",
        "Madras": "Chennai",
    }
    with pytest.raises(BadFilter, match="'phone'"):
        members.names("members", "phone")


def test_the_stamp_changes_with_every_load(put: Load, members: LoadedCatalogue) -> None:
    before = members.stamp("members")
    assert members.stamp("members") == before
    put(MEMBERS, kind="members", country="IN")
    assert members.stamp("members") != before
