"""Writes the fixtures of `inturn replay`: `python -m tests.worker.cli.replay.make_fixtures`. All of it is invented."""

from pathlib import Path
from random import Random

from worker.cli.replay.fixture import FixtureMessage, write_fixture

FOLDER = Path(__file__).parents[4] / "worker" / "cli" / "replay" / "fixtures"

_ENGLISH = (
    "Hello, is anybody there?",
    "I am looking for a flat with two bedrooms",
    "Somewhere quiet, with a balcony if possible",
    "What would that cost a month?",
    "Can I come and see it on Thursday?",
    "Thank you, that helps a lot",
)
_ARABIC = (
    "مساء الخير",
    "عايز شقة تلات أوض قريبة من النيل",
    "الميزانية حوالي تلاتة مليون جنيه",
    "ممكن أشوفها يوم الخميس؟",
    "متشكر جدا",
)
_LONG = (
    "السلام عليكم ورحمة الله، أبحث لعائلتي عن شقة واسعة في حي هادئ قريب من المدارس والمواصلات، "
    "ويهمنا أن يكون المبنى حديثا وأن يكون فيه مصعد وموقف للسيارات وحديقة صغيرة للأطفال. "
)


def quiet_day(chance: Random) -> list[FixtureMessage]:
    """An hour of a small business in two minutes: 30 customers who take their time."""
    return _talks(chance, customers=30, within=120.0, pause=(4.0, 20.0), messages=(3, 6))


def burst(chance: Random) -> list[FixtureMessage]:
    """300 customers who have all seen the same advertisement, in 20 seconds."""
    return _talks(chance, customers=300, within=15.0, pause=(0.5, 3.0), messages=(2, 5))


def albums(chance: Random) -> list[FixtureMessage]:
    """40 customers who each send ten pictures at once, and then say something about them."""
    lines = []
    for number in range(40):
        who, at = f"album-{number}", chance.uniform(0, 20)
        channel = "twilio" if number % 4 == 0 else "meta"
        lines += [
            FixtureMessage(
                at=at,
                customer=who,
                channel=channel,
                kind="image",
                ref=f"{who}.{picture}",
                text=f"picture {picture}",
            )
            for picture in range(10)
        ]
        lines.append(
            FixtureMessage(
                at=at + 3, customer=who, channel=channel, text="This is the flat that I mean", ref=f"{who}.10"
            )
        )
    return lines


def redeliveries(chance: Random) -> list[FixtureMessage]:
    """Talks of which every third message comes two or three times, as from a provider that did not hear our 200."""
    lines = _talks(chance, customers=60, within=20.0, pause=(0.5, 3.0), messages=(3, 6))
    again = []
    for line in lines:
        if chance.random() < 1 / 3:
            again += [
                line.model_copy(update={"at": line.at + chance.uniform(0.05, 8.0)})
                for _ in range(chance.choice((1, 2)))
            ]
    return lines + again


def both_channels(chance: Random) -> list[FixtureMessage]:
    """100 customers, half of them through each provider."""
    return _talks(chance, customers=100, within=25.0, pause=(0.5, 4.0), messages=(2, 5), twilio=0.5)


def long_arabic(chance: Random) -> list[FixtureMessage]:
    """40 customers who write whole letters: replies that must be split, three bytes a character in JSON."""
    lines = []
    for number in range(40):
        at = chance.uniform(0, 15)
        for n in range(3):
            text = (_LONG * chance.randint(2, 24)).strip()[:3900]
            channel = "twilio" if number % 5 == 0 else "meta"
            # Twilio hands over at most 1,600 characters.
            text = text[:1500] if channel == "twilio" else text
            lines.append(
                FixtureMessage(
                    at=at, customer=f"letter-{number}", channel=channel, text=text, ref=f"{number}.{n}"
                )
            )
            at += chance.uniform(1, 6)
    return lines


def _talks(
    chance: Random,
    *,
    customers: int,
    within: float,
    pause: tuple[float, float],
    messages: tuple[int, int],
    twilio: float = 0.2,
) -> list[FixtureMessage]:
    lines = []
    for number in range(customers):
        at = chance.uniform(0, within)
        words = chance.choice((_ENGLISH, _ARABIC))
        channel = "twilio" if chance.random() < twilio else "meta"
        for n in range(chance.randint(*messages)):
            lines.append(
                FixtureMessage(
                    at=at,
                    customer=f"c{number}",
                    channel=channel,
                    text=words[n % len(words)],
                    ref=f"{number}.{n}",
                )
            )
            at += chance.uniform(*pause)
    return lines


ALL = {
    "quiet-day": quiet_day,
    "burst": burst,
    "albums": albums,
    "redeliveries": redeliveries,
    "both-channels": both_channels,
    "long-arabic": long_arabic,
}


def lines_of(name: str) -> list[FixtureMessage]:
    """Return the lines of a fixture, the same each time, with times that a person can read."""
    lines = ALL[name](Random(name))
    rounded = [line.model_copy(update={"at": round(line.at, 2)}) for line in lines]
    return sorted(rounded, key=lambda line: line.at)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in ALL:
        write_fixture(lines_of(name), FOLDER / f"{name}.jsonl")
