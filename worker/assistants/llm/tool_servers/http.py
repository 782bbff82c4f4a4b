"""The HTTP of a tool server: bounded, and a request that fails ends no other one. Needs the extra `inturn[mcp]`.

The client of MCP ends with the first request that fails for the network, and all its calls that still run with it. So such
a request is answered here, as if the server had answered it with an error.
"""

from typing import Final

import httpx2

from worker.assistants.llm.tool_servers.offering import ToolServer

#: Error codes of JSON-RPC that no server uses: the request was not carried out; nobody knows whether it was.
NOT_DONE, IN_DOUBT = -31001, -31002
#: Bytes of an answer; that of a stream is bounded by the client of MCP.
_LONGEST: Final = 1024 * 1024
#: Seconds to connect, and between two parts of an answer; calls have their own time.
_CONNECTS_WITHIN, _SILENT_FOR = 5, 120
#: As many as there are conversations at a time: what waits for one would be in doubt.
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
_REFUSED: Final = range(400, 500)
_NOT_FOUND = 404
_JSON = "application/json"


def http_client(server: ToolServer) -> httpx2.AsyncClient:
    """Return a client for a server. It ignores proxy settings of the environment, so nobody else gets the headers."""
    return httpx2.AsyncClient(
        headers={name: value.get_secret_value() for name, value in server.headers.items()},
        timeout=httpx2.Timeout(_SILENT_FOR, connect=_CONNECTS_WITHIN),
        transport=_Answering(httpx2.AsyncHTTPTransport(trust_env=False, limits=_LIMITS)),
        trust_env=False,
    )


class _Answering(httpx2.AsyncBaseTransport):
    """Answers requests itself where the network fails."""

    def __init__(self, network: httpx2.AsyncBaseTransport) -> None:
        self._network = network

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer to a request; an error of JSON-RPC if there is none that can be used."""
        try:
            response = await self._network.handle_async_request(request)
            if response.headers.get("content-type", "").startswith(_JSON):
                return await _read(response, request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return _error(NOT_DONE, type(error).__name__, request)
        except httpx2.TransportError as error:
            return _error(IN_DOUBT, type(error).__name__, request)
        # Without a session 404 means that the server does not know the method, which the client must read itself.
        known = response.status_code != _NOT_FOUND or "mcp-session-id" in request.headers
        if response.status_code in _REFUSED and known:
            await response.aclose()
            return _error(NOT_DONE, f"status {response.status_code}", request)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._network.aclose()


async def _read(response: httpx2.Response, request: httpx2.Request) -> httpx2.Response:
    """Return an answer with its whole body, or an error if that is too long."""
    body = bytearray()
    try:
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _LONGEST:
                return _error(IN_DOUBT, "the answer is too long", request)
    finally:
        await response.aclose()
    return httpx2.Response(
        response.status_code,
        headers={name: value for name, value in response.headers.items() if name in _KEPT},
        content=bytes(body),
        request=request,
    )


#: Headers of an answer that the client of MCP reads; that of the encoding is over with the body.
_KEPT = frozenset({"content-type", "mcp-session-id", "mcp-protocol-version"})


def _error(code: int, words: str, request: httpx2.Request) -> httpx2.Response:
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": words}}
    return httpx2.Response(503, json=error, request=request)
