"""Saved searches: "tell me when the price drops", "when something new comes". They are one timer of the conversation.

The timer rings when a load of records has something new (see `worker.watching`), and by itself when the time is over for which
a search is saved. What was told is not told again: each saved search knows the load that was the newest then. News that could not
be sent after the customer service window wait for the customer's next message.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from session.errors import NoCatalogue
from session.records import from_ms
from session.turn import Turn
from worker.assistants.catalogue import Record, SearchResult
from worker.assistants.catalogue.criteria import filters_of, merged, slots_in
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.catalogue.watches import MOST, TIMER, Watch, load_of, news_of, to_payload, watches_in
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import WATCH
from worker.assistants.wording.record_texts import brief, details, headline

#: For how long a search is saved; after that the customer has long found something.
_LASTS: Final = timedelta(days=180)
#: What agents read of the timer while its news wait for the customer.
WAITS: Final = "news for the next message"
#: Records in one message.
_SHOWN: Final = 5


def save_search(context: ConciergeTurn, heard: Heard) -> None:
    """Save what the customer looks for, or the price of the record that is shown, until there is something new."""
    watch, plan = _watch(context, heard), context.turn.timers.get(TIMER)
    others = [one for one in watches_in(plan.payload) if not one.is_like(watch)] if plan else []
    if not (watch.record or watch.filters.keys() - {"purpose"} or watch.query):
        context.answer(context.say(f"saved.what.{context.kind}"), asked=WATCH)
        return
    if len(others) >= MOST:
        context.turn.reply(context.say("saved.full", count=MOST))
    else:
        name = "saved.price" if watch.record else f"saved.{watch.kind}"
        late = () if context.turn.reaches_late else ("saved.window",)
        context.answer(context.say(name, *late, what=_what(context, watch)))
        _save(context.turn, [*others, watch], context.turn.now + _LASTS, plan.text if plan else "")


def save_what_is_named(context: ConciergeTurn, heard: Heard) -> bool:
    """Save what answers the question what to look out for."""
    if context.dialogue.asked != WATCH or not heard.change:
        return False
    save_search(context, heard)
    return True


def stop_watching(context: ConciergeTurn, heard: Heard) -> bool:  # noqa: ARG001  (the signature of all moves)
    """Forget all saved searches; a customer without any means something else."""
    if not context.turn.cancel_later(TIMER):
        return False
    context.answer(context.say("saved.stopped"))
    return True


def tell_news(turn: Turn) -> None:
    """Tell what is new for the saved searches, in the turn of their timer; nothing if nothing is, or if it could not be sent."""
    assert turn.timer is not None  # noqa: S101  (it is its turn)
    watches, ends = watches_in(turn.timer.payload), from_ms(turn.timer.at)
    if turn.reaches_late or turn.session.takes_free_form(turn.now):
        _tell_new(turn, watches, ends)
    elif ends > turn.now:
        _save(turn, watches, ends, WAITS)


def tell_waiting_news(turn: Turn) -> None:
    """Tell news that could not be sent earlier behind the answer to a message, unless that asks something or calls a person."""
    plan = turn.timers.get(TIMER)
    if plan is None or plan.text != WAITS or turn.waiting or turn.effects.escalation:
        return
    if not ConciergeTurn.of(turn).dialogue.asked:
        _tell_new(turn, watches_in(plan.payload), plan.meant)


def _save(turn: Turn, watches: Sequence[Watch], ends: datetime, text: str = "") -> None:
    turn.later(TIMER, at=ends, text=text, payload=to_payload(watches), outlives_close=True)


def _tell_new(turn: Turn, watches: Sequence[Watch], ends: datetime) -> None:
    context, after, news = ConciergeTurn.of(turn), list[Watch](), list[tuple[Watch, SearchResult]]()
    for watch in watches:
        found, since = SearchResult(), watch.since
        with suppress(NoCatalogue, CatalogueError):
            if watch.kind == context.kind:
                found, since = news_of(context.records, watch, _SHOWN), load_of(context.records, watch.kind)
        news += [(watch, found)] if found.total else []
        after.append(watch.model_copy(update={"since": since or watch.since}))
    if ends > turn.now:
        _save(turn, after, ends)
    if news:
        _tell(context, news)


def _tell(context: ConciergeTurn, news: list[tuple[Watch, SearchResult]]) -> None:
    records = dict[str, Record]()
    said = list[str]()
    for watch, found in news:
        fresh = [record for record in found if record.id not in records]
        if not fresh:
            continue
        lines = [_line(context, number, record) for number, record in enumerate(fresh, len(records) + 1)]
        records |= {record.id: record for record in fresh}
        name = "news.price" if watch.record else f"news.{watch.kind}"
        said.append("\n".join([context.say(name, what=_what(context, watch)), *lines]))
    ids, (first, *others) = tuple(records), records.values()
    if not others:
        said = [said[0].rpartition("\n")[0], context.told(details, first)]
    watch, _ = news[0]
    context.answer(
        "\n\n".join([*said, context.say("news.stop")]),
        query=watch.query,
        filters=watch.filters,
        ids=ids,
        one="" if others else ids[0],
        offset=0,
        total=len(ids),
    )


def _line(context: ConciergeTurn, number: int, record: Record) -> str:
    about = context.told(brief, record)
    return f"{number}. {context.told(headline, record)} {about} ({record.id})"


def _watch(context: ConciergeTurn, heard: Heard) -> Watch:
    """Return what the customer wants to be told of; new criteria of the message are those of the search from now on."""
    since, one = load_of(context.records, context.kind), context.dialogue.one
    if context.record(one) and "drops" in heard.meanings and heard.new.keys() <= {"budget"}:
        return Watch(kind=context.kind, record=one, filters={**heard.new}, since=since)
    context.turn.remember(**heard.change)
    query = heard.query or ("" if heard.change else context.dialogue.query)
    # Where the customer has not said whether to buy or to rent, what was shown tells.
    purpose = {name: value for name, value in context.dialogue.filters.items() if name == "purpose"}
    filters = filters_of(merged(context.slots, {}), context.kind)
    return Watch(kind=context.kind, query=query, filters=purpose | filters, since=since)


def _what(context: ConciergeTurn, watch: Watch) -> str:
    record = context.record(watch.record)
    if record is not None:
        return f"{context.told(headline, record)} ({record.id})"
    return context.summary(slots_in(watch.filters), watch.query)
