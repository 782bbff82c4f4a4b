"""A simulator that obeys the test, and a phone that talks to it."""

import json
import threading
from urllib.parse import unquote

import httpx

from worker.cli.chat.phone import Phone

BUTTONS = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]


class FakeSimulator:
    """Answers each message with the replies that the test has prepared, and keeps what was said.

    A long poll without a reply moves the clock, if there is one; otherwise it waits for `tell` or `close`.
    """

    def __init__(self, *answers, clock=None):
        self.said = []
        self.paths = set()
        self.status = 200
        self.problem = None
        self._answers = list(answers)
        self._clock = clock
        self._replies = []
        self._changed = threading.Condition()
        self._closed = False

    def tell(self, *replies):
        with self._changed:
            for reply in replies:
                n = len(self._replies) + 1
                known = {"n": n, "id": f"wamid.{n}", "type": "text", "buttons": [], "rows": []}
                self._replies.append(known | (reply if isinstance(reply, dict) else {"text": reply}))
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __call__(self, request):
        self.paths.add(unquote(request.url.path))
        if request.method == "GET":
            return httpx.Response(200, json=self._poll(request.url.params))
        self.said.append(json.loads(request.content))
        if self.problem:
            return httpx.Response(502, json={"error": self.problem})
        if self._answers:
            self.tell(*self._answers.pop(0))
        return httpx.Response(200, json={"id": "wamid.x", "status": self.status})

    def _poll(self, query):
        after, wait = int(query["after"]), float(query.get("wait", 0))
        with self._changed:
            if self._clock is None and wait:
                self._changed.wait_for(lambda: self._closed or len(self._replies) > after)
            found = self._replies[after:]
            last = len(self._replies)
        if self._clock and not found:
            self._clock.move(seconds=wait)
        return {"messages": found, "last": last}


def phone_of(simulator, **fields):
    client = httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://simulator")
    return Phone(client=client, **{"customer": "+201001234567", "channel": "meta"} | fields)
