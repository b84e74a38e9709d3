"""Simulators running in the test's own event loop."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from evals.world import models, stripe, twilio
from evals.world.clock import WorldClock
from evals.world.customers import StripeDoor, TwilioDoor
from evals.world.serving import running, simulated
from tests.evals.world.endpoint import Endpoint


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    shop = Endpoint()
    async with running(shop.app()) as url:
        shop.url = url
        yield shop


@pytest.fixture
def clock(tmp_path: Path) -> WorldClock:
    return WorldClock(tmp_path / "clock")


@pytest.fixture
async def twilio_door(clock: WorldClock) -> AsyncIterator[TwilioDoor]:
    async with simulated(twilio.create_app, clock) as url, TwilioDoor(url) as door:
        yield door


@pytest.fixture
async def stripe_door(clock: WorldClock) -> AsyncIterator[StripeDoor]:
    async with simulated(stripe.create_app, clock) as url, StripeDoor(url) as door:
        yield door


@pytest.fixture
async def model_url() -> AsyncIterator[str]:
    async with running(models.create_app()) as url:
        yield url
