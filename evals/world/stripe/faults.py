"""Calls that go wrong on purpose, and the answer that never comes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response

from evals.world.serving import BrokenConnection
from evals.world.stripe.errors import StripeError
from evals.world.stripe.state import Account, Json, StripeWorld


async def unless_faulty(
    world: StripeWorld, account: Account, headers: dict[str, str], work: Callable[[], Awaitable[Json]]
) -> Response[Any]:
    """Answer with what ``work`` makes, unless a fault is due."""
    fault = world.next_fault(account)
    if fault and fault.kind == "error":
        limited = fault.http_status == 429
        raise StripeError(
            "Too many requests hit the API too quickly." if limited else "An unknown error occurred",
            status=fault.http_status,
            type="invalid_request_error" if limited else "api_error",
            code="rate_limit" if limited else None,
            headers={"Retry-After": "1"} if limited else None,
        )
    if fault and fault.kind == "lose":
        return BrokenConnection(None)
    if fault and fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    content = await work()
    if fault and fault.kind == "drop":
        return BrokenConnection(None)
    return Response(content, status_code=200, headers=headers, media_type="application/json")
