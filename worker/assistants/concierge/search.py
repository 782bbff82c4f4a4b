"""Searches: for the current criteria, for the next page, and for something cheaper or bigger than what was shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from session.replies import Menu, Row
from worker.assistants.catalogue import PropertyRecord, Record, SearchResult
from worker.assistants.catalogue.criteria import Slots, filters_of, slots_in
from worker.assistants.catalogue.deviations import deviations
from worker.assistants.catalogue.edges import EDGES, edge_of
from worker.assistants.catalogue.wider_places import wider_places
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.nothing import say_nothing_fits
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import MORE, SHOW
from worker.assistants.wording.record_texts import brief, details, headline
from worker.assistants.wording.summary import loosened

PAGE = 5
#: A list has ten rows, and one is for "more".
MOST = 9
_ORDERS = {"cheaper": "price", "dearer": "-price", "bigger": "-area", "smaller": "area"}


def search(
    context: ConciergeTurn, query: str, *, intent: str, size: int = PAGE, signals: tuple[str, ...] = ()
) -> SearchResult:
    """Search for the current criteria and show the first page. Raises `SearchLimitReached`."""
    slots = context.slots
    filters = filters_of(slots, context.kind)
    order = next(
        (_ORDERS[signal] for signal in signals if signal in _ORDERS),
        _default_order(filters, query, context.kind),
    )
    wider = wider_places(context.records, context.kind, query, filters, context.names)
    filters = wider or filters
    found = _counted(context, query, filters, intent=intent, order=order, size=size)
    if wider:
        place = "city" if context.kind == "members" else "location"
        found = replace(found, relaxed=tuple(dict.fromkeys([place, *found.relaxed])))
    dialogue = Dialogue(kind=context.kind, query=query, filters=filters, order=order, size=size)
    show(context, found, dialogue, slots)
    return found


def turn_page(context: ConciergeTurn) -> None:
    """Show the next page of the last search; it does not count as a search."""
    dialogue = context.dialogue
    offset = dialogue.offset + len(dialogue.ids)
    if offset >= dialogue.total:
        context.answer(context.say(f"end.{context.kind}", total=dialogue.total))
    else:
        _show_from(context, offset)


def show_again(context: ConciergeTurn, *_: object) -> None:
    """Show the same page again, or what was shown without a search; it does not count as a search."""
    dialogue = context.dialogue
    if dialogue.size:
        _show_from(context, dialogue.offset)
    else:
        records = tuple(record for one in dialogue.ids if (record := context.record(one)))
        show(context, SearchResult(records=records, total=len(records)), dialogue, {})


def _show_from(context: ConciergeTurn, offset: int) -> None:
    dialogue = context.dialogue
    found = context.records.find(
        context.kind,
        dialogue.query,
        dialogue.filters,
        offset=offset,
        limit=dialogue.size,
        order=dialogue.order,
    )
    show(context, found, dialogue, slots_in(dialogue.filters))


def search_beyond(context: ConciergeTurn, signal: str, *, intent: str) -> None:
    """Search below the cheapest record shown, above the dearest, and so on; say so if nothing is found."""
    slot, opposite = EDGES[signal]
    compared = (context.dialogue.one,) if context.dialogue.one else context.dialogue.ids
    shown = [record for one in compared if isinstance(record := context.record(one), PropertyRecord)]
    purpose = shown[0].purpose if shown else ""
    if edge := edge_of(signal, [record for record in shown if record.purpose == purpose]):
        known, query = context.slots, context.dialogue.query
        slots = {name: value for name, value in known.items() if name != opposite} | {slot: edge}
        filters = filters_of(slots, context.kind) | {"purpose": purpose}
        if "area" in filters:
            filters["areaMin"] = filters.pop("area")
        order = "-price" if signal == "cheaper" else ""
        found = _counted(context, query, filters, intent=intent, order=order, size=PAGE, slots=slots)
        if found.total and not {slot, "areaMin" if slot == "area" else slot} & set(found.relaxed):
            context.turn.remember(**{slot: edge}, **({opposite: None} if opposite in known else {}))
            dialogue = Dialogue(kind=context.kind, query=query, filters=filters, order=order, size=PAGE)
            show(context, found, dialogue, {"purpose": purpose} | slots)
            return
    context.answer(context.say(f"edge.{signal}", what=context.summary()))


def show(context: ConciergeTurn, found: SearchResult, dialogue: Dialogue, slots: Slots) -> None:
    """Send what was found as a list to choose from, and keep it in the dialogue."""
    ids = tuple(record.id for record in found)
    kept = dialogue.updated(offset=found.offset, total=found.total, ids=ids, one="")
    what = context.summary(slots, dialogue.query)
    if not found.total:
        say_nothing_fits(context, kept, what)
        return
    missed = deviations(found.relaxed, filters_of(slots, context.kind), found.records)
    relaxed = list(dict.fromkeys(loosened(one, context.speech, context.names) for one in missed))
    flexible = {"relaxed": context.speech.listed(relaxed)} if relaxed else {}
    if found.total == 1:
        head = context.note + context.say("one.flexible" if relaxed else "one", what=what, **flexible)
        about = f"\n\n{context.say('about')}" if context.kind == "properties" else ""
        context.turn.reply(f"{head}\n\n{details(found[0], context.speech, context.names)}{about}")
        context.keep(kept.model_copy(update={"one": ids[0]}))
        return
    figures = {"first": found.offset + 1, "last": found.offset + len(found), "total": found.total}
    sentence = "flexible" if relaxed and not found.offset else "page"
    head = context.note + context.say(sentence, what=what, **figures, **flexible)
    hint = context.say("choose.more" if found.more else "choose") if not found.offset else ""
    left = found.total - found.offset - len(found) if found.more else 0
    context.turn.reply("\n".join(filter(None, [head, hint])), menu=menu_of(context, found, left=left))
    context.keep(kept)


def menu_of(context: ConciergeTurn, records: Sequence[Record], *, left: int = 0) -> Menu:
    """Return records as a list to choose from; `left` are those on further pages."""
    rows = [
        Row(
            id=f"{SHOW}{record.id}",
            title=headline(record, context.speech, context.names),
            description=brief(record, context.speech, context.names) or None,
        )
        for record in records
    ]
    if left:
        rows.append(Row(id=MORE, title=context.say("more"), description=context.say("more.left", left=left)))
    return Menu(button=context.say("list"), rows=tuple(rows))


def _counted(
    context: ConciergeTurn,
    query: str,
    filters: Slots,
    *,
    intent: str,
    order: str,
    size: int,
    slots: Slots | None = None,
) -> SearchResult:
    turn = context.turn
    context.records  # noqa: B018  (raises if there are none)
    entities: dict[str, Any] = context.slots if slots is None else slots
    # The query has only the words that were not understood; the history keeps the customer's own words.
    return turn.search(  # type: ignore[return-value]  # a loaded catalogue returns nothing else
        context.kind,
        query,
        words=context.said,
        intent=intent,
        entities=entities,
        limit=size,
        order=order,
        **filters,
    )


def _default_order(filters: Slots, query: str, kind: str) -> str:
    """Return the order: with a budget the dearest record within it comes first, so that "cheaper" finds something."""
    return "-price" if kind == "properties" and "budget" in filters and not query else ""
