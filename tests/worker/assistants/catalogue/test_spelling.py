"""Words are found in any spelling, and no text raises an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import LoadedCatalogue
from worker.assistants.catalogue.properties import PROPERTIES

TABLE = """\
id,title,title_ar,type,location,location_ar,price,beds
A,Corner flat with sea view,شقة ناصية بإطلالة على البحر,شقة,6th of October,السادس من أكتوبر|أكتوبر,3m,3
B,Villas by the lake,فيلا على البحيرة والجولف,villa,Maadi,المعادي,9m,5
C,O'Neill's studio (new!),استوديو للإيجار بالحديقة,studio,Dokki,الدقي,1m,0
"""


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("شقه", "A"),
        ("شقة", "A"),
        ("الشقة", "A"),
        ("شَقّة", "A"),
        ("اكتوبر", "A"),
        ("أكتوبر", "A"),
        ("في اكتوبر", "A"),
        ("باكتوبر", "A"),
        ("٣ غرف", "A"),
        ("3 غرف", "A"),
        ("۳ غرف", "A"),
        ("بحر", "A"),
        ("جولف", "B"),
        ("بالمعادى", "B"),
        ("فيلات", "B"),
        ("حديقه", "C"),
        ("الإيجار", "C"),
        ("VILLA", "B"),
        ("flats", "A"),
        ("sea views", "A"),
        ("ｓｅａ", "A"),
        ("o'neill", "C"),
        ("o’neill's studio", "C"),
        ("I am looking for a villa in Maadi, please", "B"),
        ("show me villas", "B"),
        ("ana 3ayez villa fel maadi", "B"),
    ],
)
def test_words_are_found_in_any_spelling(
    put: Load, catalogue: LoadedCatalogue, query: str, wanted: str
) -> None:
    put(TABLE)
    found = catalogue.find("properties", query)
    assert (found.relaxed, "".join(record.id for record in found)) == ((), wanted)


def test_all_words_must_occur(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE)
    assert catalogue.find("properties", "villa lake").total == 1
    assert catalogue.find("properties", "villa sea").relaxed == ("query",)


def test_a_word_in_the_title_counts_for_more(put: Load, catalogue: LoadedCatalogue) -> None:
    put("id,title,type,location,price,finishing\nA,x,villa,Maadi,1m,marina\nB,marina,villa,Maadi,2m,x\n")
    assert [record.id for record in catalogue.find("properties", "marina")] == ["B", "A"]


def test_words_that_occur_in_records_are_known(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE)
    assert (
        catalogue.known_words("properties", "a 3 million VILLA with helicopter, by the lakes")
        == "villa lakes"
    )


def test_stop_words_are_ignored(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE)
    assert catalogue.find("properties", "please show me the").total == 3
    assert catalogue.find("properties", "").total == 3


@pytest.mark.parametrize(
    "query",
    [
        '"', 'villa"', "NEAR(villa lake)", "villa AND", "title : villa", "-villa", "vil*", "^villa", "(villa", "a\x00b",
        "{x}", "villa OR", "NOT villa", "'; DROP TABLE records; --", "%_%", "\ud800", "\u202evilla", "🏠",
        " ".join(["villa"] * 5000), "ا" * 100_000,
    ],
)  # fmt: skip
def test_no_text_is_interpreted_as_syntax(samples: LoadedCatalogue, query: str) -> None:
    for kind in ("properties", "members"):
        samples.find(kind, query)
        samples.find(kind, query, {"city": "Cairo"})


_TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(
        [
            '"',
            "'",
            "(",
            ")",
            "*",
            "AND",
            "OR",
            "NOT",
            "NEAR",
            ":",
            "villa",
            "شقة",
            "ال",
            "3",
            "^",
            "-",
            "{",
            "+",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(query=_TEXTS, place=_TEXTS, name=_TEXTS)
def test_no_text_of_a_customer_raises(samples: LoadedCatalogue, query: str, place: str, name: str) -> None:
    samples.find("properties", query, {"location": place, "notLocation": name, "propertyType": name})
    samples.find("members", query, {"city": place, "name": name, "profession": place})
    samples.member_by_phone(query)
    samples.get("members", name)


_NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)


@given(
    filters=st.dictionaries(
        st.sampled_from(["bedrooms", "budget", "budgetMin", "area", "bathrooms"]), _NUMBERS
    )
)
def test_no_number_raises(samples: LoadedCatalogue, filters: dict[str, float]) -> None:
    found = samples.find("properties", "villa", filters, offset=10**30, limit=-(10**30))
    assert found.total >= 0
    assert set(found.relaxed) <= {"query", *PROPERTIES.filters}
