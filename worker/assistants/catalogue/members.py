"""The kind "members": its columns, and how they are searched. Data."""

from worker.assistants.catalogue import cells
from worker.assistants.catalogue.filters import dispensable, excluded, name, person, word
from worker.assistants.catalogue.records import MemberRecord
from worker.assistants.catalogue.schema import Column, RecordKind

_COLUMNS = (
    Column(name="id", headers="user id, member id, membership no, membership number, code, رقم العضوية, كود"),
    Column(
        name="name",
        headers="full name, member, member name, contact, contact name, الاسم, اسم العضو",
        required=True,
        part="name",
    ),
    Column(name="role", headers="member type, membership, الدور, الصفة", default="member"),
    Column(
        name="profession", headers="occupation, job, work, category, المهنة, الوظيفة", named=True, part="work"
    ),
    Column(
        name="profession_aliases", headers="profession ar, also known as", names_for="profession", part="work"
    ),
    Column(
        name="specialty",
        headers="speciality, specialization, specialisation, speciality area, subject, التخصص",
        named=True,
        part="work",
    ),
    Column(
        name="specialty_aliases",
        headers="specialty ar, speciality aliases",
        names_for="specialty",
        part="work",
    ),
    Column(name="city", headers="town, location, place, المدينة", named=True, part="place"),
    Column(
        name="city_aliases", headers="city ar, also called, location aliases", names_for="city", part="place"
    ),
    Column(
        name="locality",
        headers="area, neighborhood, neighbourhood, district, suburb, المنطقة, الحي",
        named=True,
        part="place",
    ),
    Column(
        name="phone",
        headers="phone number, mobile, mobile number, cell, contact number, telephone, tel, whatsapp, whatsapp number, الهاتف, الموبايل, رقم الهاتف, رقم الموبايل",
        phones=True,
    ),
    Column(name="email", headers="e mail, mail, email address, البريد, البريد الالكتروني", read=cells.email),
    Column(
        name="organisation",
        headers="organization, company, employer, firm, clinic, hospital, business, الشركة, جهة العمل",
        part="work",
    ),
)

_PROFESSION = name("specialty", "profession")
_CITY = name("locality", "city", wider={"city": 3})
_NEAR = dispensable(_CITY, cost=9)

MEMBERS = RecordKind(
    name="members",
    record=MemberRecord,
    columns=_COLUMNS,
    parts={"name": 4.0, "work": 3.0, "place": 2.0},
    indexes=(
        "profession_key, city_key",
        "specialty_key, city_key",
        "city_key, profession_key",
        "locality_key",
        "phone",
    ),
    filters={
        # The profession, the office and the name are never loosened: without them it would be another question.
        "profession": _PROFESSION,
        "specialty": name("specialty"),
        "role": word("role"),
        "city": _NEAR,
        "locality": _NEAR,
        "name": person("name"),
        "notProfession": excluded(_PROFESSION),
        "notCity": excluded(_CITY),
    },
    synonyms={"location": "city", "speciality": "specialty", "area": "locality", "notLocation": "notCity"},
    orders={"": "r.rowid", "name": "r.name, r.rowid"},
    meant=dict.fromkeys(("profession", "profession_aliases", "specialty", "specialty_aliases"), "{}"),
    frames={"en": "someone for {}", "ar": "حد {}"},
)
