"""A backend is killed around a call: it is on record as unclear, and is not made a second time."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from backend.database import Database
from backend.embedded.stores import Stores
from backend.settings import Settings
from tests.backend.tenant_tools.conftest import STOCK
from tests.backend.tenant_tools.peer import Peer
from tests.factories import Business, Client, open_turn
from tests.nursery import Nurseries

KILLED = 9


@pytest.mark.parametrize(("point", "reached"), [("tenant-tool.after_intent", 0), ("tenant-tool.before_record", 1)])
async def test_a_call_that_a_kill_interrupted_is_unclear_and_stays_so(
    client: Client,
    business: Business,
    database: Database,
    settings: Settings,
    stores: Stores,
    peer: Peer,
    nurseries: Nurseries,
    tmp_path: Path,
    point: str,
    reached: int,
) -> None:
    new = {**STOCK, "method": "POST", "url": peer.url("/stock/{{sku}}")}
    made = await business.ok("POST", "/v1/tools", new)
    turn = await open_turn(client, database, settings, business.tenant_id)
    asked = {"tool": "ext_warehouse_stock", "arguments": {"sku": "A-1"}}
    environment = {
        **stores.environment(),
        "TENDERO_OUTBOUND_HOSTS": json.dumps(settings.outbound_hosts),
        "TENDERO_CRASH_AT": point,
    }
    with nurseries.running("backend", tmp_path / "backend.log", environment, "serve", "--port", "0") as doomed:
        address = await asyncio.to_thread(doomed.address)
        async with Client(base_url=address, timeout=60) as other:
            turn.client = other
            with pytest.raises(httpx.TransportError):
                await turn.call("call_tenant_tool", asked)
        assert await asyncio.to_thread(doomed.wait, 60) == KILLED
    turn.client = client
    told = await turn.use("call_tenant_tool", asked)
    assert (told["result"]["status"], told["replayed"], len(peer.calls)) == ("unclear", True, reached)
    [record] = (await business.ok("GET", f"/v1/tools/{made['id']}/executions"))["items"]
    assert (record["outcome"], record["status"]) == ("unclear", None)
