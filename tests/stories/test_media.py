"""What customers send as files is there for the assistant, and for the agent who has the conversation."""

from os import utime

import pytest

from session import AsyncTurn, Turn
from session.keys import Keys
from session.media_store import MediaStore
from session.media_work import MediumState
from session.policy import Policy
from session.store import MediaWorkStore
from tests.stores import at_once, scripts_by
from tests.stories.desk import ALIA
from tests.stories.telling import Story
from worker.settings import WorkerSettings

CONVERSATION = f"whatsapp:{ALIA}"


def transcribe(_medium: object) -> str:
    return "I look for a villa in Maadi"


def looks(turn: Turn) -> None:
    for message in turn.messages:
        for medium in message.media:
            turn.reply(f"{message.kind}: {medium.mime_type}, {'kept' if medium.stored else medium.why_not}")
        if message.text:
            turn.reply(f"You said: {message.text}")


def kept_of(story: Story) -> list[bytes]:
    """The files of the customer that are in the media store."""
    store = MediaStore(WorkerSettings(media_dir=story.media_dir).media_place())
    work = at_once(story.redis, MediaWorkStore(scripts_by(story.clock), Keys(), Policy()))
    fields = story.redis.hkeys(Keys().of(CONVERSATION).media)
    known = [work.known(CONVERSATION, field) for field in sorted(fields)]
    return [store.get(one.media.stored) for one in known if one.state is MediumState.KEPT]


@pytest.mark.parametrize("channel", ["meta", "twilio", "telegram"])
def test_a_photo_is_kept_before_the_assistant_is_asked(channel):
    customer = "telegram:200000001" if channel == "telegram" else ALIA
    story = Story(looks)

    story.says("", customer, channel, kind="image")

    said = story.hears(customer)
    assert [text.partition(",")[2] for text in said] == [" kept"]
    assert story.dead_letters() == []


def test_a_voice_note_is_transcribed():
    story = Story(looks, transcriber="tests.stories.test_media:transcribe")

    story.says("", kind="voice")

    assert story.hears()[-1] == "You said: I look for a villa in Maadi"


def test_a_photo_that_does_not_come_is_waited_for_and_text_behind_it_keeps_its_order():
    story = Story(looks)
    story.downloads.patient = False
    story.says("", kind="image")
    story.says("and a text")
    assert story.hears() == []

    story.downloads.patient = True
    story.waits(seconds=11)

    first, second = story.hears()
    assert first == "image: image/jpeg, it has not arrived yet"
    assert second == "You said: and a text"


def test_an_assistant_reads_the_bytes():
    def plain(turn: Turn) -> str:
        return f"{len(turn.read(turn.messages[0].media[0]))} bytes"

    async def awaited(turn: AsyncTurn) -> str:
        return f"{len(await turn.read(turn.messages[0].media[0]))} bytes"

    said = set()
    for assistant in (plain, awaited):
        story = Story(assistant)
        story.says("", kind="image")
        said |= set(story.hears())
        kept = kept_of(story)

    assert said == {f"{len(kept[0])} bytes"}


def test_a_photo_while_a_person_answers_is_there_for_the_person():
    story = Story(looks)
    story.says("hello")
    story.agent("mona").takes_over()
    story.hears()

    story.says("", kind="image")

    assert story.hears() == []
    assert len(kept_of(story)) == 1


def test_who_is_forgotten_leaves_no_file():
    story = Story(looks)
    story.says("", kind="image")
    assert len(kept_of(story)) == 1
    kept = list(story.media_dir.iterdir())

    story.agent("mona").forgets()

    assert len(kept) == 1
    assert list(story.media_dir.iterdir()) == []


def test_what_is_old_is_removed_by_the_sweep():
    story = Story(looks, media_retention_days=30)
    story.says("", kind="image")
    (kept,) = [path for path in story.media_dir.rglob("*") if path.is_file()]
    # Files have the time of the machine, the story has its own.
    day, now = 24 * 60 * 60, story.clock.now().timestamp()
    utime(kept, (now - 29 * day, now - 29 * day))
    story.sweep()
    assert kept.exists()

    utime(kept, (now - 31 * day, now - 31 * day))
    story.redis.delete(Keys().shard(0).media_swept)  # an hour later, for the server
    story.waits(hours=1)

    assert list(story.media_dir.iterdir()) == []
