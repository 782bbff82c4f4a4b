"""A photo that came under one name of a customer is there under every other one, and gone with the customer."""

from collections.abc import Callable
from io import BytesIO

import pytest

from session import AsyncTurn, Turn
from session.keys import Keys
from session.media_store import MediaStore
from session.media_work import MediumRecord, MediumState, field_of
from tests.stories.telling import Story
from tests.stories.test_names import PHONE, USER, Writer, quiet, said, sessions
from worker.media.removal import MediaRemoval
from worker.settings import WorkerSettings

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
ANOTHER = PNG + b"\0"


def looks(turn: Turn) -> str:
    """Say for each message what can be read of it."""
    words = []
    for message in turn.messages:
        words += [
            f"{len(turn.read(one))} bytes" if one.stored else str(one.why_not) for one in message.media
        ] or [message.text]
    return ", ".join(words)


def photo(story: Story, content: bytes = PNG) -> dict[str, str]:
    """A photo that is at Meta."""
    answer = story.phone.post(
        "/v23.0/106540352242922/media",
        data={"messaging_product": "whatsapp", "file": (BytesIO(content), "a.png", "image/png")},
        headers={"Authorization": "Bearer token"},
    )
    assert answer.json
    return {"id": answer.json["id"], "mime_type": "image/png"}


def shows(she: Writer, *, content: bytes = PNG, **names: str) -> str:
    """The customer sends a photo; no work is done yet. Returns the id of the message."""
    ids = {"from": names.get("phone", "").removeprefix("+"), "from_user_id": names.get("user", "")}
    she.meta(
        {name: id_ for name, id_ in ids.items() if id_},
        None,
        type="image",
        image=photo(she.story, content),
    )
    return f"wamid.n{she.count:03}"


def known(story: Story, customer: str, message: str) -> MediumRecord | None:
    raw = story.redis.hget(Keys().of(f"whatsapp:{customer}").media, field_of(message, 0))
    return MediumRecord.read(raw) if raw else None


def removal(story: Story) -> Callable[[str], int]:
    place = WorkerSettings(media_dir=story.media_dir).media_place()
    secret = story.redis.get(Keys().shard(0).secret)
    return MediaRemoval(media=MediaStore(place), secret=secret).of


def folders(story: Story) -> list[str]:
    return sorted(path.name for path in story.media_dir.iterdir()) if story.media_dir.exists() else []


@pytest.fixture
def story(tell):
    return tell(looks)


@pytest.fixture
def she(story):
    return Writer(story)


def test_a_photo_of_the_old_name_is_read_and_forgotten_under_the_new_one(tell):
    async def reads_all(turn: AsyncTurn) -> str:
        kept = [one for entry in turn.history for one in getattr(entry.content, "media", ()) if one.stored]
        return f"{[len(await turn.read(one)) for one in kept]}"

    story = tell(reads_all)
    she = Writer(story)
    shows(she, user=USER)
    story.work()
    shows(she, content=ANOTHER, phone=PHONE)
    story.work()
    she.writes("it is me", phone=PHONE, user=USER)
    she.writes("do you see both?", phone=PHONE)

    assert story.hears(PHONE)[-1] == f"[{len(PNG)}, {len(ANOTHER)}]"
    assert len(folders(story)) == 2
    quiet(story)

    story.agent("mona").forgets(USER)

    assert folders(story) == []
    assert sessions(story) == []


@pytest.mark.parametrize("name", [USER, PHONE])
def test_the_command_line_forgets_the_files_of_all_names(story, she, name):
    for names in ({"user": USER}, {"phone": PHONE}):
        shows(she, **names)
        story.work()
    she.writes("it is me", phone=PHONE, user=USER)
    assert len(folders(story)) == 2

    gone = story.manager.forget(name, remove_media=removal(story))

    assert (gone.media, folders(story)) == (2, [])
    assert story.manager.forget(name, remove_media=removal(story)).media == 0


def test_files_that_cannot_be_removed_are_removed_when_it_is_repeated(story, she):
    for names in ({"user": USER}, {"phone": PHONE}):
        shows(she, **names)
        story.work()
    she.writes("it is me", phone=PHONE, user=USER)

    def fails(conversation: str) -> int:
        raise OSError(conversation)

    with pytest.raises(OSError, match="whatsapp"):
        story.manager.forget(PHONE, remove_media=fails)
    assert story.manager.forget(PHONE, remove_media=removal(story)).media == 2


def test_a_photo_that_waits_under_the_old_name_is_waited_for_before_the_names_become_one(story, she):
    story.downloads.patient = False
    message = shows(she, user=USER)
    story.work()
    she.writes("it is me", phone=PHONE, user=USER)
    assert story.hears(PHONE) == story.hears(USER) == []

    story.downloads.patient = True
    story.waits(seconds=5)
    story.waits(seconds=5)

    found = known(story, PHONE, message)
    assert found is not None
    assert found.state is MediumState.KEPT
    assert said(story, PHONE)[-2:] == ["it is me", "it is me"]
    quiet(story)


def test_a_photo_that_does_not_come_in_time_is_fetched_under_the_new_name(story, she):
    story.downloads.patient = False
    message = shows(she, user=USER)
    story.work()
    she.writes("it is me", phone=PHONE, user=USER)
    for _ in range(3):
        story.waits(seconds=5)
    assert "it has not arrived yet" in (*story.hears(USER), *story.hears(PHONE))
    moved = known(story, PHONE, message)
    assert known(story, USER, message) is None
    assert moved is not None
    assert moved.state is MediumState.WAITING

    story.downloads.patient = True
    story.waits(minutes=3)

    found = known(story, PHONE, message)
    assert found is not None
    assert found.state is MediumState.KEPT
    assert MediaStore(WorkerSettings(media_dir=story.media_dir).media_place()).get(found.media.stored) == PNG
    quiet(story)
