"""The table of a campaign: a line for each row, as a spreadsheet reads it."""

import csv

from session.campaign_outcomes import Outcome, OutcomeState
from session.campaign_table import COLUMNS, lines_of
from session.prices import Cost


def test_outcomes_are_a_file_with_a_line_for_each_row():
    outcomes = [
        Outcome(
            row=1,
            customer="+201001234567",
            state=OutcomeState.READ,
            sent=1_800_000_000_000,
            read=1_800_000_060_000,
            cost=Cost(micros=1_234_500_000, currency="USD"),
        ),
        Outcome(row=2, customer="", state=OutcomeState.FAILED, reason="131026"),
    ]

    first, second = csv.DictReader(lines_of(outcomes))

    assert (first["customer"], first["state"], first["cost"]) == ("+201001234567", "read", "1234.50")
    assert (first["sent"], first["read"]) == ("2027-01-15T08:00:00+00:00", "2027-01-15T08:01:00+00:00")
    assert second == dict.fromkeys(COLUMNS, "") | {"row": "2", "state": "failed", "reason": "131026"}
