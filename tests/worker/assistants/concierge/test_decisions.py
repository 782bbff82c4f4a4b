"""How the concierge answers single messages after earlier ones."""

from session.content_parts import Kind


def test_a_missing_slot_is_asked_for_once(customer):
    assert customer.hears("villa").startswith("Villa. Where should it be? For example ")
    assert customer.asked.searched == ()

    customer.says("whatever you have")
    assert len(customer.asked.searched) == 1


def test_a_tap_with_an_unknown_payload_is_read_as_text(customer):
    customer.says("villa in Maadi", kind=Kind.BUTTON, payload="TEMPLATE-7")
    assert customer.slots == {"propertyType": "villa", "location": "Maadi"}


def test_nothing_is_asked_after_records_were_shown(customer):
    customer.says("land")
    customer.says("any location")
    assert customer.hears("10 million").startswith("Land up to 10,000,000 EGP: 1-3 of 3.")
