"""Posting signed webhooks the way the providers do, with what became of each attempt."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urldefrag

import httpx


@dataclass
class Delivery:
    """What became of one webhook: per attempt the HTTP status, or ``"connect"`` / ``"timeout"`` / ``"broken"``."""

    url: str
    attempts: list[int | str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return bool(self.attempts) and isinstance(last := self.attempts[-1], int) and 200 <= last < 300

    def as_json(self) -> dict[str, Any]:
        return {"url": self.url, "attempts": self.attempts, "accepted": self.accepted}


@dataclass(frozen=True)
class ConnectionOverrides:
    """Twilio's per-URL settings, given in the fragment: ``https://shop.example/hook#rc=1&rp=5xx,rt``.

    Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides. Times in seconds. Without a fragment
    Twilio tries once more, and only if the connection could not be made.
    """

    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def split(cls, url: str) -> tuple[str, "ConnectionOverrides"]:
        """The address as it goes over the wire (a fragment never does), and its settings."""
        bare, fragment = urldefrag(url)
        given = dict(parse_qsl(fragment))
        policies = frozenset(given.get("rp", "ct").split(","))
        return bare, cls(
            connect_timeout=int(given.get("ct", 5000)) / 1000,
            read_timeout=int(given.get("rt", 15000)) / 1000,
            retries=min(int(given.get("rc", 1)), 5),
            retry_on=frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in policies else policies,
        )

    def wants_retry(self, outcome: int | str) -> bool:
        if isinstance(outcome, int):
            return f"{outcome // 100}xx" in self.retry_on
        return {"connect": "ct", "timeout": "rt", "broken": "rt"}[outcome] in self.retry_on


def poster() -> httpx.AsyncClient:
    """The client of a simulator: straight to the receiver, with room for many webhooks at once."""
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=100)
    return httpx.AsyncClient(trust_env=False, limits=limits, verify=_certificates())


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes 20 ms of CPU."""
    return httpx.create_ssl_context(trust_env=False)


async def post(
    client: httpx.AsyncClient,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    overrides: ConnectionOverrides,
    lost: Literal["request", "answer"] | None = None,
) -> Delivery:
    """Post one webhook with its retries. Never raises for what the receiver does. `lost` is what does not get through
    of the first attempt: the request, or the answer to it."""
    delivery = Delivery(url)
    timeout = httpx.Timeout(overrides.read_timeout, connect=overrides.connect_timeout)
    for attempt in range(1 + overrides.retries):
        if attempt:
            await asyncio.sleep(0.05 * attempt)
        outcome: int | str = "connect"
        if attempt or lost != "request":
            outcome = await _attempt(client, url, content, headers, timeout)
        if lost == "answer" and not attempt:
            outcome = "broken"
        delivery.attempts.append(outcome)
        if not overrides.wants_retry(outcome):
            break
    return delivery


async def _attempt(
    client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str], timeout: httpx.Timeout
) -> int | str:
    try:
        answer = await client.post(url, content=content, headers=dict(headers), timeout=timeout)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return "connect"
    except httpx.TimeoutException:
        return "timeout"
    except httpx.HTTPError:
        return "broken"
    return answer.status_code
