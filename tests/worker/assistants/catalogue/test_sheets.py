"""Files of any usual format are read as rows."""

import json

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import (
    LoadedCatalogue,
    MemberRecord,
    PropertyRecord,
)

RECORDS = [
    {"userId": 7, "Full Name": "Asha Rao", "profession": "doctor", "mobile": 9840830854, "tags": None},
    {
        "userId": 8,
        "Full Name": "Ravi Rao",
        "profession": "lawyer",
        "mobile": "+91 98765 43210",
        "tags": ["a"],
    },
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_usual_csv_is_read(put: Load, catalogue: LoadedCatalogue, encoding: str, separator: str) -> None:
    rows = [
        ["الكود", "العنوان", "نوع العقار", "المنطقة", "السعر", "عدد الغرف"],
        ["ق١", "شقة بحري", "شقة", "المعادي", "٢٫٥ مليون", "٣"],
    ]
    put("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    found = catalogue.get("properties", "ق١")
    assert isinstance(found, PropertyRecord)
    assert (found.property_type, found.location, found.price, found.bedrooms) == (
        "apartment",
        "المعادي",
        2_500_000,
        3,
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.json", json.dumps(RECORDS)),
        ("object.json", json.dumps({"members": RECORDS, "count": 2})),
        ("lines.json", "\n".join(map(json.dumps, RECORDS))),
        ("lines.jsonl", "\n\n".join(map(json.dumps, RECORDS)) + "\n"),
    ],
)
def test_json_is_read_as_a_list_or_as_lines(
    put: Load, catalogue: LoadedCatalogue, name: str, content: str
) -> None:
    loaded = put(content, name=name, kind="members", country="IN")
    assert (loaded.records, loaded.ignored) == (2, ("tags",))
    assert catalogue.member_by_phone("+919840830854") == MemberRecord(
        id="7", name="Asha Rao", profession="doctor", phone="+919840830854"
    )
