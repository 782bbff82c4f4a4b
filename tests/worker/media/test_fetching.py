"""What customers send as files is fetched once, kept as it is, or given up with a reason."""

import asyncio
import hashlib
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from session.content_parts import Card, Kind, Media
from session.errors import NoSuchMedium
from session.media_places import MediaPlace, folder_of
from session.media_store import MediaStore
from session.media_work import MediumRecord, MediumState
from session.policy import Policy
from session.store import AwaitedRunner, MediaWorkStore
from tests.clocks import ManualClock
from tests.fakes import CountingIds, RecordingWaker
from tests.stores import Stores, scripts_by
from tests.values import CONVERSATION, ROUTE, message, session
from worker.media.downloading import Arrived, NotNow, Place
from worker.media.fetching import MediaFetcher
from worker.media.reading import MediaReader

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1" + bytes(600)
OGG = b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead\1\1" + bytes(600)
PHOTO = Media(id="7", mime_type="image/jpeg", sha256=hashlib.sha256(JPEG).hexdigest())


@dataclass
class Provider:
    """Has one file under every id, unless a test says otherwise; satisfies `MediaSource` and `Downloads`."""

    content: bytes = JPEG
    outcomes: list = field(default_factory=list)  #: of the next downloads
    asked: list = field(default_factory=list)
    sha256: str = ""
    before: object = None

    async def media_at(self, media):
        self.asked.append(media.id)
        return Place(url="https://x/a", origin="https://x", sha256=self.sha256)

    async def download(self, place, write):
        if self.before:
            await self.before()
        outcome = self.outcomes.pop(0) if self.outcomes else Arrived(mime_type="")
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Arrived):
            for at in range(0, len(self.content), 1000):
                write(self.content[at : at + 1000])
        return outcome

    async def close(self):
        pass


class Shop:
    """A fetcher on a store, and what it needs."""

    def __init__(self, client, folder, **more):
        self.clock, self.waker, self.provider = ManualClock(), RecordingWaker(), Provider()
        self.policy = Policy(media_attempts=3, media_wait=timedelta(seconds=10))
        self.stores = Stores.on(client, policy=self.policy, clock=self.clock)
        self.media = MediaStore(MediaPlace(directory=folder))
        work = MediaWorkStore(scripts_by(self.clock), self.stores.keys, self.policy)
        self.fetcher = MediaFetcher(
            run=AwaitedRunner(self.stores.run),
            work=work,
            media=self.media,
            sources={"meta": self.provider},
            downloads=self.provider,
            waker=self.waker,
            clock=self.clock,
            new_id=CountingIds("f"),
            policy=self.policy,
            secret="secret",
            chance=lambda: 0.0,
            **more,
        )

    def receives(self, id_="m1", kind=Kind.IMAGE, media=PHOTO):
        self.stores.mailboxes.receive([message(id_, "", kind=kind, media=(media,))])

    def fetch(self):
        asyncio.run(self.fetcher.fetch(CONVERSATION))

    def known(self, id_="m1"):
        return self.stores.media.known(CONVERSATION, f"{id_}/0")


@pytest.fixture
def shop(fake, tmp_path):
    return Shop(fake, tmp_path / "media")


def test_a_photo_is_kept_as_it_is_in_the_folder_of_its_customer(shop):
    shop.receives()
    shop.fetch()
    known = shop.known()

    assert known.state is MediumState.KEPT
    assert known.media.stored == f"{folder_of(CONVERSATION, 'secret')}/{hashlib.sha256(JPEG).hexdigest()}"
    assert (known.media.size, known.media.mime_type, known.media.why_not) == (len(JPEG), "image/jpeg", None)
    assert shop.media.get(known.media.stored) == JPEG
    shop.fetch()
    assert shop.provider.asked == ["7"]


def test_several_of_an_album_are_fetched_together(shop):
    waiting = asyncio.Event()

    async def all_of_them():
        if len(shop.provider.asked) == 4:
            waiting.set()
        await asyncio.wait_for(waiting.wait(), 10)

    shop.provider.before = all_of_them
    for n in range(4):
        shop.receives(f"m{n}", media=Media(id=str(n)))
    shop.fetch()

    assert sorted(shop.provider.asked) == ["0", "1", "2", "3"]


def test_a_provider_that_is_away_is_asked_again_after_longer_and_longer_pauses(shop):
    shop.provider.outcomes = [NotNow(why="away"), NotNow(why="away")]
    shop.receives()
    for seconds in (1, 2):
        shop.fetch()
        assert shop.known().state is MediumState.WAITING
        shop.fetch()
        shop.clock.move(seconds=seconds)
    shop.fetch()

    assert len(shop.provider.asked) == 3
    assert shop.known().state is MediumState.KEPT
    assert shop.stores.dead() == []


def test_what_does_not_come_is_given_up_after_its_attempts(shop):
    shop.provider.outcomes = [NotNow(why="away")] * 3
    shop.receives()
    for _ in range(3):
        shop.fetch()
        shop.clock.move(seconds=10)
    known = shop.known()

    assert (known.state, known.media.why_not, known.media.stored) == (MediumState.FAILED, "away", None)
    (letter,) = shop.stores.dead()
    assert (letter["kind"], letter["why"], letter["conversation"]) == ("media", "away", CONVERSATION)


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"<html><script>alert(1)</script>", Kind.IMAGE, "its content is not of its kind"),
        (JPEG, Kind.VOICE, "its content is not of its kind"),
        (JPEG + bytes(5 * 1024 * 1024), Kind.IMAGE, "the medium is larger than 5,242,880 bytes"),
    ],
)
def test_what_may_not_be_kept_is_given_up_at_once(shop, content, kind, why):
    shop.provider.content = content
    shop.receives(kind=kind, media=Media(id="7", mime_type="image/jpeg"))
    shop.fetch()

    assert shop.known().media.why_not == why
    assert shop.media.remove(folder_of(CONVERSATION, "secret")) == 0
    assert len(shop.stores.dead()) == 1


@pytest.mark.parametrize(
    "said", [hashlib.sha256(b"x").hexdigest(), b64encode(hashlib.sha256(b"x").digest()).decode()]
)
def test_a_medium_that_is_not_what_the_provider_says_is_not_kept(shop, said):
    shop.provider.sha256 = said
    shop.receives()
    shop.fetch()

    assert shop.known().attempts == 1
    assert shop.known().state is MediumState.WAITING


def test_metas_hash_in_base64_is_read(shop):
    shop.receives(
        media=PHOTO.model_copy(update={"sha256": b64encode(hashlib.sha256(JPEG).digest()).decode()})
    )
    shop.fetch()

    assert shop.known().state is MediumState.KEPT


def test_a_fetch_that_takes_too_long_is_tried_again(fake, tmp_path):
    shop = Shop(fake, tmp_path, within=timedelta(milliseconds=20))
    shop.provider.before = lambda: asyncio.sleep(30)
    shop.receives()
    shop.fetch()

    assert (shop.known().state, shop.known().attempts) == (MediumState.WAITING, 1)


def test_a_media_store_that_is_away_loses_nothing(shop, tmp_path):
    (tmp_path / "media").write_text("not a folder")
    shop.receives()
    shop.fetch()

    assert (shop.known().state, shop.known().attempts) == (MediumState.WAITING, 1)
    (tmp_path / "media").unlink()
    shop.clock.move(seconds=1)
    shop.fetch()
    assert shop.known().state is MediumState.KEPT


def test_without_credentials_of_its_provider_a_medium_waits(shop):
    shop.fetcher.sources = {}
    shop.receives()
    shop.fetch()

    assert shop.known().state is MediumState.WAITING


def test_whatever_one_medium_has_the_others_have_not(shop):
    shop.provider.outcomes = [RuntimeError("odd")]
    shop.receives("m1")
    shop.receives("m2")
    shop.fetch()

    states = {shop.known(id_).state for id_ in ("m1", "m2")}
    assert states == {MediumState.WAITING, MediumState.KEPT}


def test_a_medium_that_kills_its_process_is_given_up(shop):
    shop.receives("m1")
    for n in range(3):
        shop.stores.media.take(CONVERSATION, holder=f"dies{n}", limit=4)
        shop.clock.move(shop.policy.fetch_lease_for * 2)
    shop.fetch()

    assert shop.known().media.why_not == "3 processes died while it was fetched"


def test_what_comes_after_the_customer_was_forgotten_is_removed_again(shop):
    async def forgotten():
        shop.stores.forgetting.forget(CONVERSATION)

    shop.provider.before = forgotten
    shop.receives()
    shop.fetch()

    assert shop.media.remove(folder_of(CONVERSATION, "secret")) == 0


def test_what_comes_after_the_customer_has_moved_takes_no_file_from_what_has_moved(shop):
    """The same photo came before: its record, and with it the key of its file, is elsewhere by now."""

    async def moved():
        shop.stores.client.delete(shop.stores.keys.of(CONVERSATION).media)
        shop.stores.client.set(shop.stores.keys.of(CONVERSATION).alias, "somewhere")

    shop.receives("m1")
    shop.fetch()
    key = shop.known("m1").media.stored
    shop.provider.before = moved
    shop.receives("m2")
    shop.fetch()

    assert shop.media.get(key) == JPEG


def test_a_turn_that_waits_is_woken(shop):
    shop.receives()
    taken = shop.stores.turns.take(CONVERSATION, holder="w")
    shop.stores.media.let_turn_wait(CONVERSATION, taken.lease, fields=["m1/0"], wait=timedelta(seconds=10))
    shop.fetch()

    assert shop.waker.taken() == [("turn", CONVERSATION)]


# -- what reads them


def voice(fake, tmp_path, **hooks):
    shop = Shop(fake, tmp_path, reader=MediaReader(**hooks))
    shop.provider.content = OGG
    shop.receives(kind=Kind.VOICE, media=Media(id="7", mime_type="audio/ogg; codecs=opus"))
    shop.fetch()
    return shop.known()


def contact(shop, content):
    shop.provider.content = content
    shop.receives(kind=Kind.CONTACTS, media=Media(id="7", mime_type="text/vcard"))
    shop.fetch()
    return shop.known()


def test_the_cards_in_a_vcard_are_read(shop):
    known = contact(shop, b"BEGIN:VCARD\nFN:Mona\nTEL:0100\nEND:VCARD\n")

    assert known.cards == (Card(name="Mona", phones=("0100",)),)
    assert (known.state, known.media.mime_type) == (MediumState.KEPT, "text/vcard")
    assert known.media.stored


def test_the_beginning_of_a_large_vcard_is_read(shop):
    card = b"BEGIN:VCARD\nFN:Mona\nEND:VCARD\n"

    assert len(contact(shop, card + bytes(100_000) + card).cards) == 1


def test_a_vcard_that_cannot_be_read_stays_a_file(shop):
    known = contact(shop, b"Mona, 0100")

    assert (known.state, known.cards) == (MediumState.KEPT, ())
    assert shop.media.get(known.media.stored) == b"Mona, 0100"


def test_a_store_that_is_away_leaves_a_vcard_a_file(shop, monkeypatch):
    def away(*_):
        raise NoSuchMedium("folder/1")

    monkeypatch.setattr(shop.media, "read", away)
    known = contact(shop, b"BEGIN:VCARD\nFN:Mona\nEND:VCARD\n")

    assert (known.state, known.cards) == (MediumState.KEPT, ())


def test_what_is_kept_and_what_fails_is_counted_once(shop):
    shop.receives("m1")
    shop.receives("m2")
    shop.provider.outcomes = [
        Arrived(mime_type=""),
        NotNow(why="slow"),
        NotNow(why="slow"),
        NotNow(why="slow"),
    ]
    for _ in range(4):
        shop.fetch()
        shop.clock.move(minutes=10)
    lease = shop.stores.media.take(CONVERSATION, holder="f", limit=1)
    assert not hasattr(lease, "media")

    counted = shop.stores.client.hgetall(shop.stores.keys.shard(0).counters)
    media = {name: int(count) for name, count in counted.items() if name.startswith("media")}
    assert media == {"media|image|kept": 1, "media|image|failed": 1, "media_bytes": len(JPEG)}


def test_a_hook_is_told_the_language_of_the_customer(fake, tmp_path):
    heard = []
    stores = Stores.on(fake)
    voice(fake, tmp_path, transcribe=lambda medium: heard.append(medium.language))
    fake.flushall()
    fake.set(stores.keys.of(CONVERSATION).session, session().change_context(language="ar").to_json(), ex=60)
    voice(fake, tmp_path, transcribe=lambda medium: heard.append(medium.language))

    assert heard == [None, "ar"]


def test_a_voice_note_is_heard_once_by_a_function(fake, tmp_path):
    heard = []

    def transcribe(medium):
        heard.append((medium.kind, medium.mime_type, medium.content))
        return " I look for a villa "

    assert voice(fake, tmp_path, transcribe=transcribe).media.words == "I look for a villa"
    assert heard == [(Kind.VOICE, "audio/ogg", OGG)]


def test_or_by_a_coroutine(fake, tmp_path):
    async def transcribe(medium):
        await asyncio.sleep(0)
        return "x" * 10_000

    assert len(voice(fake, tmp_path, transcribe=transcribe).media.words) == 4000


async def _raises(_):
    raise RuntimeError("no model")


async def _hangs(_):
    await asyncio.sleep(60)


def _quits(_):
    raise SystemExit


@pytest.mark.parametrize("hook", [_raises, _hangs, _quits, lambda _: None, lambda _: 7, lambda _: "  "])
def test_a_hook_that_fails_costs_the_words_and_not_the_medium(fake, tmp_path, hook):
    known = voice(fake, tmp_path, transcribe=hook, within=timedelta(milliseconds=50))

    assert (known.state, known.media.words) == (MediumState.KEPT, None)


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (_raises, "voice has no words: TRANSCRIBER failed"),
        (_hangs, "voice has no words: TRANSCRIBER took longer than 0.05 s"),
    ],
)
def test_the_log_names_the_setting_of_a_hook_that_fails(fake, tmp_path, log, hook, said):
    voice(fake, tmp_path, transcribe=hook, within=timedelta(milliseconds=50))

    assert [line for line in log if f"ERROR {said}" in line]


def test_a_function_that_hangs_holds_up_no_thread_that_others_need(shop):
    ends = threading.Event()
    reader = MediaReader(transcribe=lambda _: ends.wait(30), within=timedelta(milliseconds=50))
    kept = shop.media.put(folder_of(CONVERSATION, "secret"), OGG)
    record = MediumRecord(
        state=MediumState.KEPT, kind=Kind.VOICE, route=ROUTE, media=Media(stored=kept.key, size=len(OGG))
    )

    async def hears_and_resolves():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        try:
            assert await reader.read(record, shop.media) == record
            return await asyncio.wait_for(asyncio.to_thread(lambda: "an address"), 5)
        finally:
            ends.set()

    assert asyncio.run(hears_and_resolves()) == "an address"


def test_a_picture_is_described_and_not_heard(fake, tmp_path):
    shop = Shop(fake, tmp_path, reader=MediaReader(transcribe=_raises, describe=lambda _: "a house"))
    shop.receives()
    shop.fetch()

    assert shop.known().media.words == "a house"
