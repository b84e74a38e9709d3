"""Tenants over HTTP."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from backend.scopes import TenantScope
from backend.tenants import service
from backend.tenants.key_routes import ApiKeyController
from backend.tenants.platform_routes import PlatformAdminController, PlatformController
from backend.tenants.schemas import (
    BulkFacts,
    FactList,
    FactView,
    NewFact,
    TenantChange,
    TenantView,
)

FactKey = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]


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

    @post("/bulk", status_code=200)
    async def bulk(self, tenant: NamedDependency[TenantScope], data: JSONBody[BulkFacts]) -> FactList:
        """Up to 200 facts; known keys are written over, the other facts stay. All or nothing."""
        async with tenant.transaction() as session:
            written = await service.put_facts(session, {fact.key: fact.text for fact in data.facts})
            return FactList(items=[FactView.of(fact) for fact in written])

    @delete("/{key:str}")
    async def remove(self, tenant: NamedDependency[TenantScope], key: FactKey) -> None:
        """Removes a fact."""
        async with tenant.transaction() as session:
            await service.delete_fact(session, key)


CONTROLLERS = [PlatformController, PlatformAdminController, TenantController, FactController, ApiKeyController]
