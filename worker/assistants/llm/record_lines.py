"""Lists records for a customer: prices and contacts come from the catalogue, never from the model. Pure."""

from collections.abc import Sequence

from worker.assistants.catalogue import MemberRecord, PropertyRecord, Record, SearchResult

_WORDS = {
    "en": {
        "price": "EGP {price:,}",
        "rent": "EGP {price:,} a month",
        "beds": "{n} bedrooms",
        "bed": "1 bedroom",
        "area": "{n:g} m²",
        "page": "{first}-{last} of {total}",
        "none": "no contact details",
        "lead": "Here is what I found:",
    },
    "ar": {
        "price": "{price:,} جنيه",
        "rent": "{price:,} جنيه شهريًا",
        "beds": "{n} غرف نوم",
        "bed": "غرفة نوم واحدة",
        "area": "{n:g} م²",
        "page": "{first}-{last} من {total}",
        "none": "لا توجد بيانات اتصال",
        "lead": "هذه هي النتائج:",
    },
    "franco": {
        "price": "{price:,} EGP",
        "rent": "{price:,} EGP fel shahr",
        "beds": "{n} owad nom",
        "bed": "oda nom wa7da",
        "area": "{n:g} m²",
        "page": "{first}-{last} men {total}",
        "none": "mafeesh bayanat etesal",
        "lead": "dah elly la2eto:",
    },
}


def lead(language: str | None) -> str:
    """Return the line above the records for an answer without usable text."""
    return _words(language)["lead"]


def listed(
    records: Sequence[Record], found: SearchResult | None, *, contacts: bool, language: str | None
) -> str:
    """Return the records as numbered lines; for a whole page also its position and the total."""
    words = _words(language)
    lines = [f"{n}. {_line(record, words, language)}" for n, record in enumerate(records, start=1)]
    if contacts:
        lines = [f"{line}\n{_contacts(record, words)}" for line, record in zip(lines, records, strict=True)]
    elif found is not None and tuple(records) == found.records:
        page = {"first": found.offset + 1, "last": found.offset + len(found), "total": found.total}
        lines.insert(0, words["page"].format(**page))
    return "\n".join(lines)


def _words(language: str | None) -> dict[str, str]:
    return _WORDS.get(language or "en", _WORDS["en"])


def _line(record: Record, words: dict[str, str], language: str | None) -> str:
    if isinstance(record, MemberRecord):
        parts = [record.name, record.specialty or record.profession, record.organisation, record.city]
        return " · ".join(part for part in parts if part)
    title = record.title_ar if language == "ar" and record.title_ar else record.title
    return " · ".join(part for part in (title, *_facts(record, words)) if part)


def _facts(record: PropertyRecord, words: dict[str, str]) -> tuple[str, ...]:
    price = words["rent" if record.purpose == "rent" else "price"].format(price=record.price)
    beds = {None: "", 0: "", 1: words["bed"]}.get(record.bedrooms, words["beds"].format(n=record.bedrooms))
    area = words["area"].format(n=record.area) if record.area else ""
    return record.location, price, beds, area


def _contacts(record: Record, words: dict[str, str]) -> str:
    parts = (record.phone, record.email) if isinstance(record, MemberRecord) else (record.url,)
    return "   " + (" · ".join(part for part in parts if part) or words["none"])
