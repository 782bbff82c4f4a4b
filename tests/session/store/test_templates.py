"""Definitions of templates in Redis: read completely at a provider, and changed by what it reports."""

from threading import Barrier, Thread

from session.event_records import EventRecord
from session.template_definitions import Definition, NotKept, TemplateChange
from tests.stores import Stores

META, OTHER = "meta:2", "meta:3"


def definition(name="sale", *, account=META, **fields):
    given = {"account": account, "name": name, "language": "en", "status": "APPROVED", "body": "Hi {{1}}"}
    return Definition(**given | fields)


def change(after="PAUSED", *, what="status", name="sale", account=META, **fields):
    return TemplateChange(account=account, name=name, language="en", what=what, after=after, **fields)


def by_name(stores):
    return {one.key: one for one in stores.templates.all().known}


def test_what_an_account_has_replaces_what_it_had_and_nothing_of_others(stores):
    stores.templates.put(META, [definition("old"), definition("sale")])
    stores.templates.put(OTHER, [definition("old", account=OTHER)])
    stores.templates.put(META, [definition("sale", body="Bye"), definition("new")])

    found = stores.templates.all()

    assert sorted(one.key for one in found.known) == ["meta:2|new|en", "meta:2|sale|en", "meta:3|old|en"]
    assert found.find("meta", "sale", "en").body == "Bye"
    assert found.pulled == {META, OTHER}


def test_an_account_without_templates_was_read_too(stores):
    stores.templates.put(META, [])

    assert stores.templates.all().covers("meta")
    assert not stores.templates.all().covers("twilio")


def test_a_change_is_noted_once_with_its_event(stores):
    stores.templates.put(META, [definition()])

    assert stores.templates.note(change(why="too many blocks"))
    assert not stores.templates.note(change(why="too many blocks"))

    assert by_name(stores)["meta:2|sale|en"] == definition(status="PAUSED", why="too many blocks")
    assert stores.events() == [
        {
            "at": stores.events()[0]["at"],
            "template_change": "status",
            "template": "sale",
            "language": "en",
            "line": META,
            "before": "APPROVED",
            "after": "PAUSED",
            "words": "too many blocks",
        }
    ]
    assert EventRecord.of(stores.events()[0]).event.about == META


def test_a_change_of_what_was_never_read_is_kept_and_covers_nothing(stores):
    stores.templates.note(change("RED", what="quality"))

    (found,) = stores.templates.all().known
    assert (found.quality, found.status, found.is_read) == ("RED", "APPROVED", False)
    assert not stores.templates.all().covers("meta")


def test_an_unreadable_definition_is_left_out_and_replaced_by_the_next_change(stores):
    stores.templates.put(META, [definition("new")])
    stores.client.hset("templates", "meta:2|sale|en", "{")

    assert [one.name for one in stores.templates.all().known] == ["new"]
    assert stores.templates.note(change())
    assert by_name(stores)["meta:2|sale|en"].status == "PAUSED"


def test_changes_at_the_same_time_are_all_kept(stores):
    stores.templates.put(META, [definition()])
    changes = [change("RED", what="quality"), change("UTILITY", what="category"), change("PAUSED")]
    together = Barrier(len(changes))

    def note(one):
        own = Stores.on(stores.client)
        together.wait()
        own.templates.note(one)

    threads = [Thread(target=note, args=(one,)) for one in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = by_name(stores)["meta:2|sale|en"]
    assert (found.quality, found.category, found.status) == ("RED", "UTILITY", "PAUSED")
    assert len(stores.events()) == len(changes)


def test_a_status_that_is_delivered_late_or_again_changes_nothing(stores):
    stores.templates.put(META, [definition()])
    paused, again = change("PAUSED", at=5), change("APPROVED", at=9)

    assert [stores.templates.note(one) for one in (paused, again, paused, again)] == [
        True,
        True,
        False,
        False,
    ]
    assert by_name(stores)["meta:2|sale|en"].status == "APPROVED"


# -- what programs put


def test_what_a_program_puts_is_kept_with_one_event_and_covers_nothing(stores):
    assert stores.templates.record(definition(), by="api:crm")
    assert not stores.templates.record(definition(), by="api:crm")

    assert by_name(stores) == {"meta:2|sale|en": definition()}
    assert not stores.templates.all().covers("meta")
    (event,) = [EventRecord.of(one).event for one in stores.events()]
    assert (event.what, event.before, event.after, event.by) == ("definition", None, "APPROVED", "api:crm")


def test_it_replaces_what_was_reported_but_the_quality(stores):
    stores.templates.note(change("RED", what="quality"))
    stores.templates.note(change("PAUSED"))

    assert stores.templates.record(definition(body="Bye"), by="api:crm")

    assert by_name(stores)["meta:2|sale|en"] == definition(body="Bye", quality="RED")
    event = EventRecord.of(stores.events()[-1]).event
    assert (event.before, event.after) == ("PAUSED", "APPROVED")


def test_what_is_read_at_the_provider_is_neither_replaced_nor_removed(stores):
    stores.templates.put(META, [definition()])

    assert stores.templates.record(definition(body="Bye"), by="api:crm") is NotKept.PULLED
    assert stores.templates.record(definition("new"), by="api:crm") is NotKept.PULLED
    assert stores.templates.remove(definition(), by="api:crm") is NotKept.PULLED
    assert by_name(stores) == {"meta:2|sale|en": definition()}
    assert stores.events() == []


def test_what_was_put_is_removed_once(stores):
    stores.templates.record(definition(), by="api:crm")

    assert stores.templates.remove(definition(), by="api:crm")
    assert not stores.templates.remove(definition(), by="api:crm")

    assert by_name(stores) == {}
    assert [one["after"] for one in stores.events()] == ["APPROVED", "REMOVED"]


def test_there_is_an_end_to_what_is_kept_and_what_is_kept_can_change(stores):
    stores.templates.record(definition(), by="api:crm")
    stores.client.hset("templates", mapping={f"meta:9|t{number}|en": "{}" for number in range(10_000)})

    assert stores.templates.record(definition("new"), by="api:crm") is NotKept.FULL
    assert stores.templates.record(definition(body="Bye"), by="api:crm")


def test_an_account_that_is_read_later_has_what_its_provider_says(stores):
    stores.templates.record(definition("mine"), by="api:crm")
    stores.templates.put(META, [definition()])

    assert set(by_name(stores)) == {"meta:2|sale|en"}


def test_a_key_of_a_wrong_type_is_a_dead_letter_and_definitions_are_kept_again(stores):
    stores.client.set("templates", "junk")

    assert by_name(stores) == {}
    stores.templates.record(definition(), by="api:crm")

    assert by_name(stores) == {"meta:2|sale|en": definition()}
    assert [(letter["place"], letter["raw"]) for letter in stores.dead()] == [("templates", "junk")]


def test_what_was_put_for_another_account_does_not_stand_before_what_was_read(stores):
    stores.templates.record(definition(account="meta:1", body="{{1}} {{2}}"), by="api:crm")
    stores.templates.put(META, [definition()])
    stores.templates.record(definition(account=OTHER, body="{{1}} {{2}}"), by="api:crm")

    assert stores.templates.all().find("meta", "sale", "en").account == META
