"""A Twilio-compatible simulator: the REST API for WhatsApp messages, signed webhooks, and a control door.

Sources: twilio.com/docs/messaging/api/message-resource, /docs/messaging/guides/webhook-request,
/docs/messaging/guides/track-outbound-message-status, /docs/usage/webhooks, /docs/api/errors.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from evals.world.clock import WorldClock
from evals.world.twilio import api, door, errors
from evals.world.twilio.state import TwilioWorld


def create_app(clock: WorldClock | None = None) -> Litestar:
    """One simulated Twilio with an empty memory."""
    world = TwilioWorld(clock or WorldClock.from_environment())

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await world.close()

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
        dependencies={"world": Provide(lambda: world, sync_to_thread=False, use_cache=True)},
        exception_handlers={errors.TwilioError: errors.answer, NotFoundException: _unknown_path},
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )


def _unknown_path(request: Request[Any, Any, Any], error: NotFoundException) -> Response[dict[str, Any]]:
    if request.url.path.startswith("/_world/"):
        return Response({"detail": error.detail}, status_code=404)
    return errors.answer(request, errors.TwilioError(20404, request.url.path))
