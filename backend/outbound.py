"""The one way out to addresses that a tenant named: it never leads inside.

A request goes to an http or https address of a host out in the world. The host is resolved here, every address it has
is judged, and the connection is opened to a judged address itself, so that no second lookup can lead elsewhere
(rebinding); certificates and the Host header keep the name. Nothing is sent, and no connection opened, before that.
Redirects are not followed, and no proxy of the environment is asked.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

LONGEST_URL = 2000
_MOVED = frozenset({301, 302, 303, 307, 308})
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?")
_LOOKS_LIKE_A_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_CLOSED_PORTS = frozenset(
    {
        *(1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697),
        *(10080, 2375, 2376, 2379, 2380, 3306, 5432, 6379, 6380, 9200, 9300, 10250, 10255, 11211, 27017),
    }
)
"""Above 1023: what browsers refuse (fetch.spec.whatwg.org, bad ports), and databases and machine rooms."""
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("168.63.129.16/32", "100.100.100.200/32"),
    )
)
"""The IANA special-purpose registry, multicast, and two clouds' metadata that stand outside of it."""
_WORLD = ipaddress.ip_network("2000::/3")
_NEVER_6 = tuple(
    ipaddress.ip_network(network)
    for network in (*("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48", "5f00::/16"),)
)
"""Of the global unicast space: Teredo and other protocol assignments, documentation, 6to4, AS112, SRv6, ORCHID. What
lies outside of the space (loopback, link-local, unique local, mapped, NAT64, multicast) is refused altogether."""


class Inside(Exception):
    """The address is not one that a tenant may send us to; the message says why and repeats no address."""


def check_url(url: str, allowed: Sequence[str] = ()) -> tuple[str, int]:
    """(host, port) of an address that may be tried; raises `Inside`. What the host resolves to is judged when it is
    called. `allowed` are "host:port" of addresses inside that may be reached all the same."""
    if len(url) > LONGEST_URL or any(ord(sign) <= 0x20 or ord(sign) == 0x7F for sign in url) or "\\" in url:
        raise Inside("the address holds spaces or control characters, or is too long")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Inside("the address cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Inside("the address must begin with https:// or http://")
    if "@" in parts.netloc:
        raise Inside("the address must hold no user or password")
    host = (parts.hostname or "").lower()
    port = port if port is not None else {"http": 80, "https": 443}[parts.scheme]
    if f"{host}:{port}" in allowed:
        return host, port
    if port not in (80, 443) and (port < 1024 or port in _CLOSED_PORTS):
        raise Inside("this port is not for the web")
    if ":" in host:
        _expect_outside([_literal(host)])
    elif _HOST.fullmatch(host) is None or len(host) > 253:
        raise Inside("the host is not a name of the internet; write other scripts as xn--")
    elif _LOOKS_LIKE_A_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        _expect_outside([_literal(host)])
    elif "." not in host.rstrip(".") or host.rstrip(".").rpartition(".")[2] in ("localhost", "local", "internal"):
        raise Inside("the host is a name inside")
    return host, port


def is_outside(address: str) -> bool:
    """Whether an IP address lies out in the world, whatever IPv4 address it may carry inside."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(one, IPv4Address):
        return not any(one in network for network in _NEVER)
    return one.scope_id is None and one in _WORLD and not any(one in network for network in _NEVER_6)


def _literal(host: str) -> str:
    """Numbers are taken only in their plain form: 127.1, 0x7f000001 and 2130706433 are nobody's honest address."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise Inside("a number must be written as a plain IP address") from None


def _expect_outside(addresses: Iterable[str]) -> None:
    found = list(addresses)
    if not found:
        raise Inside("the host has no address")
    if not all(is_outside(address) for address in found):
        raise Inside("the address leads inside")


class Resolver:
    """The machine's own; tests give another."""

    async def resolve(self, host: str, port: int) -> list[str]:
        """Every address of a host. Raises `OSError`."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Judging(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that were judged, and to no name."""

    def __init__(self, resolver: Resolver, allowed: Sequence[str]) -> None:
        self._resolver = resolver
        self._allowed = tuple(allowed)
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolver.resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the host was not found in time") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the host was not found") from None
        if f"{host}:{port}" not in self._allowed:
            _expect_outside(addresses)
        return await self._network.connect_tcp(
            addresses[0], port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise Inside("the address leads inside")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody out there said; `cut` if there was more than was read."""

    status: int
    content: bytes = field(repr=False)
    cut: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By names in lower case."""


def moved_to(url: str, answer: Answer) -> str | None:
    """Where a redirect leads, which is judged when it is called; None if the answer is none. Raises `Inside` for one
    that leads from https to http."""
    told = answer.headers.get("location")
    if answer.status not in _MOVED or not told:
        return None
    further = urljoin(url, told)
    if urlsplit(url).scheme == "https" and urlsplit(further).scheme != "https":
        raise Inside("a redirect leads from https to http")
    return further


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: to load the certificates costs 25 ms."""
    return httpx.create_ssl_context(trust_env=False)


class Outbound:
    """One process's connections to addresses that tenants named."""

    def __init__(self, allowed: Sequence[str] = (), *, seconds: float = 15.0, resolver: Resolver | None = None) -> None:
        self._allowed = tuple(allowed)
        self._seconds = seconds
        transport = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, retries=0)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=256,
            max_keepalive_connections=0,
            network_backend=_Judging(resolver or Resolver(), self._allowed),
        )
        self._client = httpx.AsyncClient(
            transport=transport, timeout=httpx.Timeout(seconds, connect=5.0), follow_redirects=False, trust_env=False
        )

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """The answer, of which the body is not read. Raises `Inside`, `httpx.HTTPError`, and `TimeoutError` when the
        whole of it took too long."""
        check_url(url, self._allowed)
        async with asyncio.timeout(self._seconds):
            request = self._client.build_request("POST", url, content=body, headers=headers)
            answer = await self._client.send(request, stream=True)
            await answer.aclose()
        return answer

    async def ask(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], *, seconds: float, most_bytes: int
    ) -> Answer:
        """The answer with the beginning of its body; one that is compressed although nobody asked for it counts as
        empty. Raises as `post` does, within `seconds`."""
        check_url(url, self._allowed)
        timeout = httpx.Timeout(seconds, connect=min(5.0, seconds))
        async with asyncio.timeout(seconds):
            request = self._client.build_request(method, url, content=body, headers=headers, timeout=timeout)
            answer = await self._client.send(request, stream=True)
            content = bytearray()
            try:
                if answer.headers.get("Content-Encoding", "identity") == "identity":
                    async for chunk in answer.aiter_raw():
                        content += chunk
                        if len(content) > most_bytes:
                            break
            finally:
                await answer.aclose()
        cut = len(content) > most_bytes
        return Answer(answer.status_code, bytes(content[:most_bytes]), cut, answer.headers)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()
