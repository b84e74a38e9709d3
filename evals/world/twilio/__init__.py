"""A Twilio-compatible simulator: the REST API for WhatsApp messages, signed webhooks, and a control door.

Sources: twilio.com/docs/messaging/api/message-resource, /docs/messaging/guides/webhook-request,
/docs/messaging/guides/track-outbound-message-status, /docs/usage/webhooks, /docs/api/errors.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from evals.world.clock import WorldClock
from evals.world.twilio import api, door, errors
from evals.world.twilio.state import TwilioWorld


def create_app(clock: WorldClock | None = None) -> Litestar:
    """One simulated Twilio, with an empty memory whenever it begins to run."""
    return Litestar(
        route_handlers=[
            *(api.fetch_account, api.create_message, api.list_messages, api.fetch_message),
            *(api.fetch_media, api.list_media, api.delete_media, api.download_file),
            *(door.register_account, door.register_sender, door.register_template),
            *(
                door.write,
                door.burst,
                door.received,
                door.arrivals,
                door.outbound,
                door.tally,
                door.open_windows,
                door.unsubscribe,
            ),
            *(door.add_fault, door.clear_faults, door.set_behaviour, door.reach_web),
        ],
        dependencies={"world": Provide(_world, sync_to_thread=False)},
        exception_handlers={errors.TwilioError: errors.answer, NotFoundException: _unknown_path},
        lifespan=[_lifespan],
        state=State({"clock": clock or WorldClock.from_environment()}),
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.world = world = TwilioWorld(app.state.clock)
    try:
        yield
    finally:
        await world.close()


def _world(state: State) -> TwilioWorld:
    world: TwilioWorld = state.world
    return world


def _unknown_path(request: Request[Any, Any, Any], error: NotFoundException) -> Response[dict[str, Any]]:
    if request.url.path.startswith("/_world/"):
        return Response({"detail": error.detail}, status_code=404)
    return errors.answer(request, errors.TwilioError(20404, request.url.path))
