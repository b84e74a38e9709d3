"""How the database finds contacts and conversations: by an index, whatever is asked, where there are many."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.listing import Wanted, list_contacts
from backend.contacts.models import Stage
from backend.contacts.service import tag_counts
from backend.conversations import inbox
from backend.database import Database, new_id
from backend.embedded.stores import Stores
from tests.backend.conftest import serving, settings_of
from tests.factories import make_business

CONTACTS = 20_000
_LOUD = re.compile(r"Seq Scan on (?:contacts|contact_tags|contact_stages|identities|conversations|messages)\b")
_FILL = (
    "SET session_replication_role = replica",
    """
    INSERT INTO contacts (tenant_id, id, name, email, details, tags, bot_enabled, first_seen_at, last_seen_at,
                          created_at, updated_at, archived_at, opted_out_at)
    SELECT $1, uuidv7(), 'Cliente ' || n, 'c' || n || '@example.com', '{}',
           CASE WHEN n % 2 = 0 THEN ARRAY['common'] WHEN n % 1000 = 1 THEN ARRAY['rare'] ELSE '{}' END,
           true, at, at, at, at,
           CASE WHEN n % 100 = 0 THEN at END, CASE WHEN n % 50 = 0 THEN at END
    FROM generate_series(1, $2::int) AS n,
         LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute' AS at) AS moment
    """,
    """
    INSERT INTO contact_tags (tenant_id, id, contact_id, tag, created_at, updated_at)
    SELECT tenant_id, uuidv7(), contacts.id, tag, created_at, updated_at FROM contacts, unnest(tags) AS tag
    WHERE tenant_id = $1 AND $2::int > 0
    """,
    """
    INSERT INTO contact_stages (tenant_id, id, stage, source, reason, since, created_at, updated_at)
    SELECT tenant_id, id, CASE WHEN tags = '{rare}' THEN 'quoted' WHEN tags = '{common}' THEN 'customer' ELSE 'new' END,
           'derived', 'x', created_at, created_at, created_at
    FROM contacts WHERE tenant_id = $1 AND $2::int > 0 AND archived_at IS NULL
    """,
    """
    INSERT INTO identities (tenant_id, id, contact_id, kind, value, created_at, updated_at)
    SELECT tenant_id, uuidv7(), contacts.id, 'phone', '+52155' || right(name, 8), created_at, updated_at FROM contacts
    WHERE tenant_id = $1 AND $2::int > 0
    """,
    """
    INSERT INTO conversations (tenant_id, id, channel_id, contact_id, address, in_charge, debug, fence, created_at,
                               updated_at, active_at, assigned_to, unread_since)
    SELECT tenant_id, uuidv7(), $1, contacts.id, 'x',
           CASE WHEN last_seen_at < timestamptz '2026-01-02' THEN 'person' ELSE 'agent' END, false, 0, created_at,
           updated_at, updated_at, CASE WHEN tags = '{rare}' THEN tenant_id END, archived_at
    FROM contacts WHERE tenant_id = $1 AND $2::int > 0
    """,
)


@dataclass
class Town:
    """A business with many contacts, among others with few."""

    database: Database
    tenant_id: UUID
    contact_id: UUID


@pytest.fixture
async def town(fresh_stores: Stores) -> AsyncIterator[Town]:
    settings = settings_of(fresh_stores)
    database = Database(settings)
    async with serving(settings) as client:
        business = await make_business(client, settings)
        others = [await make_business(client, settings) for _ in range(3)]
    owner = await asyncpg.connect(settings.database_url)
    for one, contacts in ((business, CONTACTS), *((other, CONTACTS // 10) for other in others)):
        for statement in _FILL:
            await owner.execute(statement, *((one.tenant_id, contacts) if "$1" in statement else ()))
    await owner.execute("VACUUM ANALYZE contacts, contact_tags, contact_stages, identities, conversations")
    contact_id = await owner.fetchval("SELECT id FROM contacts WHERE tenant_id = $1 LIMIT 1", business.tenant_id)
    await owner.close()
    yield Town(database, business.tenant_id, contact_id)
    await database.close()


async def plans(town: Town, ask: Any) -> str:
    """What the database would do for every statement of a read, as the app role."""
    asked: list[tuple[str, Any]] = []
    async with town.database.tenant(town.tenant_id) as session:
        connection = await session.connection()

        def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
            asked.append((statement, parameters))

        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await ask(session)
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        told = []
        for statement, parameters in asked:
            if statement.startswith("SET LOCAL"):
                continue
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            told.append(statement + "\n" + "\n".join(row[0] for row in rows))
        return "\n\n".join(told)


LISTS: list[dict[str, Any]] = [
    *({"sort": sort} for sort in ("created_at", "-created_at", "last_seen_at", "-last_seen_at", "name", "-name")),
    *(
        {"tag": tag, "sort": sort}
        for tag in ("common", "rare", "none")
        for sort in ("-created_at", "last_seen_at", "name")
    ),
    {"tag": "rare", "archived": "any", "opted_out": False},
    *({"stage": stage, "sort": sort} for stage in Stage for sort in ("-created_at", "last_seen_at")),
    {"email": "C7@example.com"},
    {"phone": "+5215500000007"},
    {"archived": "true"},
    {"archived": "any"},
    {"opted_out": True},
    {"opted_out": False},
    {"seen_since": datetime(2026, 1, 9, tzinfo=UTC)},
    {"seen_before": datetime(2026, 1, 1, 1, tzinfo=UTC), "sort": "last_seen_at"},
    {"search": "cliente 77"},
    {"search": "nobody like this"},
    {"search": "5500000077"},
    {"search": "ana", "tag": "rare", "sort": "name"},
]


async def test_no_list_of_contacts_reads_a_whole_table(town: Town) -> None:
    for query in LISTS:
        wanted = Wanted(**query)
        cursor: list[str | None] = [None]

        async def first(session: AsyncSession) -> None:
            _, cursor[0] = await list_contacts(session, wanted, None, 50, "MX")  # noqa: B023

        async def next_page(session: AsyncSession) -> None:
            await list_contacts(session, wanted, cursor[0], 50, "MX")  # noqa: B023

        plan = await plans(town, first)
        assert not _LOUD.search(plan), f"{query}\n{plan}"
        if cursor[0] is not None:
            plan = await plans(town, next_page)
            assert not _LOUD.search(plan), f"{query}, next page\n{plan}"


async def test_no_list_of_conversations_reads_a_whole_table(town: Town) -> None:
    ids = [new_id() for _ in range(50)]
    for wanted in (
        inbox.Wanted(),
        inbox.Wanted(in_charge="person"),
        inbox.Wanted(in_charge="agent"),
        inbox.Wanted(contact_id=town.contact_id),
        inbox.Wanted(assigned_to=town.tenant_id),
        inbox.Wanted(assigned_to=inbox.NOBODY),
        inbox.Wanted(unread=True),
        inbox.Wanted(unread=False),
        inbox.Wanted(among=ids),
    ):

        async def ask(session: AsyncSession) -> None:
            await inbox.list_conversations(session, wanted, None, 51)  # noqa: B023

        plan = await plans(town, ask)
        assert not _LOUD.search(plan), f"{wanted}\n{plan}"


async def test_tags_in_use_are_counted_without_reading_contacts(town: Town) -> None:
    plan = await plans(town, tag_counts)
    assert not re.search(r"Scan on contacts\b", plan), plan
    async with town.database.tenant(town.tenant_id) as session:
        assert await tag_counts(session) == [("common", CONTACTS // 2), ("rare", CONTACTS // 1000)]
