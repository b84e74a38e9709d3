"""A mail server that keeps every letter: real SMTP on a port of its own, and a door to read and to disturb it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State

from evals.world.clock import WorldClock
from evals.world.smtp.door import ROUTES
from evals.world.smtp.server import listening
from evals.world.smtp.state import Mailroom


def create_app(clock: WorldClock | None = None) -> Litestar:
    """The door as an HTTP app; the mail server listens while the app runs, at the address of `GET /_world/smtp`.
    Letters carry machine time, so the world's clock is of no use here."""
    room = Mailroom()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with listening(room):
            yield

    return Litestar(ROUTES, lifespan=[lifespan], state=State({"room": room}), openapi_config=None, logging_config=None)
