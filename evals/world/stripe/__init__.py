"""A Stripe-compatible simulator: Checkout for one-off payments, refunds, signed webhooks, and a control door.

Sources: docs.stripe.com/api (checkout sessions, payment intents, refunds, events, errors, idempotent requests) and
docs.stripe.com/webhooks.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from evals.world.clock import WorldClock
from evals.world.serving import repeated
from evals.world.stripe import api, door, errors
from evals.world.stripe.state import StripeWorld

EXPIRY_CHECK_SECONDS = 1.0


def create_app(clock: WorldClock | None = None) -> Litestar:
    """One simulated Stripe, with an empty memory whenever it begins to run."""
    return Litestar(
        route_handlers=[
            *(api.fetch_account, api.create_session, api.fetch_session, api.list_sessions, api.expire_session),
            *(api.fetch_intent, api.create_refund, api.fetch_refund, api.list_events),
            *(door.register_account, door.pay, door.settle, door.forge, door.redeliver, door.expire_overdue),
            *(door.add_fault, door.clear_faults, door.payment_page, door.press_pay),
        ],
        dependencies={"world": Provide(_world, sync_to_thread=False)},
        exception_handlers={errors.StripeError: errors.answer, NotFoundException: _unknown_path},
        lifespan=[_lifespan],
        state=State({"clock": clock or WorldClock.from_environment()}),
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.world = world = StripeWorld(app.state.clock)
    try:
        async with repeated(lambda: door.expire_overdue.fn(world), EXPIRY_CHECK_SECONDS):
            yield
    finally:
        await world.close()


def _world(state: State) -> StripeWorld:
    world: StripeWorld = state.world
    return world


def _unknown_path(request: Request[Any, Any, Any], error: NotFoundException) -> Response[dict[str, Any]]:
    if not request.url.path.startswith("/v1/"):
        return Response({"detail": error.detail}, status_code=404)
    text = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return errors.answer(request, errors.StripeError(text, status=404))
