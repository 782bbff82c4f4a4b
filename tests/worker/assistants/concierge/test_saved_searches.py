"""Customers who want to be told when something new comes or a price drops."""

from datetime import timedelta
from pathlib import Path

import pytest

from session.records import to_ms
from session.testing import Conversation
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.catalogue.watches import TIMER, has_news
from worker.assistants.concierge import assistant

from .conftest import NOW

HEAD = "id,type,location,price,purpose,bedrooms,area\n"
VILLA = "V1,villa,Maadi,{price},sale,4,300\n"
FLAT = "A1,apartment,Maadi,{price},sale,3,150\n"
CHEAPER = "V2,villa,Maadi,9000000,sale,5,350\n"


class Shop:
    """Records that are loaded again and again, and a customer."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.loads = folder, 0
        self.load(VILLA.format(price=12_000_000), FLAT.format(price=4_000_000))
        self.catalogue = open_catalogue(folder)
        self.customer = Conversation(assistant, catalogue=self.catalogue, kind="properties", now=NOW)

    def load(self, *rows):
        self.loads += 1
        (self.folder / "p.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
        load(self.folder / "p.csv", "properties", self.folder, now=NOW + timedelta(minutes=self.loads))

    def has_news(self):
        """Whether the workers ring the timer after the last load."""
        return has_news(self.catalogue, "properties", self.customer.timers[TIMER].payload)

    def rings(self):
        """What the customer reads when the workers ring it."""
        timers = self.customer._timers  # the kit has no action of the workers
        timers[TIMER] = timers[TIMER].model_copy(update={"at": to_ms(self.customer.now)})
        (answer,) = self.customer.passes(timedelta())
        return answer.texts


@pytest.fixture
def shop(tmp_path):
    one = Shop(tmp_path)
    yield one
    one.catalogue.close()


def test_something_new_for_a_search_is_told_once(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    saved = shop.customer.says("let me know when something new comes")
    assert saved.text.startswith(
        "I will tell you as soon as there is something new or cheaper: villa in Maadi"
    )
    assert saved.searched == ()
    assert not shop.has_news()

    shop.load(VILLA.format(price=12_000_000), CHEAPER, FLAT.format(price=4_000_000))
    assert shop.has_news()
    (told,) = shop.rings()
    assert told.startswith("There is something new or cheaper: villa in Maadi")
    assert "V2" in told
    assert "V1" not in told
    assert not shop.has_news()
    assert shop.rings() == []


def test_what_does_not_fit_is_no_news(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    shop.customer.says("tell me when there is a new one")
    shop.load(VILLA.format(price=12_000_000), "A2,apartment,Maadi,3000000,sale,3,100\n")
    assert not shop.has_news()


def test_a_price_that_drops_is_told_and_one_that_rises_is_not(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    saved = shop.customer.says("tell me when the price drops")
    assert saved.text.startswith("I will tell you as soon as the price drops:")

    shop.load(VILLA.format(price=13_000_000))
    assert not shop.has_news()
    shop.load(VILLA.format(price=11_500_000))
    (told,) = shop.rings()
    assert told.startswith("The price has dropped:")
    assert "11,500,000" in told
    # The same price once more is not told once more.
    shop.load(VILLA.format(price=13_000_000))
    shop.load(VILLA.format(price=11_500_000))
    assert not shop.has_news()


def test_a_price_may_have_to_drop_to_what_the_customer_says(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    shop.customer.says("let me know if the price drops below 10 million")
    shop.load(VILLA.format(price=11_000_000))
    assert not shop.has_news()
    shop.load(VILLA.format(price=9_900_000))
    assert shop.has_news()


def test_records_that_were_left_out_by_mistake_are_not_new_when_they_come_back(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    shop.customer.says("let me know when something new comes")
    shop.load(FLAT.format(price=4_000_000))
    shop.load(VILLA.format(price=12_000_000), FLAT.format(price=4_000_000))
    assert not shop.has_news()


def test_a_wish_with_criteria_is_saved_with_them(shop):
    saved = shop.customer.says("ping me once you get an apartment in Maadi under 3 million")
    assert "apartment in Maadi up to 3,000,000 EGP" in saved.text
    shop.load(FLAT.format(price=2_900_000))
    (told,) = shop.rings()
    assert "2,900,000" in told


def test_without_anything_to_look_out_for_it_is_asked_for(shop):
    assert shop.customer.says("set an alert").text.startswith("Gladly. What shall I look out for")
    assert shop.customer.timers == {}


def test_what_is_named_after_that_question_is_saved(shop):
    shop.customer.says("set an alert")
    assert shop.customer.says("villa in Maadi").text.startswith("I will tell you as soon as")
    assert len(shop.customer.timers[TIMER].payload) == 1


def test_of_members_it_is_asked_whom_to_look_out_for(seeker):
    assert seeker.hears("set an alert").startswith("Gladly. Whom shall I look out for")


def test_of_members_somebody_new_is_told_and_nothing_cheaper(seeker):
    seeker.says("doctors in Koramangala")
    saved = seeker.hears("let me know when somebody new comes")
    assert saved.startswith("I will tell you as soon as somebody new is listed: doctors in Koramangala")


def test_the_same_wish_twice_is_one_and_a_sixth_is_too_many(shop):
    for place in ("Maadi", "Zamalek", "Dokki", "Heliopolis", "Nasr City"):
        for _ in range(2):
            shop.customer.says(f"notify me when you have a villa in {place}")
    assert len(shop.customer.timers[TIMER].payload) == 5
    full = shop.customer.says("notify me when you have a villa in October")
    assert full.text.startswith("I already look out for 5")


@pytest.mark.parametrize("text", ["stop the alerts", "خلاص لقيت", "wa2af el alerts"])
def test_alerts_end_when_the_customer_says_so(shop, text):
    shop.customer.says("villa in Maadi up to 15 million")
    shop.customer.says("let me know when something new comes")
    assert len(shop.customer.says(text).texts) == 1
    assert shop.customer.timers == {}


def test_what_is_told_can_be_pointed_at(shop):
    shop.customer.says("home in Maadi up to 15 million")
    shop.customer.says("let me know when something new comes")
    shop.load(CHEAPER, "A2,apartment,Maadi,3000000,sale,3,100\n")
    assert "1. " in shop.rings()[0]
    assert "Code: " in shop.customer.says("the second one").text


def test_after_half_a_year_it_ends(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    shop.customer.says("let me know when something new comes")
    assert [answer.texts for answer in shop.customer.passes(timedelta(days=181))] == [[]]
    assert shop.customer.timers == {}


def test_a_payload_that_cannot_be_read_waits_for_nothing(shop):
    for payload in (
        None,
        "x",
        [1],
        [{"kind": "properties"}],
        [{"kind": "properties", "since": "", "filters": {"x": 1}}],
    ):
        assert not has_news(shop.catalogue, "properties", payload)


def test_no_price_is_promised_of_what_is_gone(shop):
    shop.customer.says("villa in Maadi up to 15 million")
    shop.load(FLAT.format(price=4_000_000))
    saved = shop.customer.says("tell me when the price drops")
    assert "something new or cheaper: villa in Maadi" in saved.text
    (watch,) = shop.customer.timers[TIMER].payload
    assert "record" not in watch


def test_the_words_of_the_wish_itself_are_not_looked_for(shop):
    shop.load(VILLA.format(price=12_000_000), "V3,villa,Maadi,50000,rent,4,300\n")
    saved = shop.customer.says("let me know when something new comes in Maadi").text
    assert saved.startswith("I will tell you as soon as there is something new or cheaper: home in Maadi.")
