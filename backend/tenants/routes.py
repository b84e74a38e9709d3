"""Tenants over HTTP."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from backend.database import new_id
from backend.scopes import PlatformScope, TenantScope
from backend.tenants import service
from backend.tenants.key_routes import ApiKeyController
from backend.tenants.schemas import (
    FactList,
    FactView,
    NewFact,
    NewTenant,
    TenantChange,
    TenantCreated,
    TenantView,
)

FactKey = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]


class PlatformController(Controller):
    """For the operator of the installation, with the platform token."""

    path = "/v1/tenants"
    tags = ("platform",)

    @post()
    async def create(self, platform: NamedDependency[PlatformScope], data: JSONBody[NewTenant]) -> TenantCreated:
        """A new business and its first API key, shown this once. 409 `slug-taken`."""
        async with platform.database.tenant(new_id()) as session:
            tenant, api_key = await service.create_tenant(session, data)
            return TenantCreated(tenant=TenantView.of(tenant), api_key=api_key)

    @post("/{slug:str}/keys")
    async def add_key(self, platform: NamedDependency[PlatformScope], slug: FromPath[str]) -> TenantCreated:
        """A further API key of a business, with every scope, where the others were lost; shown this once."""
        async with platform.database.queue() as queue:
            tenant_id = await service.tenant_by_slug(queue, slug)
        async with platform.database.tenant(tenant_id) as session:
            api_key = await service.create_api_key(session, "operator")
            return TenantCreated(tenant=TenantView.of(await service.load_tenant(session)), api_key=api_key)


class TenantController(Controller):
    """The tenant whose key it is."""

    path = "/v1/tenant"
    tags = ("tenant",)

    @get()
    async def show(self, tenant: NamedDependency[TenantScope]) -> TenantView:
        """The tenant with every setting in force."""
        async with tenant.transaction() as session:
            return TenantView.of(await service.load_tenant(session))

    @patch()
    async def change(self, tenant: NamedDependency[TenantScope], data: JSONBody[TenantChange]) -> TenantView:
        """Changes the fields that are given; settings are merged, a null goes back to the default."""
        async with tenant.transaction() as session:
            return TenantView.of(await service.change_tenant(session, data))


class FactController(Controller):
    """Sentences the business vouches for; the agent may state them."""

    path = "/v1/facts"
    tags = ("tenant",)

    @get()
    async def index(self, tenant: NamedDependency[TenantScope]) -> FactList:
        """All facts by key."""
        async with tenant.transaction() as session:
            return FactList(items=[FactView.of(fact) for fact in await service.list_facts(session)])

    @get("/{key:str}")
    async def show(self, tenant: NamedDependency[TenantScope], key: FactKey) -> FactView:
        """One fact."""
        async with tenant.transaction() as session:
            return FactView.of(await service.get_fact(session, key))

    @put("/{key:str}")
    async def write(self, tenant: NamedDependency[TenantScope], key: FactKey, data: JSONBody[NewFact]) -> FactView:
        """Writes a fact, new or over the old one."""
        async with tenant.transaction() as session:
            return FactView.of(await service.put_fact(session, key, data.text))

    @delete("/{key:str}")
    async def remove(self, tenant: NamedDependency[TenantScope], key: FactKey) -> None:
        """Removes a fact."""
        async with tenant.transaction() as session:
            await service.delete_fact(session, key)


CONTROLLERS = [PlatformController, TenantController, FactController, ApiKeyController]
