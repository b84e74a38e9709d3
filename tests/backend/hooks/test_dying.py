"""A dispatcher dies between the call and its record: the delivery is made again, under the same id."""

import asyncio
import json
from pathlib import Path

from sqlalchemy import text

from backend.database import Database
from backend.hooks.loop import HookLoop
from backend.settings import Settings
from tests.backend.hooks.conftest import Receiver
from tests.factories import Business
from tests.nursery import Nurseries

KILLED = 9


async def test_what_was_sent_and_not_recorded_is_sent_again_under_its_id(
    business: Business,
    receiver: Receiver,
    loop: HookLoop,
    database: Database,
    settings: Settings,
    nurseries: Nurseries,
    tmp_path: Path,
) -> None:
    made = await business.ok("POST", "/v1/hook-endpoints", {"url": receiver.url("/in"), "events": ["contact.created"]})
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    environment = {
        "DATABASE_URL": settings.database_url,
        "TENDERO_OUTBOUND_HOSTS": json.dumps(settings.outbound_hosts),
        "TENDERO_CRASH_AT": "hook.before_record",
    }
    with nurseries.running("backend", tmp_path / "dispatcher.log", environment, "dispatch") as dispatcher:
        await receiver.until("/in", 1)
        assert await asyncio.to_thread(dispatcher.wait, 60) == KILLED
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE hook_deliveries SET lease_until = now() - interval '1 second'"))
    await loop.run_until_idle()
    first, second = receiver.of("/in")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.verified(made["secret"]) == second.verified(made["secret"])
    log = await business.ok("GET", f"/v1/hook-endpoints/{made['endpoint']['id']}/deliveries")
    assert [delivery["status"] for delivery in log["items"]] == ["delivered"]
