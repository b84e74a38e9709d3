"""A salon in São Paulo on Wednesday, 5 August 2026, 10:00, with two people and two services."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend import clock
from backend.clock import Clock, machine_now
from backend.database import Database
from backend.settings import Settings
from tests.backend.conftest import serving
from tests.factories import Business, Client, OpenTurn, make_business, open_turn

ZONE = ZoneInfo("America/Sao_Paulo")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOURS = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in WEEKDAYS} | {"sat": [["09:00", "13:00"]]}


class Calendar:
    """Business time of this process, moved as a twin world moves it."""

    def __init__(self, file: Path, patch: pytest.MonkeyPatch) -> None:
        self._file, self._patch = file, patch

    def set(self, instant: datetime) -> None:
        """It is `instant` now."""
        self._file.write_text(str((instant - machine_now()).total_seconds()))
        self._patch.setattr(clock, "_clock", Clock(self._file))

    def advance(self, by: timedelta) -> None:
        """That much later."""
        self.set(clock.now() + by)


@dataclass
class Salon:
    """The business with the ids of what it offers."""

    business: Business
    cut: str
    color: str
    ana: str
    bia: str

    async def hold(self, start: str, **more: Any) -> Any:
        """A hold of a cut at a local time of São Paulo, which must succeed."""
        return await self.business.ok("POST", "/v1/holds", self.wish(start, **more))

    async def book(self, start: str, name: str = "Carla", **more: Any) -> Any:
        """A booking of a cut, which must succeed."""
        hold = await self.hold(start, **more)
        return await self.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": {"name": name}})

    async def service(self, name: str, minutes: int, **more: Any) -> str:
        """Another service, of Ana's unless said otherwise; its id."""
        new = {"name": name, "duration_minutes": minutes, "price": 100, "staff_ids": [self.ana], **more}
        return str((await self.business.ok("POST", "/v1/services", new))["id"])

    async def room(self, name: str = "Sala 1", **more: Any) -> str:
        """A resource; its id."""
        return str((await self.business.ok("POST", "/v1/resources", {"name": name, **more}))["id"])

    def wish(self, start: str, **more: Any) -> dict[str, Any]:
        """The body of a hold."""
        return {"service_id": self.cut, "start": f"{start}-03:00", **more}

    async def free(self, day: str, **more: Any) -> list[str]:
        """Wall times of the free starts of one day for a cut."""
        asked = {"service_id": self.cut, "from": day, "to": day} | more
        found = await self.business.ok("GET", "/v1/availability", **asked)
        return [item["start"][11:16] for item in found["items"]]


@pytest.fixture
def calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Wednesday, 5 August 2026, 10:00 in São Paulo."""
    calendar = Calendar(tmp_path / "clock", monkeypatch)
    calendar.set(datetime(2026, 8, 5, 10, tzinfo=ZONE))
    return calendar


async def make_salon(client: Client, settings: Settings, **changes: Any) -> Salon:
    """A salon of its own tenant. Ana does everything, Bia cuts from Tuesday to Friday afternoons."""
    business = await make_business(
        client,
        settings,
        **{
            "name": "Salão Flor",
            "mode": "appointments",
            "locale": "pt-BR",
            "currency": "BRL",
            "timezone": "America/Sao_Paulo",
            "hours": HOURS,
        }
        | changes,
    )
    cut = await business.ok(
        "POST",
        "/v1/services",
        {"name": "Corte feminino", "duration_minutes": 45, "price": 9000, "buffer_after_minutes": 15},
    )
    color = await business.ok("POST", "/v1/services", {"name": "Coloração", "duration_minutes": 120, "price": 25000})
    both = [cut["id"], color["id"]]
    ana = await business.ok("POST", "/v1/staff", {"name": "Ana", "service_ids": both})
    afternoons = {day: [["14:00", "19:00"]] for day in WEEKDAYS[1:]}
    bia = await business.ok("POST", "/v1/staff", {"name": "Bia", "hours": afternoons, "service_ids": both[:1]})
    return Salon(business, cut["id"], color["id"], ana["id"], bia["id"])


@pytest.fixture
async def salon(calendar: Calendar, client: Client, settings: Settings) -> Salon:
    """The salon."""
    return await make_salon(client, settings)


@pytest.fixture
async def doors(settings: Settings) -> AsyncIterator[list[Client]]:
    """Four applications with connection pools of their own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(serving(settings)) for _ in range(4)]


@pytest.fixture
async def turn(salon: Salon, client: Client, settings: Settings, database: Database) -> OpenTurn:
    """A customer of the salon has written."""
    return await open_turn(client, database, settings, salon.business.tenant_id)
