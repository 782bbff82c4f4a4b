"""A running system with a desk: customers who write through the simulator, agents with a browser without scripts."""

import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from session.conversations import conversation_of
from session.pseudonyms import Pseudonyms
from tests.fakes import CountingIds
from tests.stories.telling import ALIA, Story
from webhook.desk import create_app
from webhook.desk.settings import DeskSettings
from webhook.serving.environ import STREAMS_APART

PASSWORD = "correct horse battery"


class Office:
    """One system and its desk."""

    def __init__(
        self,
        *,
        assistant: Any = None,
        client: Any = None,
        store: Any = None,
        workers: dict[str, Any] | None = None,  # settings of the workers
        **settings: Any,
    ) -> None:
        self.story = Story(assistant, client=client, **workers or {})
        settings = {"desk_password": PASSWORD, "media_dir": self.story.media_dir} | settings
        self.ids = CountingIds("action-id-")
        self.app = create_app(
            DeskSettings(_env_file=None, **{"media_dir": self.story.media_dir} | settings),
            client=self.story.redis,
            store=store,
            wake=self.story.wakeups,
            clock=self.story.clock,
            new_id=self.ids,
        )

    @property
    def redis(self) -> Any:
        return self.story.redis

    def agent(self, name: str = "Mona", password: str = PASSWORD) -> "Agent":
        """An agent who has signed in."""
        agent = Agent(self)
        assert agent.signs_in(name, password).status_code == 303
        return agent

    def visitor(self) -> "Agent":
        """A browser in which nobody has signed in."""
        return Agent(self)

    def pseudonym(self, customer: str = ALIA, scope: str = "") -> str:
        return self.hidden(conversation_of(customer, scope))

    def hidden(self, name: str) -> str:
        """A name as URLs have it."""
        return Pseudonyms(self.redis.get("secret")).encode(name)


class Agent:
    """A browser, and the agent who uses it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.http = office.app.test_client()

    # -- signing in

    def signs_in(self, name: str, password: str, **more: Any) -> TestResponse:
        form = self.http.get("/desk/login").text
        return self.http.post(
            "/desk/login", data={"token": token_in(form), "name": name, "password": password}, **more
        )

    # -- looking

    def sees(self, path: str = "/desk/") -> str:
        """The page as text, without markup."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.status
        return words(answer.text)

    def page(self, customer: str = ALIA, **query: str) -> TestResponse:
        return self.http.get(f"/desk/c/{self.office.pseudonym(customer)}", query_string=query)

    def reads(self, customer: str = ALIA, **query: str) -> str:
        return words(self.page(customer, **query).text)

    def rows(self, tab: str = "waiting", **query: str) -> list[str]:
        """Names or numbers of the conversations of a tab, top to bottom."""
        return names_in(self.http.get("/desk/", query_string={"tab": tab, **query}).text)

    def finds(self, query: str, **more: str) -> list[str]:
        return names_in(self.posts("/desk/search", query=query, **more).text)

    def listens(self, page: str = "one", *, apart: bool = True) -> TestResponse:
        """Open the stream of a page, on a server that gives streams threads of their own."""
        return self.http.get(
            "/desk/stream",
            query_string={"page": page},
            buffered=False,
            environ_overrides={STREAMS_APART: True} if apart else {},
        )

    # -- acting

    def token(self) -> str:
        return token_in(self.http.get("/desk/").text)

    def posts(self, path: str, **form: Any) -> TestResponse:
        return self.http.post(path, data={"token": self.token(), **form})

    def does(
        self, action_type: str, customer: str = ALIA, *, action: str = "", work: bool = True, **form: Any
    ) -> TestResponse:
        """Send an action as its form does, and let it take effect."""
        id_ = action or self.office.ids()
        path = f"/desk/c/{self.office.pseudonym(customer)}/{action_type}"
        if "media" in form:
            path = address_in(self.page(customer).text)
        answer = self.posts(path, id=id_, **form)
        if work:
            self.office.story.work()
        return answer

    def follows(self, answer: TestResponse) -> str:
        """The page to which an answer leads, as text."""
        assert answer.status_code == 303, answer.text
        return words(self.http.get(answer.location).text)


def address_in(page: str) -> str:
    """Where the form of an answer is sent."""
    found = re.search(r'action="([^"]+/answer[^"]*)"', page)
    assert found, page[:500]
    return unescape(found[1])


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([^"]*)"', page)
    assert found, page[:500]
    return found[1]


def buttons_in(page: str) -> set[str]:
    """The actions that a page offers."""
    forms = re.findall(r'<form [^>]*data-act="(\w+)".*?</form>', page, flags=re.DOTALL)
    dead = 'id="answer" disabled' in re.sub(r"\s+", " ", page)
    return set(forms) - ({"answer"} if dead else set())


def names_in(page: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'<bdi class="row-name">(.*?)</bdi>', page)]


def words(page: str) -> str:
    """The text that a page shows."""
    body = page.partition("<body")[2].partition(">")[2]
    body = re.sub(r"<(dialog|noscript).*?</\1>", " ", body, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
