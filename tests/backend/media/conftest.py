"""A business on the simulated Twilio, whose customers send files."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from backend.database import Database, new_id
from backend.embedded.stores import Stores
from backend.settings import Settings
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import TwilioDoor
from evals.world.models.files import file_saying
from evals.world.serving import simulated
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business

HASH = "f" * 64
VOICE = file_saying("quiero dos balones", "audio/ogg")
PHOTO = file_saying("un balón azul", "image/jpeg")


@dataclass
class Post:
    """The business's number, the door of the agent to files, and the Twilio that has them."""

    business: Business
    agent: Agent
    database: Database
    settings: Settings
    door: TwilioDoor
    account: dict[str, Any]
    line: WhatsAppLine
    """For messages whose files lie elsewhere."""

    async def sends(self, content: bytes = VOICE, kind: str = "audio/ogg", body: str = "", phone: str = "") -> Any:
        """A customer sends a file; the bundle of the turn that it opens."""
        await self.arrives(content, kind, body, phone)
        return await self.agent.one(self.business)

    async def writes(self, body: str, phone: str = "") -> Any:
        """A customer writes words alone; the bundle of the turn that it opens."""
        await self.arrives(b"", "", body, phone)
        return await self.agent.one(self.business)

    async def arrives(self, content: bytes = VOICE, kind: str = "audio/ogg", body: str = "", phone: str = "") -> None:
        """A customer sends a file, or words alone; nobody claims what comes of it."""
        media = [{"content_type": kind, "data": base64.b64encode(content).decode()}] if content else []
        phone = phone or f"+52155{new_id().int % 10**8:08d}"
        await self.door.call(
            "POST", "write", {"customer": phone, "to": self.line.address, "body": body, "media": media}
        )

    async def phone(self, number: str) -> list[dict[str, Any]]:
        """What reached a customer, oldest first."""
        query = {"customer": number, "sender": self.line.address}
        return list(await self.door.call("GET", "received", **query))

    async def opens(self, bundle: Any, place: int = 0, message_id: str = "") -> httpx.Response:
        return await self._ask(bundle, place, "open", {}, message_id)

    async def opened(self, bundle: Any, place: int = 0) -> dict[str, Any]:
        answer = await self.opens(bundle, place)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def keeps(self, bundle: Any, place: int = 0, message_id: str = "", **changes: Any) -> httpx.Response:
        told: dict[str, Any] = {
            "content_hash": HASH,
            "content_type": "audio/ogg",
            "kind": "transcript",
            "text": "quiero dos balones",
        }
        told |= {"model": "google_genai:gemini-2.5-flash", "cost_micros": 12} | changes
        return await self._ask(bundle, place, "reading", told, message_id)

    async def kept(self, bundle: Any, **changes: Any) -> dict[str, Any]:
        answer = await self.keeps(bundle, **changes)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def _ask(self, bundle: Any, place: int, verb: str, body: Any, message_id: str) -> httpx.Response:
        path = f"/internal/media/{message_id or bundle['messages'][-1]['id']}/{place}/{verb}"
        return await self.business.client.post(path, json=body, headers={"Authorization": f"Bearer {bundle['token']}"})


@asynccontextmanager
async def open_post(stores: Stores) -> AsyncIterator[Post]:
    settings = settings_of(stores)
    async with simulated(twilio.create_app, WorldClock()) as twilio_url, TwilioDoor(twilio_url) as door:
        settings.twilio_base_url = twilio_url
        async with running_application(settings) as url, Client(base_url=url, timeout=60) as client:
            settings.public_url = url
            business = await make_business(
                client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0}
            )
            account = await door.account()
            line = await connect_line(business, settings)
            credentials = {"account_sid": account["sid"], "auth_token": account["token"]}
            await business.ok("PATCH", f"/v1/channels/{line.channel_id}", {"credentials": credentials})
            line.auth_token = account["token"]
            await door.sender(line.address, account["sid"], f"{url}{urlsplit(line.path).path}")
            database = Database(settings)
            yield Post(business, Agent(client, settings), database, settings, door, account, line)
            await database.close()


@pytest.fixture
async def post(stores: Stores) -> AsyncIterator[Post]:
    async with open_post(stores) as post:
        yield post
