"""The criteria in one line, in three languages."""

import pytest

from worker.assistants.catalogue.names import names_of
from worker.assistants.wording.phrasebook import Speech
from worker.assistants.wording.summary import describe


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "3-bedroom apartment for rent in New Cairo from 10,000 to 20,000 EGP a month with 2 bathrooms",
        ),
        ("ar", "شقة 3 غرف للإيجار في القاهرة الجديدة من 10,000 لـ 20,000 جنيه في الشهر حمامين"),
        ("franco", "sha2a 3 owad lel egar fe New Cairo men 10,000 le 20,000 EGP fel shahr 7ammamen"),
    ],
)
def test_the_criteria_are_summarised_in_one_line(language, said):
    slots = {
        "propertyType": "apartment",
        "bedrooms": 3,
        "bathrooms": 2,
        "purpose": "rent",
        "location": "New Cairo",
        "budgetMin": 10_000,
        "budget": 20_000,
    }

    names = names_of(None, "properties")
    assert describe(slots, "", "properties", Speech(language=language), names) == said
