"""A Mercado Pago-compatible simulator: Checkout Pro by preferences, payments, refunds, signed webhooks, a control door.

Sources: mercadopago.com/developers/en/reference (preferences, payments, refunds), /docs/checkout-pro and
/docs/your-integrations/notifications/webhooks.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from evals.world.clock import WorldClock
from evals.world.mercadopago import api, door, errors
from evals.world.mercadopago.state import MercadoPagoWorld
from evals.world.serving import repeated

LOOK_SECONDS = 1.0


def create_app(clock: WorldClock | None = None) -> Litestar:
    """One simulated Mercado Pago, with an empty memory whenever it begins to run."""
    return Litestar(
        route_handlers=[
            *(api.fetch_user, api.create_preference, api.fetch_preference, api.change_preference),
            *(api.fetch_payment, api.search_payments, api.cancel_payment, api.create_refund),
            *(door.register_account, door.pay, door.settle, door.refund, door.charge_back, door.forge, door.notify),
            *(door.redeliver, door.look, door.set_down, door.add_fault, door.clear_faults),
            *(door.payment_page, door.press),
        ],
        dependencies={"world": Provide(_world, sync_to_thread=False)},
        exception_handlers={errors.MercadoPagoError: errors.answer, NotFoundException: _unknown_path},
        lifespan=[_lifespan],
        state=State({"clock": clock or WorldClock.from_environment()}),
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.world = world = MercadoPagoWorld(app.state.clock)
    try:
        async with repeated(lambda: door.look.fn(world), LOOK_SECONDS):
            yield
    finally:
        await world.client.aclose()


def _world(state: State) -> MercadoPagoWorld:
    world: MercadoPagoWorld = state.world
    return world


def _unknown_path(request: Request[Any, Any, Any], error: NotFoundException) -> Response[dict[str, Any]]:
    if request.url.path.startswith(("/_world/", "/checkout/v1/")):
        return Response({"detail": error.detail}, status_code=404)
    return errors.answer(request, errors.MercadoPagoError("resource not found", status=404, error="not_found"))
