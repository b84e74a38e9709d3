"""Clients for what runs on loopback."""

import ssl

import httpx

_UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS; without it every client reads the machine's certificates anew, which takes 20 ms of CPU."""
KEPT = httpx.Limits(keepalive_expiry=2.0)
"""Uvicorn hangs up on a silent connection after 5 s, at which moment nobody should be sending."""


def caller(url: str, token: str | None = None, *, seconds: float = 30.0) -> httpx.AsyncClient:
    """A client of one server, past every proxy, with a bearer token if there is one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        base_url=url, headers=headers, timeout=seconds, limits=KEPT, trust_env=False, verify=_UNUSED
    )
