"""How a property is furnished."""


def test_furnished_is_understood_in_three_languages(catalogue, customer):
    for text in ("furnished flat in Maadi", "شقة مفروشة في المعادي", "sha2a mafrosha fel maadi"):
        customer.says(text)
        assert customer.slots["finishing"] == "furnished"
