"""A shop in which somebody was answered."""

import pytest

from tests.factories import Business


@pytest.fixture
async def shop(eager_business: Business) -> Business:
    """With a sandbox channel."""
    await eager_business.ok("POST", "/v1/channels", {"provider": "sandbox", "address": "sandbox"})
    return eager_business
