"""Who is asking, as Litestar dependencies: a tenant by API key or through one of its members, a person, a turn by its
token, our own services by theirs.

Handlers name one of them as a parameter and get nothing without the right credentials.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.di import Provide
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock, limits, permissions
from backend.bell import Bell
from backend.callers import Caller, Person, bearer, find_caller, find_person
from backend.catalog.search import SearchDoor
from backend.conversations.models import Turn, TurnStatus
from backend.conversations.nobody import is_nobody, plant_nobody
from backend.database import Database
from backend.errors import Conflict, Forbidden, Unauthorized
from backend.files.store import FileStore
from backend.limits import Limiter
from backend.outbound import Outbound
from backend.requests.watching import lent_session
from backend.security import PREVIEW, TurnTicket, read_turn_token, same
from backend.settings import Settings
from backend.team.tokens import looks_like_access

log = structlog.get_logger()

FOUND = "tenant_scope"
_FOUND_PERSON = "person_scope"


@dataclass(frozen=True)
class TenantScope:
    """The tenant for which somebody calls who may do what the route does."""

    database: Database
    tenant_id: UUID
    actor: str
    """"key:<id>" or "member:<user id>"; see `Database.tenant`."""
    scopes: tuple[str, ...]
    """What the caller may do; see `backend.permissions`."""
    verified: bool = True
    """Whether the e-mail of the member, or of whoever made the key, is verified."""
    person: Person | None = None
    """Who it is, if it is a member and no key."""

    def transaction(self) -> Any:
        """`async with scope.transaction() as session`: the tenant's rows only; commits at the end."""
        return self.database.tenant(self.tenant_id, self.actor)


@dataclass(frozen=True)
class PersonScope:
    """Somebody who is signed in, outside any business."""

    database: Database
    person: Person

    @property
    def user_id(self) -> UUID:
        return self.person.user_id

    @property
    def actor(self) -> str:
        return f"member:{self.user_id}"


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

    def expect(self, work_id: UUID) -> None:
        """Forbidden, unless it is the work that the token was given for."""
        if self.turn_id != work_id:
            raise Forbidden("This token belongs to other work.")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """The tenant's rows, with the turn's row locked against a new claim until the commit.

        Raises `Conflict` of type lease-lost if another holder has the turn or the lease ran out. A preview's
        transaction ends with a rollback; inside of another one of its own, which is lent, it is a step of that.
        """
        if self.attempt == PREVIEW and (lent := lent_session(self.tenant_id)) is not None:
            async with lent.begin_nested():
                yield lent
            return
        if self.attempt == PREVIEW:
            async with self.database.tenant(self.tenant_id, self.actor) as session:
                if is_nobody(self.ticket):
                    await plant_nobody(session, self.ticket)
                yield session
                await session.rollback()
            return
        async with self.database.tenant(self.tenant_id, self.actor) as session:
            if not await self._held(session):
                raise Conflict("This turn belongs to another holder now; stop and write nothing.", type="lease-lost")
            yield session

    async def _held(self, session: AsyncSession) -> bool:
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
        return held is not None


@dataclass(frozen=True)
class ServiceScope:
    """One of our own services, such as the agent's worker."""

    database: Database


@dataclass(frozen=True)
class PlatformScope:
    """The operator of the installation: whoever has the platform token, or a platform admin who is signed in."""

    database: Database
    actor: str
    """"operator:token" or "operator:<user id>"."""


async def tenant_scope(request: Request[Any, Any, Any], state: State) -> TenantScope:
    """From `Authorization: Bearer`, an API key or a person's access token; found once a request.

    Unauthorized; NotFound for a business that is not theirs; TooMany; Forbidden of type tenant-suspended for whatever
    changes something (except what keeps people safe: `opt={"while_suspended": True}`), of type permission-missing, of
    type email-unverified where the route asks for a verified e-mail (`opt={"verified": True}`).
    """
    found: TenantScope | None = request.scope["state"].get(FOUND)
    if found is None:
        database: Database = state.database
        caller = await find_caller(request, database, state.settings)
        await limits.admit(request, caller=caller.actor, tenant_id=caller.tenant_id)
        try:
            _expect_allowed(request, caller)
        except Forbidden as refusal:
            _tell_refused(request, caller, refusal)
            raise
        found = TenantScope(database, caller.tenant_id, caller.actor, caller.scopes, caller.verified, caller.person)
        request.scope["state"][FOUND] = found
    return found


async def person_scope(request: Request[Any, Any, Any], state: State) -> PersonScope:
    """From the access token of somebody who is signed in, whatever the business; found once a request."""
    found: PersonScope | None = request.scope["state"].get(_FOUND_PERSON)
    if found is None:
        database: Database = state.database
        found = PersonScope(database, await find_person(request, database, state.settings))
        await limits.admit(request, caller=found.actor, tenant_id=None)
        request.scope["state"][_FOUND_PERSON] = found
    return found


def _expect_allowed(request: Request[Any, Any, Any], caller: Caller) -> None:
    opt = request.route_handler.opt
    permission = permissions.needed(request.method, request.scope["path_template"], opt)
    if caller.suspended and request.method not in permissions.READING and not opt.get("while_suspended"):
        raise Forbidden(
            "This business is suspended: what is there can be read, and nothing changed. Write to whoever runs this "
            "installation.",
            type="tenant-suspended",
        )
    if permission is not None:
        permissions.expect(caller.scopes, permission)
    if opt.get("verified") and not caller.verified:
        raise Forbidden(
            "This needs a verified e-mail: open the link in the letter that you got, or ask for another with POST "
            "/v1/me/verification.",
            type="email-unverified",
        )


def _tell_refused(request: Request[Any, Any, Any], caller: Caller, refusal: Forbidden) -> None:
    log.warning(
        "access.refused",
        tenant=str(caller.tenant_id),
        actor=caller.actor,
        method=request.method,
        route=request.scope["path_template"],
        type=refusal.type,
    )


async def turn_scope(request: Request[Any, Any, Any], state: State) -> TurnScope:
    """From the token of a claimed bundle."""
    return TurnScope(state.database, read_turn_token(state.settings, bearer(request)))


async def service_scope(request: Request[Any, Any, Any], state: State) -> ServiceScope:
    """From the service token."""
    _expect(bearer(request), state.settings.service_token)
    return ServiceScope(state.database)


async def platform_scope(request: Request[Any, Any, Any], state: State) -> PlatformScope:
    """From the platform token, or the access token of a platform admin; `opt={"token_only": True}`: only the first."""
    token = bearer(request)
    if looks_like_access(token) and not request.route_handler.opt.get("token_only"):
        person = (await person_scope(request, state)).person
        if not person.platform_admin:
            raise Forbidden("This is for the operators of the installation.", type="permission-missing")
        return PlatformScope(state.database, f"operator:{person.user_id}")
    _expect(token, state.settings.platform_token)
    return PlatformScope(state.database, "operator:token")


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


async def _outbound(state: State) -> Outbound:
    outbound: Outbound = state.outbound
    return outbound


async def _media_outbound(state: State) -> Outbound:
    outbound: Outbound = state.media_outbound
    return outbound


async def _file_store(state: State) -> FileStore:
    store: FileStore = state.file_store
    return store


async def _search_door(state: State) -> SearchDoor:
    door: SearchDoor = state.search_door
    return door


async def _settings(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


DEPENDENCIES = {
    "tenant": Provide(tenant_scope),
    "person": Provide(person_scope),
    "turn": Provide(turn_scope),
    "service": Provide(service_scope),
    "platform": Provide(platform_scope),
    "database": Provide(_database),
    "settings": Provide(_settings),
    "bell": Provide(_bell),
    "limiter": Provide(_limiter),
    "outbound": Provide(_outbound),
    "media_outbound": Provide(_media_outbound),
    "file_store": Provide(_file_store),
    "search_door": Provide(_search_door),
}
