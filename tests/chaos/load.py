"""The customers: threads that post numbered messages, one after the other for each customer, as providers do."""

import http.client
import random
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.chaos.assistant import KILL
from tests.chaos.bodies import META, TWILIO, Signer
from tests.chaos.clock import now
from tests.chaos.crew import Crew
from tests.chaos.ledger import BACK_TITLE, START, STOP, Customer, Ledger, Post, Wish
from tests.chaos.media import is_sent_with, number_for
from tests.chaos.options import Options

_THREADS = 8
_QUIET = 4  #: how much slower customers write while the system catches up
_TIMEOUT = 3.0  #: seconds that a provider waits for an answer
#: Fewer than the ids that are remembered for one conversation, so that an old one stays known.
_MOST_MESSAGES = 700
#: Shares of what is posted: old bodies again, bodies of several messages, and hanging up before the answer.
_AGAIN, _BATCH, _HASTE = 0.08, 0.15, 0.03
#: Share of the messages of who wants nothing that say START.
_BACK = 0.3
#: Providers tell the time of a wish in seconds: those of one customer are further apart.
_BETWEEN_WISHES = 2.5


class Load(Crew):
    """Posts at a rate until it is stopped; then finishes what it has begun."""

    def __init__(self, options: Options, webhook_url: str, secrets: dict[str, str], ledger: Ledger) -> None:
        super().__init__("load", range(_THREADS), patience=_TIMEOUT)
        self._options = options
        self._url = urlsplit(webhook_url)
        self.signer = Signer(secrets)
        self._ledger = ledger
        #: set while the system shall catch up: customers write less
        self.quiet = threading.Event()

    def line(self) -> "Line":
        """Return a new connection to the webhook."""
        return Line(self._url)

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._options.seed} load {number}")
        line = self.line()
        own = [
            self._newcomer(number, place, 0) for place in range(max(2, self._options.customers // _THREADS))
        ]
        pause = _THREADS / self._options.rate
        if number < self._options.killers:
            # One of many who write at that moment.
            self._write(line, own[-1:], dice, word=KILL)
        next_at = now() + dice.random() * pause
        while not self._stop.wait(max(0.0, next_at - now())):
            slower = _QUIET if self.quiet.is_set() else 1
            next_at = max(next_at + slower * pause * dice.uniform(0.3, 1.7), now() - 10 * pause)
            place = dice.randrange(len(own))
            if len(own[place].posts) >= _MOST_MESSAGES:
                own[place] = self._newcomer(number, place, own[place])
            self._something(own, place, line, dice)
        line.hang_up()

    def _newcomer(self, number: int, place: int, before: Customer | int) -> Customer:
        generation = int(before.name[-2:]) + 1 if isinstance(before, Customer) else 0
        digits = f"{number}{place:03}{generation:02}"
        name = f"US.C{digits}" if place % 5 == 0 else f"+2010{digits}"
        return self._ledger.add(Customer(name=name, channel="twilio" if place % 2 else "meta"))

    def _something(self, own: list[Customer], place: int, line: "Line", dice: random.Random) -> None:
        customer, chance = own[place], dice.random()
        if chance < _AGAIN and customer.bodies:
            # An old one: the newest ones are the most likely.
            back = min(int(dice.expovariate(0.2)) + 1, len(customer.bodies))
            path, body = customer.bodies[-back]
            self._ledger.redelivered += 1
            line.post(path, body, self.signer.headers(path, body))
            return
        writers = [customer]
        if customer.channel == "meta" and chance > 1 - _BATCH:
            others = [one for one in own if one.channel == "meta"]
            writers += [dice.choice(others) for _ in range(dice.randint(1, 4))]
            self._ledger.batches += 1
        self._write(line, writers, dice)
        if not customer.out and dice.random() < self._options.stops_of_100 / 100:
            # In the middle of what the system does about the last message.
            self._write(line, [customer], dice, word=STOP)
        if customer.channel == "meta" and dice.random() < self._options.backs / 100:
            self._write(line, [customer], dice, word=BACK_TITLE)
        if customer.channel == "meta" and dice.random() < self._options.wishes / 100:
            self._wish(line, customer, dice)

    def _wish(self, line: "Line", customer: Customer, dice: random.Random) -> None:
        """Let a customer stop marketing messages, or want them again."""
        last = customer.wishes[-1] if customer.wishes else None
        if last and now() - last.began_at < _BETWEEN_WISHES:
            return
        wish = Wish(stops=not (last and last.stops), began_at=now())
        customer.wishes.append(wish)
        self.deliver(line, META, self.signer.wish(customer.name, wish), [wish], dice)

    def _write(self, line: "Line", writers: list[Customer], dice: random.Random, word: str = "") -> None:
        """Let customers write, all in one body; the first of them may deliver it again later."""
        customer, posts = writers[0], list[Post]()
        for writer in writers:
            posts.append(self._ledger.next_post(writer, now(), word or _word(writer, dice)))
            attach(posts[-1], self._options)
        if customer.channel == "twilio":
            path, body = TWILIO, self.signer.twilio(posts[0])
        else:
            path, body = META, self.signer.meta(posts, dice)
        self.deliver(line, path, body, posts, dice)
        customer.bodies.append((path, body))

    def deliver(
        self, line: "Line", path: str, body: bytes, posts: Sequence[Post | Wish], dice: random.Random
    ) -> None:
        """Post a body until it is answered with 200: the same bytes, and nothing else of these customers."""
        headers = self.signer.headers(path, body)
        if dice.random() < _HASTE:
            line.post_and_leave(path, body, headers)
        while not self._give_up.is_set():
            for post in posts:
                post.tries += 1
            status = line.post(path, body, headers)
            if status == 200:
                at = now()
                for post in posts:
                    post.ok_at = at
                return
            self._ledger.note(str(status or "no answer"))
            self._give_up.wait(0.2)


def attach(post: Post, options: Options) -> None:
    """Let some messages be pictures, whose caption is their text."""
    # The last release fetches none.
    words = post.word or post.id.startswith("SM") or options.old
    if not words and is_sent_with(post.id, options.pictures_of_100):
        post.medium = number_for(post.id)


def _word(customer: Customer, dice: random.Random) -> str:
    """Return START now and then where a customer wants nothing, else "": an ordinary message."""
    return START if customer.out and dice.random() < _BACK else ""


class Line:
    """One kept connection to the webhook."""

    def __init__(self, url) -> None:
        self._url = url
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> int | None:
        """Return the status, None if there was no answer."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    self._url.hostname, self._url.port, timeout=_TIMEOUT
                )
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return None
        return answer.status

    def post_and_leave(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Post, and hang up without waiting for the answer."""
        self.hang_up()
        connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=_TIMEOUT)
        try:
            connection.request("POST", path, body, headers)
        except OSError:
            pass
        finally:
            connection.close()

    def hang_up(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None
