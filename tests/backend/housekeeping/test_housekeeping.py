"""Every table says how long it keeps its rows, and what it says happens."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend import clock
from backend.database import Database
from backend.housekeeping import sweep as sweeping
from backend.housekeeping.declared import LIVES
from backend.housekeeping.sweep import sweep
from backend.privacy.retention import first_id
from backend.settings import Settings
from tests.backend.team.conftest import an_email
from tests.factories import Business

SWEPT = {name: life for name, life in LIVES.items() if life.days is not None}
TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The owner of the tables, who may plant what is old."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        yield connection


def test_every_table_of_the_database_says_how_long_it_keeps_its_rows(
    owner: psycopg.Connection[tuple[Any, ...]],
) -> None:
    found = {name for (name,) in owner.execute(TABLES)}
    assert found == set(LIVES), "declare it in backend/housekeeping/declared.py"
    assert all(life.why for life in LIVES.values())


class Garden:
    """Plants rows of a table, as old as is wanted, for one business and one person."""

    def __init__(self, owner: psycopg.Connection[tuple[Any, ...]], business: Business) -> None:
        self.owner = owner
        self.tenant = business.tenant_id
        self.user = first_id(clock.machine_now())
        self.channel: UUID | None = None
        self.tool: UUID | None = None

    def plant(self, table: str, at: datetime, number: int) -> None:
        row = getattr(self, f"_{table}")(at, number)
        if "created_at" in self._columns(table):
            row |= {"created_at": at, "updated_at": at}
        names = ", ".join(row)
        marks = ", ".join(["%s"] * len(row))
        self.owner.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))

    def count(self, table: str, days: float) -> int:
        """Rows of ours that are at least so old."""
        mark = clock.machine_now() - timedelta(days=days)
        mine, when = {
            "mails": (("user_id", self.user), "created_at"),
            "sessions": (("user_id", self.user), "created_at"),
            "login_failures": (("kind", f"test-{self.user}"), "last_at"),
            "audit": (("actor", f"test-{self.user}"), "at"),
            "incidents": (("tenant_id", self.tenant), "at"),
        }.get(table, (("tenant_id", self.tenant), "created_at"))
        query = f"SELECT count(*) FROM {table} WHERE {mine[0]} = %s AND {when} <= %s"
        found = self.owner.execute(query, [mine[1], mark]).fetchone()
        assert found is not None
        return int(found[0])

    def person(self) -> None:
        self.owner.execute(
            "INSERT INTO users (id, email, name, locale, password, platform_admin, created_at, updated_at)"
            " VALUES (%s, %s, '', 'es', 'x', false, now(), now())",
            [self.user, an_email()],
        )

    def _columns(self, table: str) -> set[str]:
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        return {name for (name,) in self.owner.execute(query, [table])}

    def _id(self, at: datetime, number: int) -> UUID:
        return UUID(int=first_id(at).int + number + 1)

    def _mails(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"kind": "verify", "address": an_email(), "locale": "es", "words": Jsonb({}), "status": "sent"}
        times = {"due_at": at, "attempt": 1, "expires_at": at + timedelta(days=3)}
        return {"id": self._id(at, number), "user_id": self.user, **told, **times}

    def _sessions(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"user_id": self.user, "generation": 0, "digest": b"x", "device": ""}
        return {"id": self._id(at, number), **told, "rotated_at": at, "expires_at": at + timedelta(days=30)}

    def _login_failures(self, at: datetime, number: int) -> dict[str, Any]:
        subject = f"{at}{number}".encode()
        return {"kind": f"test-{self.user}", "subject": subject, "failures": 1, "last_at": at}

    def _incidents(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"severity": "info", "source": "test", "kind": "x", "message": "x", "details": Jsonb({})}
        return {"id": self._id(at, number), "tenant_id": self.tenant, "at": at, **told}

    def _audit(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"actor": f"test-{self.user}", "action": "insert", "table_name": "x", "row_id": str(number)}
        return {"tenant_id": self.tenant, "at": at, **told}

    def _channel_events(self, at: datetime, number: int) -> dict[str, Any]:
        if self.channel is None:
            query = "SELECT id FROM channels WHERE tenant_id = %s"
            found = self.owner.execute(query, [self.tenant]).fetchone()
            assert found is not None
            self.channel = found[0]
        told = {"kind": "message", "provider_id": f"{at}{number}", "payload": Jsonb({}), "received_at": at}
        return {"id": self._id(at, number), "tenant_id": self.tenant, "channel_id": self.channel, **told}

    def _tool_executions(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"tool_id": self.tool, "outcome": "answered", "tries": 1, "excerpt": ""}
        return {"id": self._id(at, number), "tenant_id": self.tenant, **told}

    def _media_readings(self, at: datetime, number: int) -> dict[str, Any]:
        query = "SELECT conversation_id, id FROM messages WHERE tenant_id = %s"
        found = self.owner.execute(query, [self.tenant]).fetchone()
        assert found is not None
        row_id = self._id(at, number)
        place = (row_id.int >> 80 & 0xFFFFF) * 1000 + number
        of = {"conversation_id": found[0], "message_id": found[1], "place": place, "model": "x", "cost_micros": 0}
        told = {"content_hash": "0" * 64, "content_type": "audio/ogg", "kind": "transcript", "text": "hola"}
        return {"id": row_id, "tenant_id": self.tenant, **of, **told, "details": Jsonb({})}

    def _knowledge_passages(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"place": 0, "heading": "", "body": "", "deleted_at": at}
        return {"id": self._id(at, number), "tenant_id": self.tenant, **told}

    def _invitations(self, at: datetime, number: int) -> dict[str, Any]:
        told = {"email": an_email(), "role": "agent", "expires_at": at + timedelta(days=7)}
        return {"id": self._id(at, number), "tenant_id": self.tenant, **told}


@pytest.fixture
async def garden(owner: psycopg.Connection[tuple[Any, ...]], business: Business) -> Garden:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    garden = Garden(owner, business)
    garden.person()
    tool = {"name": "stock", "description": "Stock.", "method": "GET", "url": "https://example.com/stock"}
    garden.tool = UUID((await business.ok("POST", "/v1/tools", tool))["id"])
    return garden


async def test_what_is_old_goes_in_batches_and_what_is_not_stays(
    garden: Garden, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    now = clock.machine_now()
    for table, life in SWEPT.items():
        assert life.days is not None
        days = life.days(settings)
        for number in range(5):
            garden.plant(table, now - timedelta(days=days + 8, seconds=number), number)
        for number in range(2):
            garden.plant(table, now - timedelta(days=days - 1, seconds=number), number)
        assert garden.count(table, days) == 5, table
        assert await sweep(database, settings, table, life) >= 5, table
        assert (garden.count(table, days), garden.count(table, days - 1)) == (0, 2), table
        assert await sweep(database, settings, table, life) == 0, table


async def test_recent_incidents_stay_whoever_asks(database: Database) -> None:
    async with database.queue() as session:
        with pytest.raises(DBAPIError, match="last day"):
            await session.execute(text("SELECT prune_incidents(now(), 1000)"))


async def test_the_recent_trail_stays_whoever_asks(garden: Garden, database: Database) -> None:
    now = clock.machine_now()
    garden.plant("audit", now - timedelta(days=29), 1)
    ask = text("SELECT prune_audit(:tenant, :before, 1000)")
    values = {"tenant": garden.tenant, "before": now - timedelta(days=28)}
    async with database.queue() as session:
        with pytest.raises(DBAPIError, match="last 30 days"):
            await session.execute(ask, values)
    for door in (database.tenant(garden.tenant), database.people()):
        async with door as session:
            with pytest.raises(DBAPIError, match="permission denied"):
                await session.execute(ask, {**values, "before": now - timedelta(days=500)})
            await session.rollback()
    async with database.queue() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("DELETE FROM audit"))
    assert garden.count("audit", 29) == 1
