"""Searches: a new question, the next page, and a little cheaper or bigger than what was shown."""

from dataclasses import replace
from typing import Any

from session.messages import Menu, Row
from worker.assistants.catalogue import PropertyRecord, SearchResult
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.hearing import MORE, SHOW
from worker.assistants.concierge.showing import brief, details, headline
from worker.assistants.concierge.talk import Talk
from worker.assistants.concierge.wanting import Slots, filters_of, slots_in

PAGE = 5
#: A list has ten rows, and one is for more.
MOST = 9
#: What lies below the cheapest that was shown: rounded down to this many pounds, of a rent and of a price.
_STEPS = {"rent": 100, "sale": 1_000}
_ORDERS = {"cheaper": "price", "dearer": "-price", "bigger": "-area", "smaller": "area"}
#: signal -> the filter that it moves, and the one that would contradict it
_EDGES = {
    "cheaper": ("budget", "budgetMin"),
    "dearer": ("budgetMin", "budget"),
    "bigger": ("area", "areaMax"),
    "smaller": ("areaMax", "area"),
}


def search(
    talk: Talk, query: str, *, intent: str, size: int = PAGE, signals: tuple[str, ...] = ()
) -> SearchResult:
    """Search for what is wanted by now and show the first page. Raises `SearchLimitReached`."""
    slots = talk.slots
    filters = filters_of(slots, talk.kind)
    order = next(
        (_ORDERS[signal] for signal in signals if signal in _ORDERS), _usual(filters, query, talk.kind)
    )
    wider = _elsewhere(talk, query, filters)
    if wider is not None:
        filters = wider
    found = _counted(talk, query, filters, intent=intent, order=order, size=size)
    if wider is not None:
        found = replace(found, relaxed=("city", *found.relaxed))
    dialogue = Dialogue(kind=talk.kind, query=query, filters=filters, order=order, size=size)
    show(talk, found, dialogue, slots)
    return found


def turn_page(talk: Talk) -> None:
    """Show the next page of the last search; it counts as no search."""
    dialogue = talk.dialogue
    offset = dialogue.offset + len(dialogue.ids)
    if offset >= dialogue.total:
        talk.turn.reply(talk.say(f"end.{talk.kind}", total=dialogue.total))
        talk.keep(dialogue.but())
        return
    _show_from(talk, offset)


def show_again(talk: Talk) -> None:
    """Show the same page once more; it counts as no search."""
    _show_from(talk, talk.dialogue.offset)


def _show_from(talk: Talk, offset: int) -> None:
    dialogue = talk.dialogue
    found = talk.records.find(
        talk.kind, dialogue.query, dialogue.filters, offset=offset, limit=dialogue.size, order=dialogue.order
    )
    show(talk, found, dialogue, slots_in(dialogue.filters))


def move(talk: Talk, signal: str, *, intent: str) -> None:
    """Search below the cheapest that was shown, above the dearest, and so on; say so if nothing is there."""
    slot, opposite = _EDGES[signal]
    compared = (talk.dialogue.one,) if talk.dialogue.one else talk.dialogue.ids
    shown = [record for one in compared if isinstance(record := talk.record(one), PropertyRecord)]
    shown = [record for record in shown if record.purpose == shown[0].purpose]
    edge = _edge(signal, shown)
    if edge is None:
        talk.turn.reply(talk.say(f"edge.{signal}", what=talk.what()))
        talk.keep(talk.dialogue.but())
        return
    slots = {name: value for name, value in talk.slots.items() if name != opposite} | {slot: edge}
    filters = filters_of(slots, talk.kind) | {"purpose": shown[0].purpose}
    if "area" in filters:
        filters["areaMin"] = filters.pop("area")
    order, query = "-price" if signal == "cheaper" else "", talk.dialogue.query
    found = _counted(talk, query, filters, intent=intent, order=order, size=PAGE, slots=slots)
    moved = {slot, "areaMin"} if slot == "area" else {slot}
    if not found.total or moved & set(found.relaxed):
        talk.turn.reply(talk.say(f"edge.{signal}", what=talk.what()))
        talk.keep(talk.dialogue.but())
        return
    known = talk.slots
    talk.turn.remember(**{slot: edge}, **({opposite: None} if opposite in known else {}))
    if "purpose" not in known:
        slots["purpose"] = shown[0].purpose
    show(talk, found, Dialogue(kind=talk.kind, query=query, filters=filters, order=order, size=PAGE), slots)


def show(talk: Talk, found: SearchResult, dialogue: Dialogue, slots: Slots) -> None:
    """Say what was found, as a list to choose from, and keep it."""
    ids = tuple(record.id for record in found)
    kept = dialogue.but(offset=found.offset, total=found.total, ids=ids, one="")
    what = talk.what(slots, dialogue.query)
    if not found.total:
        talk.turn.reply(f"{talk.say('nothing', what=what)} {talk.can('try')}")
        talk.keep(kept)
        return
    loosened = list(
        dict.fromkeys(
            talk.speech.words.loosened[name] for name in found.relaxed if name in talk.speech.words.loosened
        )
    )
    flexible = {"loosened": talk.speech.listed(loosened)} if loosened else {}
    if found.total == 1:
        head = talk.say("one.flexible" if loosened else "one", what=what, **flexible)
        about = f"\n\n{talk.say('about')}" if talk.kind == "properties" else ""
        talk.turn.reply(f"{head}\n\n{details(found[0], talk.speech, talk.names)}{about}")
        talk.keep(kept.model_copy(update={"one": ids[0]}))
        return
    figures = {"first": found.offset + 1, "last": found.offset + len(found), "total": found.total}
    head = talk.say("flexible" if loosened and not found.offset else "page", what=what, **figures, **flexible)
    hint = talk.say("choose.more" if found.more else "choose") if not found.offset else ""
    talk.turn.reply("\n".join(filter(None, [head, hint])), menu=_menu(talk, found))
    talk.keep(kept)


def _menu(talk: Talk, found: SearchResult) -> Menu:
    rows = [
        Row(
            id=f"{SHOW}{record.id}",
            title=headline(record, talk.speech, talk.names),
            description=brief(record, talk.speech, talk.names) or None,
        )
        for record in found
    ]
    if found.more:
        left = found.total - found.offset - len(found)
        rows.append(Row(id=MORE, title=talk.say("more"), description=talk.say("more.left", left=left)))
    return Menu(button=talk.say("list"), rows=tuple(rows))


def _counted(
    talk: Talk,
    query: str,
    filters: Slots,
    *,
    intent: str,
    order: str,
    size: int,
    slots: Slots | None = None,
) -> SearchResult:
    turn = talk.turn
    talk.records  # noqa: B018  (raises where there are none)
    entities: dict[str, Any] = talk.slots if slots is None else slots
    # What is searched in the texts is what was not understood; the history shall have the customer's own words.
    return turn.search(  # type: ignore[return-value]  # a loaded catalogue returns nothing else
        talk.kind,
        query,
        words=turn.text,
        intent=intent,
        entities=entities,
        limit=size,
        order=order,
        **filters,
    )


def _elsewhere(talk: Talk, query: str, filters: Slots) -> Slots | None:
    """Return the filters without the place, if the words tell who is sought and nobody there has them."""
    if (
        talk.kind != "members"
        or not query
        or "location" not in filters
        or filters.keys() & {"profession", "name"}
    ):
        return None
    if "query" not in talk.records.find(talk.kind, query, filters, limit=1).relaxed:
        return None
    wider = {name: value for name, value in filters.items() if name != "location"}
    found = talk.records.find(talk.kind, query, wider, limit=1)
    return wider if found.total and not found.relaxed else None


def _usual(filters: Slots, query: str, kind: str) -> str:
    """Return the order: with a budget the best that it buys comes first, so that "cheaper" leads somewhere."""
    return "-price" if kind == "properties" and "budget" in filters and not query else ""


def _edge(signal: str, shown: list[PropertyRecord]) -> float | None:
    if signal in ("cheaper", "dearer"):
        prices = [record.price for record in shown]
        if not prices:
            return None
        step = _STEPS["rent" if shown[0].purpose == "rent" else "sale"]
        if signal == "cheaper":
            return max(0, (min(prices) - 1) // step * step) or None
        return (max(prices) // step + 1) * step
    areas = [record.area for record in shown if record.area]
    if not areas:
        return None
    return max(areas) + 1 if signal == "bigger" else min(areas) - 1
