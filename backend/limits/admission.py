"""Where calls meet their limits: after authentication, before anything is done; and the headers that tell of it.

Headers: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), the older triple
`RateLimit-Limit`, `-Remaining`, `-Reset` that most clients still read, and `Retry-After` (RFC 9110) with a 429.
Webhooks of providers and our own services never come here.
"""

import math
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from backend.errors import TooMany
from backend.limits.limiter import Limiter, Verdict

_STATE = "rate_limit"


async def admit(request: Request[Any, Any, Any], *, caller: str, tenant_id: UUID | None) -> None:
    """Count this request for its caller and their business; TooMany if either has used up its window."""
    limiter: Limiter = request.app.state.limiter
    buckets = [f"caller:{caller}"]
    if tenant_id is not None:
        buckets.append(f"tenant:{tenant_id}")
    verdict = await limiter.hit_all(buckets)
    request.scope["state"][_STATE] = verdict
    expect(verdict)


def expect(verdict: Verdict) -> None:
    """Raises TooMany for a call that was refused."""
    if not verdict.allowed:
        seconds = _whole(verdict.wait_seconds)
        whose = "This business" if verdict.bucket.startswith("tenant:") else "You"
        raise TooMany(
            f"{whose} may make {verdict.limit} calls in {verdict.window_seconds} seconds; try again in {seconds} s.",
            retry_after_seconds=seconds,
        )


async def tell_limits(message: Message, scope: Scope) -> None:
    """A `before_send` hook: what is left, on every answer to a caller who is counted."""
    verdict: Verdict | None = scope.get("state", {}).get(_STATE)
    if verdict is None or verdict.limit == 0 or message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    name = verdict.bucket.partition(":")[0]
    reset = _whole(verdict.wait_seconds)
    headers["RateLimit-Policy"] = f'"{name}";q={verdict.limit};w={verdict.window_seconds}'
    headers["RateLimit"] = f'"{name}";r={verdict.remaining};t={reset}'
    headers["RateLimit-Limit"] = str(verdict.limit)
    headers["RateLimit-Remaining"] = str(verdict.remaining)
    headers["RateLimit-Reset"] = str(reset)


def _whole(seconds: float) -> int:
    return math.ceil(seconds)
