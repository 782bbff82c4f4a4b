"""Connections of an HTTP client that lead to no private address, whatever a name resolves to, and keep no cookies."""

import asyncio
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import certifi
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

#: Seconds for which an address is used that was looked at. A host is looked up once at a time, so one that takes long holds one
#: thread.
_LOOKED_UP_FOR: Final = 10
_NAT64: Final = IPv6Network("64:ff9b::/96")
#: Which the library calls public: an IPv4 address as it was compatible or is translated, a NAT64 of a network's own, a site.
_OWN: Final = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10")))


def open_connections(at_most: int, timeout: ClientTimeout, *, only_public: bool) -> ClientSession:
    """Return a client with at most so many connections, 0 for any number. It belongs to the event loop of the caller.

    A host that is written as an address is not resolved: ask `is_public` about it before.
    """
    return ClientSession(
        connector=TCPConnector(
            limit=at_most,
            ssl=ssl.create_default_context(cafile=certifi.where()),
            resolver=PublicOnly() if only_public else None,
            ttl_dns_cache=_LOOKED_UP_FOR,
        ),
        timeout=timeout,
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )


def is_refusal(error: BaseException) -> bool:
    """Whether a connection failed because of a private address."""
    return isinstance(error, PrivateAddressError) or isinstance(error.__cause__, PrivateAddressError)


class PrivateAddressError(OSError):
    """A host resolves to an address that is not public."""


class PublicOnly(AbstractResolver):
    """Resolves hosts, and refuses addresses that are not public. Connections go to what was looked at: there is no second look-up."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises `OSError` if one of them is not public."""
        self._resolver = self._resolver or ThreadedResolver(loop=asyncio.get_running_loop())
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise PrivateAddressError("the host has a private address")
        return found

    async def close(self) -> None:
        """Close the resolver."""
        if self._resolver:
            await self._resolver.close()


def is_public_host(host: str) -> bool:
    """Whether a host may be connected to, as far as its text tells: a name is looked at when it is resolved.

    What clients take for an address, and may not resolve, must be one: "127.1" is none, and leads to 127.0.0.1.
    """
    host = host.strip("[]")
    is_address = ":" in host or host.replace(".", "").isdigit()
    return is_public(host) if is_address else bool(host)


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if any(found in network for network in _OWN):
            return False
        found = _leads_to(found)
    return found.is_global and not found.is_multicast


def _leads_to(found: IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address to which one of IPv6 leads: as it is mapped, over 6to4, or through a NAT64 (RFC 6052)."""
    through = IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None
    return found.ipv4_mapped or found.sixtofour or through or found
