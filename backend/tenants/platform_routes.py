"""For the operator of the installation: businesses seen from outside, suspended and resumed, and who may do that.

What makes a key to a business's own data wants the platform token itself: a platform admin sees no messages.
"""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.database import new_id
from backend.fields import Limit, Page
from backend.scopes import PlatformScope
from backend.tenants import platform as operations
from backend.tenants import service
from backend.tenants.models import TenantStatus
from backend.tenants.schemas import (
    NewPlatformAdmin,
    NewTenant,
    PlatformAdminList,
    PlatformAdminView,
    Suspension,
    TenantCreated,
    TenantSummary,
    TenantView,
)

Words = Annotated[str | None, QueryParameter(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]


class PlatformController(Controller):
    """Every business, without what is in it."""

    path = "/v1/tenants"
    tags = ("platform",)

    @post(opt={"token_only": True})
    async def create(self, platform: NamedDependency[PlatformScope], data: JSONBody[NewTenant]) -> TenantCreated:
        """A new business and its first API key, shown this once; with the platform token. 409 `slug-taken`."""
        async with platform.database.tenant(new_id(), platform.actor) as session:
            tenant, api_key = await service.create_tenant(session, data)
            return TenantCreated(tenant=TenantView.of(tenant), api_key=api_key)

    @post("/{slug:str}/keys", opt={"token_only": True})
    async def add_key(self, platform: NamedDependency[PlatformScope], slug: FromPath[str]) -> TenantCreated:
        """A further API key of a business, with every scope, where the others were lost; shown this once. With the
        platform token."""
        async with platform.database.queue() as queue:
            tenant_id = await service.tenant_by_slug(queue, slug)
        async with platform.database.tenant(tenant_id, platform.actor) as session:
            api_key = await service.create_api_key(session, "operator")
            return TenantCreated(tenant=TenantView.of(await service.load_tenant(session)), api_key=api_key)

    @get()
    async def index(
        self,
        platform: NamedDependency[PlatformScope],
        search: Words = None,
        status: FromQuery[TenantStatus | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[TenantSummary]:
        """Businesses, newest first; `search` looks into names and slugs."""
        async with platform.database.people() as session:
            found = await operations.list_tenants(session, search, status, cursor, limit)
        return Page(items=found, next_cursor=str(found[-1].id) if len(found) == limit else None)

    @get("/{slug:str}")
    async def show(self, platform: NamedDependency[PlatformScope], slug: FromPath[str]) -> TenantSummary:
        """One business."""
        async with platform.database.people() as session:
            return await operations.show_tenant(session, slug)

    @post("/{slug:str}/suspend", status_code=200)
    async def suspend(
        self, platform: NamedDependency[PlatformScope], slug: FromPath[str], data: JSONBody[Suspension]
    ) -> TenantSummary:
        """Its API changes nothing any more, its messages are stored and wait, its agent says nothing. What is being
        sent this moment still arrives. Safe to repeat."""
        await operations.set_status(platform.database, platform.actor, slug, TenantStatus.SUSPENDED, data.reason)
        async with platform.database.people() as session:
            return await operations.show_tenant(session, slug)

    @post("/{slug:str}/resume", status_code=200)
    async def resume(self, platform: NamedDependency[PlatformScope], slug: FromPath[str]) -> TenantSummary:
        """As before: what was written meanwhile is answered now. Safe to repeat."""
        await operations.set_status(platform.database, platform.actor, slug, TenantStatus.ACTIVE, "")
        async with platform.database.people() as session:
            return await operations.show_tenant(session, slug)


class PlatformAdminController(Controller):
    """People who may do what the operator does, short of reading a business's data. Named with the platform token."""

    path = "/v1/platform/admins"
    tags = ("platform",)

    @get()
    async def index(self, platform: NamedDependency[PlatformScope]) -> PlatformAdminList:
        """Who they are."""
        async with platform.database.people() as session:
            return PlatformAdminList(items=await operations.list_admins(session))

    @post(opt={"token_only": True})
    async def name(
        self, platform: NamedDependency[PlatformScope], data: JSONBody[NewPlatformAdmin]
    ) -> PlatformAdminView:
        """Somebody with an account and a verified e-mail becomes one. 409 `email-unverified`."""
        async with platform.database.people() as session:
            return await operations.name_admin(session, platform.actor, data.email)

    @delete("/{user_id:uuid}", opt={"token_only": True})
    async def dismiss(self, platform: NamedDependency[PlatformScope], user_id: FromPath[UUID]) -> None:
        """From the next call on they are none."""
        async with platform.database.people() as session:
            await operations.dismiss_admin(session, platform.actor, user_id)
