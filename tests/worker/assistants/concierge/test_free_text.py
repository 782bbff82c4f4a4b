"""Words that were not understood but occur in records."""


def test_words_that_occur_in_records_are_searched(seeker):
    assert "GST" in seeker.says("anyone who does GST in Chennai")[0].menu.rows[0].description
    assert "diabetic diet" in seeker.hears("someone for diabetic diet")


def test_words_that_are_searched_stay_when_the_place_that_was_asked_for_is_told(customer):
    customer.hears("a home with a pool view")
    assert "pool view" in customer.hears("Ain Sokhna")
