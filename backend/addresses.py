"""Whose network address a request comes from, for counting what is tried without credentials."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from litestar import Request

from backend.settings import Settings

_NOBODY = "unknown"
_HOME_BITS = 64
"""One customer of an IPv6 provider has a whole network of this many bits; counted one by one it is no limit."""


def client_address(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The peer's address, or what the outermost of our own proxies saw (`TENDERO_TRUSTED_PROXIES`): never an entry that
    a client can write itself. IPv6 as its /64."""
    peer = request.client.host if request.client else _NOBODY
    if settings.trusted_proxies:
        told = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",") if entry.strip()]
        if len(told) >= settings.trusted_proxies:
            peer = told[-settings.trusted_proxies]
    try:
        address: IPv4Address | IPv6Address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer[:64] if not settings.trusted_proxies else _NOBODY
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Address(int(address) >> _HOME_BITS << _HOME_BITS))
    return str(address)
