"""Calls that go wrong on purpose, and the answer that never comes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response

from evals.world.mercadopago.errors import MercadoPagoError
from evals.world.mercadopago.state import Account, Json, MercadoPagoWorld
from evals.world.serving import BrokenConnection


async def unless_faulty(
    world: MercadoPagoWorld, account: Account, on: str, work: Callable[[], Awaitable[Json]], status: int = 200
) -> Response[Any]:
    """Answer with what ``work`` makes, unless it is down or a fault is due."""
    if world.down:
        raise MercadoPagoError("Service unavailable", status=503, error="service_unavailable")
    fault = world.next_fault(account, on)
    if fault and fault.kind == "error":
        limited = fault.http_status == 429
        raise MercadoPagoError(
            "Too many requests" if limited else "internal_error",
            status=fault.http_status,
            error="too_many_requests" if limited else "internal_error",
            headers={"Retry-After": "1"} if limited else None,
        )
    if fault and fault.kind == "lose":
        return BrokenConnection(None)
    if fault and fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    content = await work()
    if fault and fault.kind == "drop":
        return BrokenConnection(None)
    return Response(content, status_code=status, media_type="application/json")
