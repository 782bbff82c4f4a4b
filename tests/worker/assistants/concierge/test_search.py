"""Searches and their pages."""


def test_cheaper_is_below_the_cheapest_record_shown(customer):
    (page,) = customer.says("apartment in New Cairo up to 5 million")
    (cheaper,) = customer.says("cheaper")

    shown = [customer.catalogue.get("properties", row.id.removeprefix("show:")) for row in page.menu.rows[:5]]
    new = [
        customer.catalogue.get("properties", row.id.removeprefix("show:")) for row in cheaper.menu.rows[:5]
    ]
    assert max(record.price for record in new) < min(record.price for record in shown)


def test_if_nothing_is_cheaper_the_criteria_stay(customer):
    customer.says("office in Rehab")
    before = customer.slots

    assert "Nothing cheaper" in customer.hears("cheaper")
    assert customer.slots == before


def test_at_the_limit_the_last_page_can_still_be_continued(seeker):
    seeker.searches_left = 1
    seeker.says("doctors in Bangalore")
    assert seeker.hears("dentists in Bangalore").startswith("You have used all your searches for now.")
    assert "Doctors in Bangalore: 6-10 of 23" in seeker.hears("more")


def test_the_same_page_is_shown_in_another_language(customer):
    customer.says("apartment in Maadi up to 3 million")

    assert customer.hears("reply in Arabic please").startswith("شقة في المعادي لحد 3,000,000 جنيه: ")
    assert customer.asked.searched == ()
    assert customer.hears("in English please").startswith("Apartment in Maadi up to 3,000,000 EGP: ")
