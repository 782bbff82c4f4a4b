"""A small server with OpenAI's chat completions: it answers as the test says and records the requests."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self

Request = dict[str, Any]

#: Some clients take two calls of one id for the same.
_CALLS = count()


@dataclass
class HttpAnswer:
    """One answer over HTTP."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


#: Makes an answer of a request; may take its time.
Behaviour = Callable[[Request], HttpAnswer]


def calls(
    *tools: tuple[str, dict[str, Any]], tokens: int | None = 500, text: str | None = None
) -> HttpAnswer:
    """The model calls these tools, and says a text."""
    made = [
        {
            "id": f"call-{next(_CALLS)}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for name, arguments in tools
    ]
    message = {"role": "assistant", "content": text} | ({"tool_calls": made} if made else {})
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if made else "stop"}],
    }
    if tokens is not None:
        body["usage"] = {"prompt_tokens": tokens - 50, "completion_tokens": 50, "total_tokens": tokens}
    return HttpAnswer(body)


def searches(**wanted: Any) -> Behaviour:
    """The model searches."""
    return lambda _: calls(("search", wanted))


def answers(text: str = "Here you are.", *, intent: str = "find_property", **fields: Any) -> Behaviour:
    """The model answers."""
    return lambda _: calls(("answer", {"text": text, "intent": intent, **fields}))


def results(request: Request) -> dict[str, Any]:
    """What the latest search returned to the model."""
    last = [message for message in request["messages"] if message["role"] == "tool"][-1]
    told: dict[str, Any] = json.loads(last["content"])
    return told


def answers_with_first(text: str = "Here you are.", *, count: int = 1, **fields: Any) -> Behaviour:
    """The model answers with the first records of its search."""

    def behave(request: Request) -> HttpAnswer:
        ids = [record["id"] for record in results(request)["records"][:count]]
        return answers(text, records=ids, **fields)(request)

    return behave


class Server:
    """Answers requests one after the other from a list, and after its end always the same."""

    def __init__(self) -> None:
        self.script: list[Behaviour] = []
        self.then: Behaviour = answers("I am here.", intent="greeting")
        self.requests: list[Request] = []
        self.keys: list[str] = []
        self.keeps_connections = True
        self.released = threading.Event()
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet; else each answer waits 40 ms for an acknowledgement

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = server.behave(body, self.headers["Authorization"])
                content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                try:
                    self.send_response(answer.status)
                    for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    if not server.keeps_connections:
                        self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    def behave(self, request: Request, key: str) -> HttpAnswer:
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            behaviour = self.script.pop(0) if self.script else self.then
        return behaviour(request)

    def slow(self, _: Request) -> HttpAnswer:
        """HttpAnswer only when the test is over."""
        self.released.wait(30)
        return calls(("answer", {"text": "too late", "intent": "other"}))

    @property
    def said(self) -> str:
        """Everything that the model was ever told, as one text."""
        return json.dumps([request["messages"] for request in self.requests], ensure_ascii=False)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        yield server


def refuses(status: int, body: Any = None) -> Behaviour:
    """The server answers with an error."""
    return lambda _: HttpAnswer({"error": {"message": "no", "type": "x"}} if body is None else body, status)
