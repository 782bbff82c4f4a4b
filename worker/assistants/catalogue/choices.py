"""The words of columns with few values: what operators write, and what it is called here. Data."""

from worker.assistants.catalogue.spelling import key

PROPERTY_TYPES = {
    "apartment": "apartment, apartments, flat, flats, apt, unit, شقة, شقق, sha2a, sha22a, shaqa",
    "studio": "studio, studios, استوديو, ستوديو",
    "duplex": "duplex, duplexes, دوبلكس, دوبليكس",
    "penthouse": "penthouse, pent house, بنتهاوس, بنت هاوس, روف",
    "villa": "villa, villas, standalone, stand alone, standalone villa, فيلا, فيلات, فلل, فيلا مستقلة",
    "townhouse": "townhouse, town house, townhome, تاون هاوس, تاونهاوس",
    "twinhouse": "twinhouse, twin house, توين هاوس, توينهاوس",
    "chalet": "chalet, chalets, cabin, شاليه, شاليهات",
    "office": "office, offices, workspace, مكتب, مكاتب",
    "land": "land, plot, plots, ارض, أراضي, قطعة ارض",
}
PURPOSES = {
    "sale": "sale, sell, for sale, buy, resale, primary, purchase, بيع, للبيع, تمليك, شراء",
    "rent": "rent, for rent, rental, lease, to let, monthly rent, ايجار, للإيجار, إيجار شهري, egar",
}
PAYMENTS = {
    "cash": "cash, cash only, full payment, كاش, نقدا",
    "installments": "installments, installment, instalments, instalment, payment plan, تقسيط, أقساط, بالتقسيط, ta2seet",
    "both": "both, cash or installments, cash and installments, cash installments, installments or cash, كاش او تقسيط, كاش وتقسيط",
}
#: Everything that a price in pounds may carry.
POUNDS = "egyptian pounds, egyptian pound, pounds, pound, egp, l e, جنيه مصري, جنيها, جنيه, ج م"


def spellings(choices: dict[str, str]) -> dict[str, str]:
    """Return every spelling's key with the name that it stands for."""
    return {key(word): name for name, said in choices.items() for word in said.split(",")}
