"""Files at the provider: erased with their contact, and asked about until they are gone."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from backend import clock
from backend.channels.providers.twilio import TwilioChannel
from backend.database import new_id
from backend.privacy.retention import erase_what_outlived
from backend.privacy.sweep import finish_erasures
from backend.settings import Settings
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import TwilioDoor
from evals.world.serving import simulated
from tests.backend.privacy.house import House

PHOTO = {"content_type": "image/jpeg", "data": base64.b64encode(b"a face").decode()}


@dataclass
class Gallery:
    """The house with a number of the simulated Twilio, to which customers send pictures."""

    house: House
    door: TwilioDoor
    settings: Settings
    account: dict[str, Any]
    number: str

    async def photos(self, customer: str, count: int = 2) -> str:
        """A customer sends pictures; the message's SID."""
        told = {"customer": customer, "to": self.number, "body": "mira", "media": [PHOTO] * count}
        return str((await self.door.call("POST", "write", told))["sid"])

    async def contact(self) -> str:
        [contact] = (await self.house.business.ok("GET", "/v1/contacts"))["items"]
        return str(contact["id"])

    async def left(self, sid: str) -> int:
        """How many files of a message Twilio still has."""
        address = f"{self.door.url}/2010-04-01/Accounts/{self.account['sid']}/Messages/{sid}/Media.json"
        answer = await self.house.business.client.get(address, auth=(self.account["sid"], self.account["token"]))
        return len(answer.json()["media_list"])

    async def sweep(self) -> None:
        """One round, with everything due."""
        house = self.house
        async with house.database.tenant(house.business.tenant_id) as session:
            await session.execute(
                text("UPDATE erasures SET due_at = :now WHERE status = 'running'"), {"now": clock.machine_now()}
            )
        await finish_erasures(house.database, self.settings)

    async def receipt(self, erasure_id: str) -> dict[str, Any]:
        return dict(await self.house.business.ok("GET", f"/v1/erasures/{erasure_id}"))


@pytest.fixture
async def gallery(house: House, tmp_path: Path) -> AsyncIterator[Gallery]:
    async with simulated(twilio.create_app, WorldClock(tmp_path / "clock")) as url, TwilioDoor(url) as door:
        account = await door.account()
        number = f"whatsapp:+1415{new_id().int % 10**7:07d}"
        credentials = {"account_sid": account["sid"], "auth_token": account["token"]}
        new = {"provider": "twilio", "address": number.removeprefix("whatsapp:"), "credentials": credentials}
        path = urlsplit((await house.business.ok("POST", "/v1/channels", new))["webhook_url"]).path
        await door.sender(number, account["sid"], f"{house.settings.public_url}{path}")
        settings = house.settings.model_copy(update={"twilio_base_url": url})
        yield Gallery(house, door, settings, account, number)


async def test_pictures_go_from_the_provider_too_and_the_receipt_counts_them(gallery: Gallery) -> None:
    sid, phone = await gallery.photos("+5215512345678"), "+5215587654321"
    erased = await gallery.house.business.ok("POST", f"/v1/contacts/{await gallery.contact()}/erasure")
    assert (erased["status"], erased["media_left"], erased["media_erased"]) == ("running", 2, 0)
    others = await gallery.photos(phone, 1)
    await gallery.sweep()
    done = await gallery.receipt(erased["id"])
    assert (done["status"], done["media_left"], done["media_erased"]) == ("done", 0, 2)
    assert (await gallery.left(sid), await gallery.left(others)) == (0, 1)
    async with gallery.house.database.tenant(gallery.house.business.tenant_id) as session:
        assert (await session.scalar(text("SELECT media::text FROM erasures"))) == "[]"


async def test_a_provider_that_is_down_delays_the_receipt_visibly(gallery: Gallery) -> None:
    sid = await gallery.photos("+5215512345678")
    erased = await gallery.house.business.ok("POST", f"/v1/contacts/{await gallery.contact()}/erasure")
    for status in (500, 503, 429, 401):
        await gallery.door.fault("media", http_status=status)
        await gallery.sweep()
        waits = await gallery.receipt(erased["id"])
        assert (waits["status"], waits["threads_left"], waits["media_left"]) == ("running", 0, 2), status
        assert waits["finished_at"] is None
    assert await gallery.left(sid) == 2
    nobody = gallery.settings.model_copy(update={"twilio_base_url": "http://127.0.0.1:9"})
    for settings in (nobody, gallery.settings):
        gallery.settings = settings
        await gallery.sweep()
    assert (await gallery.receipt(erased["id"]))["status"] == "done"
    assert await gallery.left(sid) == 0


async def test_what_is_gone_already_counts_as_gone(gallery: Gallery) -> None:
    sid = await gallery.photos("+5215512345678")
    erased = await gallery.house.business.ok("POST", f"/v1/contacts/{await gallery.contact()}/erasure")
    async with gallery.house.database.tenant(gallery.house.business.tenant_id) as session:
        known: Any = await session.scalar(text("SELECT media -> 0 FROM erasures"))
        foreign = {**known, "message": "MM" + "0" * 32, "files": 3}
        more = text("UPDATE erasures SET media = media || CAST(:more AS jsonb)")
        await session.execute(more, {"more": json.dumps([foreign])})
    await gallery.sweep()
    done = await gallery.receipt(erased["id"])
    assert (done["status"], done["media_erased"], await gallery.left(sid)) == ("done", 5, 0)


async def test_retention_takes_the_files_along(gallery: Gallery) -> None:
    sid = await gallery.photos("+5215512345678")
    business, database = gallery.house.business, gallery.house.database
    await business.ok("PATCH", "/v1/tenant", {"settings": {"retention_days": 1}})
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE turns SET status = 'done', outcome = 'silent'"))
        before = clock.now() - timedelta(days=3)
        old = f"{int(before.timestamp() * 1000):012x}"
        for table in ("messages",):
            aged = text(f"UPDATE {table} SET sent_at = :at, id = CAST(:old || substr(id::text, 14) AS uuid)")
            await session.execute(aged, {"at": before, "old": f"{old[:8]}-{old[8:]}"})
    await erase_what_outlived(database)
    [receipt] = (await business.ok("GET", "/v1/erasures"))["items"]
    assert (receipt["reason"], receipt["media_left"]) == ("retention", 2)
    await gallery.sweep()
    assert (await gallery.receipt(receipt["id"]))["media_left"] == 0
    assert await gallery.left(sid) == 0


@pytest.mark.parametrize("sid", ["", "../../Calls", "SM1/Media", "x" * 65, "a\0b"])
async def test_what_is_no_id_of_a_message_reaches_no_address(gallery: Gallery, sid: str) -> None:
    callers: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _, caller: callers.append(caller), "127.0.0.1", 0) as nowhere:
        port = nowhere.sockets[0].getsockname()[1]
        provider = TwilioChannel(gallery.settings.model_copy(update={"twilio_base_url": f"http://127.0.0.1:{port}"}))
        await provider.erase_media(None, sid, [])  # type: ignore[arg-type]  # nothing is asked of the account
        await provider.close()
    assert callers == []
