"""The HTTP side of Twilio's official client: pooled, asynchronous, with timeouts, and with another address if told."""

import json
import logging
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_SILENT = logging.getLogger("tendero.twilio")
_SILENT.setLevel(logging.CRITICAL)
"""The library logs numbers and bodies at INFO."""


class TooFast(Exception):
    """429 in any of its forms; `retry_after` in seconds if the header named it."""

    def __init__(self, code: str, retry_after: float | None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # the library is untyped
    """What `twilio.rest.Client` calls to reach the network. Raises httpx's errors and `TooFast`."""

    def __init__(self, base_url: str | None) -> None:
        super().__init__(_SILENT, True)
        self._base = urlsplit(base_url) if base_url else None
        self._client: httpx.AsyncClient | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT, limits=httpx.Limits(max_connections=64))
        answer = await self._client.request(
            method,
            self._readdressed(uri),
            params=params,
            data=data,
            headers=headers,
            auth=auth or httpx.USE_CLIENT_DEFAULT,
        )
        if answer.status_code == 429:
            raise TooFast(_code(answer), _seconds(answer.headers.get("Retry-After")))
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        """Close pooled connections."""
        if self._client is not None:
            await self._client.aclose()

    def _readdressed(self, uri: str) -> str:
        if self._base is None:
            return uri
        return urlunsplit(urlsplit(uri)._replace(scheme=self._base.scheme, netloc=self._base.netloc))


def _code(answer: httpx.Response) -> str:
    try:
        return str(json.loads(answer.text).get("code") or 429)
    except (ValueError, AttributeError):
        return "429"


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
