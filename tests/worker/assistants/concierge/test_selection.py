"""References to records that were shown."""

from session.content_parts import Kind


def test_a_number_means_the_row_on_the_phone(customer):
    (page,) = customer.says("apartment in New Cairo up to 3 million")
    customer.says("more")
    (page,) = customer.says("more")
    assert page.text.split(": ")[-1].startswith("11-15 of 21")
    second = page.menu.rows[1].id.removeprefix("show:")

    assert second in customer.hears("2")
    assert second in customer.hears("12")
    assert second in customer.hears("the second one")
    assert "16-20 of 21" in customer.hears("6")


def test_an_old_row_can_still_be_tapped(customer):
    (page,) = customer.says("apartment in New Cairo up to 3 million")
    row = page.menu.rows[0]
    customer.says("villa in Maadi")

    shown = customer.hears(row.title, kind=Kind.CHOICE, payload=row.id)
    assert row.id.removeprefix("show:") in shown


def test_a_tapped_record_that_no_longer_exists_is_reported(customer):
    assert "not available" in customer.hears("Villa", kind=Kind.CHOICE, payload="show:EG9999")


def test_contact_details_come_from_the_records(seeker):
    (page,) = seeker.says("dentists in Bangalore")
    ids = [row.id.removeprefix("show:") for row in page.menu.rows]

    text = seeker.hears("contact of the second one")
    assert seeker.catalogue.get("members", ids[1]).phone in text
    assert seeker.catalogue.get("members", ids[0]).phone not in text


def test_whose_contact_details_is_asked_if_nobody_was_shown(seeker):
    assert "Whose contact" in seeker.hears("show me their contact info")
    assert seeker.asked.searched == ()


def test_for_the_contact_of_a_property_a_person_takes_over(customer):
    customer.says("apartment in Maadi up to 3 million")
    customer.says("1")
    customer.says("what is the contact number")
    assert customer.asked.escalated.startswith("asks for a contact: EG")
