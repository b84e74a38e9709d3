"""A database as full as a busy year leaves it: chats of many contacts, written straight into the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from evals.world.twin import Business, TwinWorld

MESSAGES = 10
"""Of each contact."""

_AS_IS = "SET session_replication_role = replica"
"""Neither triggers nor foreign keys are asked: what is written is a copy of what the API wrote."""
_CONTACTS = """
    CREATE TEMPORARY TABLE crowd ON COMMIT PRESERVE ROWS AS
    SELECT uuidv7() AS contact_id, uuidv7() AS conversation_id, number
    FROM generate_series(1, %(contacts)s) AS number"""
_WRITTEN = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' AND is_identity = 'NO'"""
"""Columns that the database does not fill in itself."""
_COPIES: dict[str, tuple[LiteralString, LiteralString]] = {
    "contacts": ("crowd", "'id', crowd.contact_id, 'name', 'Cliente ' || number"),
    "identities": (
        "crowd",
        "'id', uuidv7(), 'contact_id', crowd.contact_id, 'value', one.value || '-' || number",
    ),
    "conversations": ("crowd", "'id', crowd.conversation_id, 'contact_id', crowd.contact_id"),
    "messages": (
        "crowd CROSS JOIN generate_series(1, %(messages)s) AS each",
        "'id', uuidv7(), 'conversation_id', crowd.conversation_id, 'turn_id', NULL, 'provider_id', NULL,"
        " 'body', one.body || ' ' || each",
    ),
}
"""Table -> for whom a copy of its first row is made, and what each has of its own."""


@dataclass(frozen=True)
class Crowd:
    """Ids for calls, of some of those who were added."""

    contacts: list[str]
    conversations: list[str]


async def first(business: Business) -> Crowd:
    """The one contact of a business that has but one."""
    [contact] = (await business.get("/v1/contacts"))["items"]
    [conversation] = (await business.get("/v1/conversations"))["items"]
    return Crowd([contact["id"]], [conversation["id"]])


async def crowd(world: TwinWorld, business: Business, contacts: int) -> Crowd:
    """Adds so many contacts, each with a conversation of ten messages, as copies of the one that the business has."""
    tenant = (await business.get("/v1/tenant"))["id"]
    [contact] = (await first(business)).contacts
    values = {"tenant": tenant, "contact": contact, "contacts": contacts, "messages": MESSAGES}
    async with await psycopg.AsyncConnection.connect(world.installation.database_url) as connection:
        await connection.execute(_AS_IS)
        await connection.execute(_CONTACTS, values)
        for table, (whom, own) in _COPIES.items():
            columns = await (await connection.execute(_WRITTEN, [table])).fetchall()
            await connection.execute(_copy(table, [name for (name,) in columns], whom, own), values)
        some = "SELECT contact_id::text, conversation_id::text FROM crowd ORDER BY random() LIMIT 500"
        rows = await (await connection.execute(some)).fetchall()
        await connection.execute("DROP TABLE crowd")
        await connection.commit()
        await connection.set_autocommit(True)
        await connection.execute("VACUUM ANALYZE")
    return Crowd([contact for contact, _ in rows], [conversation for _, conversation in rows])


def _copy(table: str, columns: Sequence[str], whom: LiteralString, own: LiteralString) -> sql.Composed:
    return sql.SQL("""
        INSERT INTO {table} ({columns}) SELECT {made} FROM {whom}
        JOIN {table} AS one
            ON one.tenant_id = %(tenant)s AND one.id = (SELECT id FROM {table} WHERE tenant_id = %(tenant)s LIMIT 1)
        CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object({own})) AS made""").format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        made=sql.SQL(", ").join(sql.Identifier("made", name) for name in columns),
        whom=sql.SQL(whom),
        own=sql.SQL(own),
    )
