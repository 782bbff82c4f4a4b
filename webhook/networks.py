"""Networks of addresses, by which guesses of passwords and tokens are counted. Pure."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


def network(address: str, *, v4: int = 32, v6: int) -> str:
    """Return the network of an address, of so many bits: a single customer of a provider has a whole IPv6 /64."""
    found = _ip(address) or _ip(address.rpartition(":")[0].strip("[]"))  # some proxies add the port
    match getattr(found, "ipv4_mapped", None) or found:
        case IPv4Address() as ip:
            return str(IPv4Network((int(ip), v4), strict=False))
        case IPv6Address() as ip:
            return str(IPv6Network((int(ip), v6), strict=False))
    return "unknown"


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
