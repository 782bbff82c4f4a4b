"""Searches: for the current criteria, for the next page, and for something cheaper or bigger than what was shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from session.replies import Menu, Row
from worker.assistants.catalogue import PropertyRecord, Record, SearchResult
from worker.assistants.catalogue.criteria import Slots, filters_of, purpose_of, slots_in
from worker.assistants.catalogue.deviations import deviations
from worker.assistants.catalogue.wider_places import wider_places
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import HUMAN, MORE, RENT, SALE, SHOW, WATCH
from worker.assistants.wording.record_facts import price
from worker.assistants.wording.record_texts import brief, details, headline, picture_of
from worker.assistants.wording.summary import loosened

PAGE = 5
#: A list has ten rows: one is for "more", one for the same to rent.
MOST = 8
_ORDERS = {"cheaper": "price", "dearer": "-price", "bigger": "-area", "smaller": "area"}
_OTHER = {SALE: RENT, RENT: SALE}
#: Places that are named where there would be something.
_PLACES = 3


def search(
    context: ConciergeTurn, query: str, *, intent: str, size: int = PAGE, signals: tuple[str, ...] = ()
) -> SearchResult:
    """Search for the current criteria and show the first page. Raises `SearchLimitReached`."""
    filters = filters_of(context.slots, context.kind)
    # With a budget the dearest record within it comes first, so that "cheaper" finds something.
    usual = "-price" if context.kind == "properties" and "budget" in filters and not query else ""
    order = next((_ORDERS[signal] for signal in signals if signal in _ORDERS), usual)
    wider = wider_places(context.records, context.kind, query, filters, context.names)
    filters = _for_one_purpose(context, query, wider or filters)
    found = counted(context, query, filters, intent=intent, order=order, limit=size)
    if wider:
        place = "city" if context.kind == "members" else "location"
        found = replace(found, relaxed=tuple(dict.fromkeys([place, *found.relaxed])))
    said = context.slots if purpose_of(context.slots) else {"purpose": filters.get("purpose")} | context.slots
    show(context, found, said, query=query, filters=filters, order=order, size=size)
    return found


def _for_one_purpose(context: ConciergeTurn, query: str, filters: Slots) -> Slots:
    """Return the filters of a search to buy or to rent, never both: what was shown before, to buy at first, if that fits."""
    if context.kind != "properties" or "purpose" in filters:
        return filters
    before = context.dialogue.filters.get("purpose", SALE)
    tried = [filters | {"purpose": purpose} for purpose in (before, _OTHER[before])]
    return next((one for one in tried if context.exactly(query, one).total), tried[0])


def show_again(context: ConciergeTurn, *_: object) -> None:
    """Show the same page again, or what was shown without a search; it does not count as a search."""
    if context.dialogue.size:
        show_from(context, context.dialogue.offset)
    else:
        records = context.shown()
        show(context, SearchResult(records=records, total=len(records)), {})


def show_from(context: ConciergeTurn, offset: int) -> None:
    """Show a page of the last search; it does not count as a search."""
    last = context.dialogue
    found = context.records.find(
        context.kind, last.query, last.filters, offset=offset, limit=last.size, order=last.order
    )
    show(context, found, slots_in(last.filters))


def counted(
    context: ConciergeTurn, query: str, filters: Slots, *, slots: Slots | None = None, **how: Any
) -> SearchResult:
    """Search, which counts, for some slots or else the current ones. Raises `SearchLimitReached` and `NoCatalogue`."""
    context.records  # noqa: B018  (raises if there are none)
    entities: dict[str, Any] = context.slots if slots is None else slots
    # The query has only the words that were not understood; the history keeps the customer's own words.
    return context.turn.search(  # type: ignore[return-value]  # a loaded catalogue returns nothing else
        context.kind, query, words=context.said, entities=entities, **how, **filters
    )


def show(context: ConciergeTurn, found: SearchResult, slots: Slots, **searched: Any) -> None:
    """Send what was found for some slots as a list to choose from, and keep it in the dialogue with what was searched."""
    ids = tuple(record.id for record in found)
    context = context.going_on(
        offset=found.offset, total=found.total, ids=ids, one="", owner=None, **searched
    )
    what = context.summary(slots, context.dialogue.query)
    if not found.total:
        _say_nothing_fits(context, what)
        return
    missed = deviations(found.relaxed, filters_of(slots, context.kind), found.records)
    relaxed = list(dict.fromkeys(loosened(one, context.speech, context.names) for one in missed))
    flexible = {"relaxed": context.speech.listed(relaxed)} if relaxed else {}
    other, there = _other_purpose(context) if not found.offset else ("", 0)
    also = context.say(f"also.{other}", total=there) if there else ""
    if found.total == 1:
        head = context.note + context.say("one.flexible" if relaxed else "one", what=what, **flexible)
        show_one(context, ids[0], head=f"{head} {also}".strip(), buttons=(other,) if there else ())
        return
    figures = {"first": found.offset + 1, "last": found.offset + len(found), "total": found.total}
    sentence = "flexible" if relaxed and not found.offset else "page"
    head = context.note + context.say(sentence, what=what, **figures, **flexible)
    hint = context.say("choose.more" if found.more else "choose") if not found.offset else ""
    left = found.total - found.offset - len(found) if found.more else 0
    menu = menu_of(context, found, left=left, other=other if there else "")
    context.answer("\n".join(filter(None, [head, hint, also])), menu=menu)


def _other_purpose(context: ConciergeTurn) -> tuple[str, int]:
    """Return to rent instead of to buy, or the other way round, and how many fit then; 0 if the customer has said which."""
    filters = context.dialogue.filters
    if "purpose" not in filters or purpose_of(context.slots):
        return "", 0
    other = _OTHER[filters["purpose"]]
    return other, context.exactly(context.dialogue.query, filters | {"purpose": other}).total


def show_one(context: ConciergeTurn, record_id: str, *, head: str = "", buttons: Sequence[str] = ()) -> None:
    """Show the details of one record; `head` says for what it was found."""
    record = context.record(record_id)
    if record is None:
        context.answer(context.say("gone"))
        return
    about = context.say("about") if context.kind == "properties" else ""
    text = "\n\n".join(filter(None, [head, context.told(details, record), about]))
    context.answer(text, media=picture_of(record), buttons=buttons, options=(), one=record.id)


def menu_of(context: ConciergeTurn, records: Sequence[Record], *, left: int = 0, other: str = "") -> Menu:
    """Return records as a list to choose from; `left` are those on further pages, `other` is a purpose to choose instead."""
    rows = [
        Row(
            id=f"{SHOW}{record.id}",
            title=context.told(headline, record),
            description=context.told(brief, record) or None,
        )
        for record in records
    ]
    if left:
        rows.append(Row(id=MORE, title=context.say("more"), description=context.say("more.left", left=left)))
    if other:
        rows.append(Row(id=other, title=context.say(f"button.{other}")))
    return Menu(button=context.say("list"), rows=tuple(rows))


def _say_nothing_fits(context: ConciergeTurn, what: str) -> None:
    """Say so, with what there is instead, and offer with buttons to tell of new ones, and a person."""
    said = [f"{context.note}{context.say('nothing', what=what)}", _instead(context)]
    # Who waits for a person is offered no second one.
    buttons = (WATCH,) if context.turn.waiting else (WATCH, HUMAN)
    text = " ".join(filter(None, [*said, context.say(f"try.{context.kind}")]))
    context.answer(text, buttons=buttons, offered=what)


def _instead(context: ConciergeTurn) -> str:
    """Return what the cheapest costs, or else where there would be something; "" if neither is known."""
    if context.kind != "properties":
        return ""
    dearer = _cheapest(context, "budget", "budgetMin")
    if dearer and "budget" in context.dialogue.filters:
        return context.say("nothing.price", price=context.told(price, dearer[0]))
    elsewhere = _cheapest(context, "location", "compound", "city")
    places = [context.names.place(record.location, context.speech.language) for record in elsewhere]
    several = list(dict.fromkeys(places))[:_PLACES]
    return context.say("nothing.elsewhere", places=context.speech.listed(several)) if several else ""


def _cheapest(context: ConciergeTurn, *without: str) -> list[PropertyRecord]:
    """Return the cheapest records that meet the other filters; none if nothing but the purpose is left of them."""
    filters = {name: value for name, value in context.dialogue.filters.items() if name not in without}
    if not filters.keys() - {"purpose"}:
        return []
    found = context.exactly(context.dialogue.query, filters, order="price")
    return [record for record in found if isinstance(record, PropertyRecord)]
