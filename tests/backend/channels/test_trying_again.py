"""Rows that are tried again: what is told late of a send that failed, what counts, and who has to wait for whom."""

from urllib.parse import urlsplit

import pytest

from backend.channels.delivery import Courier
from backend.channels.providers import channel_providers
from backend.conversations.outbox import claim_due
from tests.backend.channels.conftest import World, come_to
from tests.backend.line import WhatsAppLine
from tests.factories import Business, make_business


async def _line(world: World) -> WhatsAppLine:
    """Through which a test itself plays the provider's callbacks."""
    [channel] = (await world.business.ok("GET", "/v1/channels"))["items"]
    path = urlsplit(channel["webhook_url"]).path
    business, token = world.business, world.account["token"]
    return WhatsAppLine(business.client, business, world.settings, channel["id"], channel["address"], path, token)


@pytest.mark.parametrize("moment", ["queued", "claimed"])
async def test_a_late_word_of_the_send_that_failed_does_not_stand_for_the_next_one(world: World, moment: str) -> None:
    await world.door.behave(statuses=[])
    await world.answer("una vez")
    await world.dispatcher.run_until_idle()
    await come_to(world, "sent")
    [entry] = await world.outbox()
    failed, line = entry.provider_id or "", await _line(world)
    assert (await line.report(str(entry.id), failed, "undelivered", "63018")).status_code == 204
    assert await world.statuses() == ["queued"]
    await world.hurry()
    if moment == "queued":
        await line.report(str(entry.id), failed, "sent")
    [claimed] = await claim_due(world.database, 1)
    if moment == "claimed":
        await line.report(str(entry.id), failed, "sent")
    providers = channel_providers(world.settings)
    await Courier(world.database, world.settings, providers).send(claimed)
    for provider in providers.values():
        await provider.close()
    [entry] = await world.outbox()
    assert entry.provider_id not in (None, failed)
    assert [message["body"] for message in await world.door.outbound()] == ["una vez"] * 2
    await line.report(str(entry.id), entry.provider_id or "", "read")
    assert await world.statuses() == ["read"]


async def test_waiting_for_a_rate_uses_up_no_try(world: World) -> None:
    await world.answer("hola")
    for _ in range(6):
        await world.door.fault("reject", code=63018, http_status=429, retry_after=60)
        await world.hurry()
        await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["queued"]
    for refused in range(1, 9):
        await world.door.fault("reject", code=63010, http_status=400)
        await world.hurry()
        await world.dispatcher.run_until_idle()
        [entry] = await world.outbox()
        assert (entry.status, entry.refusals) == ("queued", refused)
    await world.door.fault("reject", code=63010, http_status=400)
    await world.hurry()
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["failed"]


async def _waiting(business: Business, customers: int) -> None:
    """Each customer is written to."""
    for number in range(customers):
        await business.ok("POST", "/v1/sandbox/messages", {"from": f"c{number}", "text": "hola"})
    for chat in (await business.ok("GET", "/v1/conversations", limit=200))["items"]:
        await business.ok("POST", f"/v1/conversations/{chat['id']}/messages", {"text": "aviso"})


async def test_a_tenant_with_many_waiting_chats_hides_nobody_and_has_its_share_of_senders(world: World) -> None:
    other = await make_business(world.business.client, world.settings)
    await _waiting(world.business, 40)
    await _waiting(other, 1)
    tenants = [one.tenant_id for one in await claim_due(world.database, 6, 4)]
    assert (tenants.count(world.business.tenant_id), tenants.count(other.tenant_id)) == (4, 1)
    assert await claim_due(world.database, 6, 4) == [], "its share is under way"
