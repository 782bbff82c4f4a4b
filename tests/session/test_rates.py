"""Exchange rates are read from a setting."""

import pytest

from session.rates import Rates


def test_rates_are_pounds_for_one_unit():
    rates = Rates.of(" USD=48.5, EUR = 52,")
    assert (rates.of_one("USD"), rates.of_one("EUR"), rates.of_one("GBP")) == (48.5, 52, None)
    assert Rates.of("") == Rates()


@pytest.mark.parametrize(
    "text",
    ["USD", "usd=48", "USD=", "USD=many", "USD=0", "USD=-1", "USD=inf", "USD=nan", "USD=48,USD=49", "US=4"],
)
def test_a_wrong_rate_is_refused(text):
    with pytest.raises(ValueError, match=r"USD|usd|US"):
        Rates.of(text)
