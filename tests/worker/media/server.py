"""A media server that does what a test wants: it is slow, away, lies about types and sizes, or redirects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class MediaServer:
    """Answers `GET /<name>` with what `answers` has for it: a response, or a function of the request."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.url = ""

    async def _answer(self, request):
        self.asked.append((request.path, request.headers.get("Authorization")))
        answer = self.answers.get(request.path.removeprefix("/"))
        if answer is None:
            return web.Response(status=404)
        return await answer(request) if callable(answer) else answer()


@asynccontextmanager
async def media_server() -> AsyncIterator[MediaServer]:
    server = MediaServer()
    app = web.Application()
    app.router.add_get("/{name:.*}", server._answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def body(content, status=200, **headers):
    """Return an answer with this content."""

    async def answer(_request):
        return web.Response(body=content, status=status, headers=headers)

    return answer


def redirect(to, status=307):
    return body(b"", status, Location=to)
