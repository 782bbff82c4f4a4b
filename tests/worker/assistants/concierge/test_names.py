"""Names in the operator's records."""

from worker.assistants.catalogue import load, open_catalogue


def test_the_operators_places_are_known_at_once(tmp_path, customer):
    file = tmp_path / "mine.csv"
    head = "id,title,type,location,locationAliases,price"
    file.write_text(f"{head}\nX1,Nice villa,villa,Moon Valley,وادي القمر,9000000\n", encoding="utf-8")
    load(file, "properties", tmp_path, now=customer.session.created_at)
    customer.catalogue = open_catalogue(tmp_path)

    assert "X1" in customer.hears("villa in moon vally")
    assert "وادي القمر" in customer.hears("عايز فيلا في وادي القمر")
    assert customer.slots["location"] == "Moon Valley"

    file.write_text(f"{head}\nX2,Nicer villa,villa,Star Hill,,9000000\n", encoding="utf-8")
    load(file, "properties", tmp_path, now=customer.session.created_at)
    assert "X2" in customer.hears("show me villas in Star Hill please")
    customer.catalogue.close()
