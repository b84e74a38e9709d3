"""SQL for the message path: prepared statements on the driver's own connection, without the ORM in between.

The ORM asks four round trips and about a millisecond of CPU of a transaction before its first row. Here a transaction
begins, names its tenant and takes its lock in one message, and a single statement commits by itself. Row-level
security judges both alike: `Database` opens the pools with the same roles.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.InterfaceError,
    ConnectionError,
)
"""The server went away; a statement that was sent may have run."""


_AS_TENANT = """
SELECT found.* FROM (SELECT set_config('app.tenant_id', CAST(:its_tenant AS text), true) AS tenant_id) AS entered
CROSS JOIN LATERAL (SELECT * FROM ({sql}) AS asked WHERE entered.tenant_id IS NOT NULL OFFSET 0) AS found
"""
"""What is asked begins once the tenant is named, as it depends on the name; were it otherwise, it would see no rows."""


class Statement:
    """SQL with `:name` parameters, prepared once a connection. JSON goes in and comes out as text."""

    def __init__(self, sql: str) -> None:
        compiled = text(sql).compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._names: list[str] = list(compiled.positiontup or ())

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Values in the order of their places; KeyError for one that is missing."""
        return [values[name] for name in self._names]


class TenantStatement(Statement):
    """A SELECT that can also be sent by itself, in its tenant's name (`Database.read`)."""

    def __init__(self, sql: str) -> None:
        super().__init__(sql)
        self._alone = Statement(_AS_TENANT.format(sql=sql))

    def alone(self, tenant_id: UUID, values: Mapping[str, Any]) -> tuple[Statement, Mapping[str, Any]]:
        """Statement and values; the name holds for this statement and nothing that comes after it."""
        return self._alone, {**values, "its_tenant": str(tenant_id)}


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Statements:
    """An open transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def all(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        """Every row; columns are attributes by key: `row["id"]`."""
        rows: list[Any] = await self._connection.fetch(statement.sql, *statement.arguments(values))
        return rows

    async def first(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        return await self._connection.fetchrow(statement.sql, *statement.arguments(values))


class StatementPool:
    """Connections of one role, opened when they are needed. `url` as libpq has it."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._opened: asyncpg.Pool[Any] | None = None
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def transaction(self, tenant_id: UUID, *, lock: str | None = None) -> AsyncIterator[Statements]:
        """A transaction that sees one tenant's rows; commits at the end, rolls back if it raises. With the name of a
        lock it begins once nobody else holds that; of those who wait in this process one alone takes a connection.

        A pooled connection that died with its server is met by the opening, before anything was done, and replaced.
        """
        if lock is None:
            async with self._transaction(_opening(tenant_id)) as statements:
                yield statements
            return
        async with self._queue(lock), self._transaction(f"{_opening(tenant_id)}; {_locking(lock)}") as statements:
            yield statements

    @asynccontextmanager
    async def _transaction(self, opening: str) -> AsyncIterator[Statements]:
        pool, connection = await self._begun(f"BEGIN; {opening}")
        try:
            try:
                yield Statements(connection)
                await connection.execute("COMMIT")
            except BaseException:
                await _roll_back(connection)
                raise
        finally:
            await pool.release(connection)

    async def alone(self, statement: Statement, values: Mapping[str, Any], *, queue: str | None = None) -> list[Any]:
        """The rows of one statement that commits by itself. It must be safe to run twice: if the server goes away
        it is sent again. Of those in this process that name the same queue one alone takes a connection."""
        if queue is not None:
            async with self._queue(queue):
                return await self.alone(statement, values)
        pool, arguments = await self._pool(), statement.arguments(values)
        try:
            rows: list[Any] = await pool.fetch(statement.sql, *arguments)
        except _LOST:
            await pool.expire_connections()
            rows = await pool.fetch(statement.sql, *arguments)
        return rows

    async def read(self, tenant_id: UUID, statement: TenantStatement, values: Mapping[str, Any]) -> list[Any]:
        """The rows that a tenant sees: begun, named, asked and ended in one round trip."""
        return await self.alone(*statement.alone(tenant_id, values))

    async def close(self) -> None:
        """Close every connection; whoever asks after that opens new ones."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    def _queue(self, name: str) -> asyncio.Lock:
        return self._queues.get(name) or self._queues.setdefault(name, asyncio.Lock())

    async def _begun(self, opening: str) -> tuple[Any, Any]:
        pool = await self._pool()
        try:
            return pool, await _begin(pool, opening)
        except _LOST:
            await pool.expire_connections()
            return pool, await _begin(pool, opening)

    async def _pool(self) -> Any:
        if self._opened is None:
            self._opened = asyncpg.create_pool(
                self._url,
                min_size=0,
                max_size=self._size,
                reset=_as_it_is,
                server_settings={"jit": "off", "application_name": own_name()},
            )
            await self._opened  # without connections yet, so it does not wait
        return self._opened


def own_name() -> str:
    """As which the server shows this process's connections: PGAPPNAME, as libpq has it."""
    return os.environ.get("PGAPPNAME", "")


def lock_key(name: str) -> int:
    """The advisory lock of a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _opening(tenant_id: UUID) -> str:
    return f"SELECT set_config('app.tenant_id', '{UUID(int=tenant_id.int)}', true)"


def _locking(name: str) -> str:
    return f"SELECT pg_advisory_xact_lock({lock_key(name)})"


async def _begin(pool: Any, opening: str) -> Any:
    connection = await pool.acquire()
    try:
        await connection.execute(opening)
    except BaseException:
        connection.terminate()
        await pool.release(connection)
        raise
    return connection


async def _roll_back(connection: Any) -> None:
    if connection.is_closed() or not connection.is_in_transaction():
        return
    try:
        await connection.execute("ROLLBACK")
    except BaseException:
        connection.terminate()
        raise


async def _as_it_is(connection: Any) -> None:
    """Every transaction is ended by whoever began it: a connection that comes back has nothing to reset."""
