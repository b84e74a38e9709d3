"""Who is asking, as Litestar dependencies: a tenant by API key, a turn by its token, our own services by theirs.

Handlers name one of them as a parameter and get nothing without the right credentials.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.di import Provide
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock, limits
from backend.bell import Bell
from backend.conversations.models import Turn, TurnStatus
from backend.database import Database
from backend.errors import Conflict, Unauthorized
from backend.limits import Limiter
from backend.security import PREVIEW, TurnTicket, api_key_digest, read_turn_token, same
from backend.settings import Settings
from backend.tenants.models import ApiKey


@dataclass(frozen=True)
class TenantScope:
    """The tenant whose API key came with the request."""

    database: Database
    tenant_id: UUID
    actor: str
    """"key:<id>"; see `Database.tenant`."""
    scopes: tuple[str, ...]

    def transaction(self) -> Any:
        """`async with scope.transaction() as session`: the tenant's rows only; commits at the end."""
        return self.database.tenant(self.tenant_id, self.actor)


@dataclass(frozen=True)
class TurnScope:
    """The turn whose token came with the request, for as long as its row's attempt and lease hold."""

    database: Database
    ticket: TurnTicket

    @property
    def tenant_id(self) -> UUID:
        return self.ticket.tenant_id

    @property
    def turn_id(self) -> UUID:
        return self.ticket.turn_id

    @property
    def attempt(self) -> int:
        return self.ticket.attempt

    @property
    def conversation_id(self) -> UUID:
        return self.ticket.conversation_id

    @property
    def contact_id(self) -> UUID:
        return self.ticket.contact_id

    @property
    def actor(self) -> str:
        return f"agent:{self.turn_id}"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """The tenant's rows, with the turn's row locked against a new claim until the commit.

        Raises `Conflict` of type lease-lost if another holder has the turn or the lease ran out. A preview's
        transaction ends with a rollback.
        """
        if self.attempt == PREVIEW:
            async with self.database.tenant(self.tenant_id, self.actor) as session:
                yield session
                await session.rollback()
            return
        async with self.database.tenant(self.tenant_id, self.actor) as session:
            held = await session.scalar(
                select(Turn.id)
                .where(
                    Turn.tenant_id == self.tenant_id,
                    Turn.id == self.turn_id,
                    Turn.attempt == self.attempt,
                    Turn.status == TurnStatus.RUNNING,
                    Turn.lease_until > clock.machine_now(),
                )
                .with_for_update(read=True)
            )
            if held is None:
                raise Conflict("This turn belongs to another holder now; stop and write nothing.", type="lease-lost")
            yield session


@dataclass(frozen=True)
class ServiceScope:
    """One of our own services, such as the agent's worker."""

    database: Database


@dataclass(frozen=True)
class PlatformScope:
    """The operator of the installation."""

    database: Database


def _bearer(request: Request[Any, Any, Any]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send the header `Authorization: Bearer <token>`.")
    return token


async def tenant_scope(request: Request[Any, Any, Any], state: State) -> TenantScope:
    """From `Authorization: Bearer tnd_...`."""
    database: Database = state.database
    digest = api_key_digest(_bearer(request))
    async with database.queue() as session:
        row = (
            await session.execute(
                select(ApiKey.tenant_id, ApiKey.id, ApiKey.scopes).where(
                    ApiKey.digest == digest, ApiKey.revoked_at.is_(None)
                )
            )
        ).one_or_none()
    if row is None:
        raise Unauthorized("The API key is unknown or was revoked.")
    await limits.admit(request, caller=f"key:{row.id}", tenant_id=row.tenant_id)
    return TenantScope(database, row.tenant_id, f"key:{row.id}", tuple(row.scopes))


async def turn_scope(request: Request[Any, Any, Any], state: State) -> TurnScope:
    """From the token of a claimed bundle."""
    return TurnScope(state.database, read_turn_token(state.settings, _bearer(request)))


async def service_scope(request: Request[Any, Any, Any], state: State) -> ServiceScope:
    """From the service token."""
    _expect(_bearer(request), state.settings.service_token)
    return ServiceScope(state.database)


async def platform_scope(request: Request[Any, Any, Any], state: State) -> PlatformScope:
    """From the platform token."""
    _expect(_bearer(request), state.settings.platform_token)
    return PlatformScope(state.database)


def _expect(given: str, expected: str) -> None:
    if not same(given, expected):
        raise Unauthorized("The token does not fit this door.")


async def _database(state: State) -> Database:
    database: Database = state.database
    return database


async def _bell(state: State) -> Bell:
    bell: Bell = state.bell
    return bell


async def _limiter(state: State) -> Limiter:
    limiter: Limiter = state.limiter
    return limiter


async def _settings(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


DEPENDENCIES = {
    "tenant": Provide(tenant_scope),
    "turn": Provide(turn_scope),
    "service": Provide(service_scope),
    "platform": Provide(platform_scope),
    "database": Provide(_database),
    "settings": Provide(_settings),
    "bell": Provide(_bell),
    "limiter": Provide(_limiter),
}
