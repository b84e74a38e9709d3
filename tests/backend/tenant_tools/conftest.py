"""Another system on this machine, and a business that may call it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.settings import Settings
from tests.backend.tenant_tools.peer import Peer, open_peer

STOCK: dict[str, Any] = {
    "name": "warehouse_stock",
    "description": "How many pieces of an article the warehouse has.",
    "method": "GET",
    "url": "https://api.warehouse.example.com/stock/{{sku}}",
    "parameters": {
        "type": "object",
        "properties": {"sku": {"type": "string", "maxLength": 40}},
        "required": ["sku"],
    },
}


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with open_peer() as peer:
        yield peer


@pytest.fixture
def settings(settings: Settings, peer: Peer) -> Settings:
    """The other system stands inside, so it must be named."""
    return settings.model_copy(update={"outbound_hosts": [peer.host]})
