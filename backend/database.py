"""Tables' base, and the three doors to the database: as a tenant, as the queue, and for people who come in.

* `Database.tenant(tenant_id)` opens a transaction as the app role; row-level security shows that tenant's rows only.
* `Database.queue()` opens a transaction as the queue role, which sees queue and lookup columns of every tenant,
  and no bodies.
* `Database.people()` opens a transaction as the people role, which sees users, sessions, letters and memberships, the
  names of businesses, and nothing that a business records.

`Database.statements(tenant_id)` and `Database.look(...)` are the same doors for the message path (`statements.py`),
`Database.read(tenant_id, ...)` is the first one for a single look. All commit when the block ends and roll back when it
raises. Services never commit.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any
from uuid import UUID

from advanced_alchemy.base import CommonTableAttributes
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

from backend import clock, minting
from backend.requests import watching
from backend.settings import APP_ROLE, PEOPLE_ROLE, QUEUE_ROLE, Settings
from backend.statements import Row, Statement, StatementPool, Statements, TenantStatement, own_name

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_SET_TENANT = text(
    "SELECT set_config('app.tenant_id', :tenant_id, true), set_config('app.actor', :actor, true), "
    "set_config('app.request', :request, true)"
)
CURRENT_TRANSACTION = text("(pg_current_xact_id()::text::bigint)")
"""Default of the columns that readers of a change feed follow (`catalog/changed.py`)."""
SYSTEM = "system"
"""The actor of a transaction that nobody asked for."""

Json = Annotated[dict[str, Any], mapped_column(JSONB)]
JsonList = Annotated[list[Any], mapped_column(JSONB)]
Instant = Annotated[datetime, mapped_column(DateTimeUTC(timezone=True))]


def new_id() -> UUID:
    """A time-ordered UUID (version 7, RFC 9562)."""
    given = minting.source()
    return uuid7() if given is None else given.id()


class Record(CommonTableAttributes, DeclarativeBase):
    """Base of every table. JSON columns are `Mapped[Json]`, instants `Mapped[Instant]` (UTC timestamptz)."""

    __abstract__ = True
    metadata = MetaData(naming_convention=_NAMES)


class Timed:
    """Creation and change in business time."""

    created_at: Mapped[Instant] = mapped_column(default=clock.now)
    updated_at: Mapped[Instant] = mapped_column(default=clock.now, onupdate=clock.now)


class TenantRecord(Timed, Record):
    """A row that belongs to one tenant: primary key (tenant_id, id), FORCE ROW LEVEL SECURITY in the migration.

    Subclasses add their own constraints with `tenant_table(...)`, so that the composite key is never forgotten.
    """

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    id: Mapped[UUID] = mapped_column(default=new_id)


class PartRecord(Timed, Record):
    """A row that is part of another one of its tenant, by a composite reference that is never null. That names the
    tenant as well: a second foreign key, to `tenants`, would lock the tenant's row with every message."""

    __abstract__ = True

    tenant_id: Mapped[UUID]
    id: Mapped[UUID] = mapped_column(default=new_id)


def tenant_table(*constraints: Any) -> tuple[Any, ...]:
    """`__table_args__` of a tenant's table: the composite primary key, then its own constraints."""
    return (PrimaryKeyConstraint("tenant_id", "id"), *constraints)


def tenant_reference(column: str, table: str, *, ondelete: str | None = "CASCADE") -> ForeignKeyConstraint:
    """A foreign key (tenant_id, column) -> table(tenant_id, id): a row can only point inside its own tenant.

    `ondelete="SET NULL"` clears the column alone and keeps the tenant.
    """
    action = f"SET NULL ({column})" if ondelete == "SET NULL" else ondelete
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=action)


class Database:
    """Connection pools of one process, one per role."""

    def __init__(self, settings: Settings) -> None:
        # A flush sorts tables by their references: all of them must be known, whatever a process imports itself.
        import_module("backend.tables")
        self._app = _engine(settings, APP_ROLE, ping=False)
        self._queue = _engine(settings, QUEUE_ROLE, ping=True)
        self._people = _engine(settings, PEOPLE_ROLE, ping=True)
        self._app_sessions = async_sessionmaker(self._app, expire_on_commit=False)
        self._queue_sessions = async_sessionmaker(self._queue, expire_on_commit=False)
        self._people_sessions = async_sessionmaker(self._people, expire_on_commit=False)
        self._app_statements = StatementPool(_libpq_url(settings, APP_ROLE), settings.pool_size)
        self._queue_statements = StatementPool(_libpq_url(settings, QUEUE_ROLE), settings.pool_size)

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID, actor: str = SYSTEM) -> AsyncIterator[AsyncSession]:
        """A transaction that sees and writes one tenant's rows, on behalf of `actor` ("member:<id>", "key:<id>",
        "agent:<turn id>", "operator:<id>", "system")."""
        if (lent := watching.lent_session(tenant_id)) is not None:
            yield lent
            return
        session = await self._begin_as(tenant_id, actor)
        async with session:
            session.info["tenant_id"] = tenant_id
            await watching.begun(session)
            yield session
            await watching.committing(session)
            await session.commit()

    @asynccontextmanager
    async def queue(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees queue and lookup columns of every tenant."""
        async with self._queue_sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def people(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees people, and of businesses no more than who works there."""
        async with self._people_sessions() as session, session.begin():
            yield session

    def statements(self, tenant_id: UUID, *, lock: str | None = None) -> AbstractAsyncContextManager[Statements]:
        """`tenant` for the message path: plain statements, begun in one round trip, under a named lock if given."""
        opened = self._app_statements.transaction(tenant_id, lock=lock)
        return watching.telling(opened, tenant_id) if watching.is_watched() else opened

    async def call(self, tenant_id: UUID, statement: Statement, values: Mapping[str, Any], *, queue: str) -> list[Any]:
        """The rows of a function of ours that names its tenant and takes its lock by itself: one round trip, one
        commit. It must be safe to run twice. Of those who call with the same `queue` one alone takes a connection."""
        if watching.is_watched():
            async with self.statements(tenant_id) as statements:
                return await statements.all(statement, values)
        return await self._app_statements.alone(statement, values, queue=queue)

    async def read(self, tenant_id: UUID, statement: TenantStatement, values: Mapping[str, Any]) -> list[Any]:
        """`tenant` for a single SELECT: its rows in one round trip; a transaction that is lent is read in. JSON comes
        out as text of the one and read of the other, so the statement casts it to text."""
        if (lent := watching.lent_session(tenant_id)) is not None:
            return await fetch(lent, statement, values)
        return await self._app_statements.read(tenant_id, statement, values)

    async def look(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        """`queue` for the message path: the rows of one statement that commits by itself and may be sent twice."""
        return await self._queue_statements.alone(statement, values)

    async def _begin_as(self, tenant_id: UUID, actor: str) -> AsyncSession:
        """A session whose transaction has begun. A pooled connection that died with its server is noticed here and
        replaced once, which costs nothing while all is well; a ping at each checkout costs three round trips."""
        session, fresh = self._app_sessions(), False
        while True:
            try:
                if watching.wants_snapshot():
                    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                told = {"tenant_id": str(tenant_id), "actor": actor, "request": watching.request_id()}
                await session.execute(_SET_TENANT, told)
                return session
            except BaseException as error:
                await session.close()
                if fresh or not (isinstance(error, DBAPIError) and error.connection_invalidated):
                    raise
                session, fresh = self._app_sessions(), True

    async def close(self) -> None:
        """Close every connection; whoever asks after that opens new ones, in another event loop too."""
        await self._app_statements.close()
        await self._queue_statements.close()
        await self._app.dispose()
        await self._queue.dispose()
        await self._people.dispose()


def tenant_of(session: AsyncSession) -> UUID:
    """The tenant whose transaction this is."""
    tenant_id: UUID = session.info["tenant_id"]
    return tenant_id


async def fetch(session: AsyncSession, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
    """The rows of a plain statement in a session's transaction, at a third of what the ORM's own way to them costs.
    Columns are attributes; JSON goes in as text and comes out read. What the session has not flushed is not seen."""
    opened: Any = await session.connection()
    connection: Any = opened.sync_connection.connection.driver_connection
    found: list[Any] = await connection.fetch(statement.sql, *statement.arguments(values), record_class=Row)
    return found


def _engine(settings: Settings, role: str, *, ping: bool) -> AsyncEngine:
    return create_async_engine(
        settings.role_url(role),
        pool_size=2 * settings.pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_pre_ping=ping,
        connect_args={"server_settings": {"application_name": own_name()}},
    )


def _libpq_url(settings: Settings, role: str) -> str:
    return settings.role_url(role).replace("postgresql+asyncpg", "postgresql", 1)
