"""API keys over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.fields import Limit, Page
from backend.permissions import nouns_of
from backend.scopes import TenantScope
from backend.tenants import keys
from backend.tenants.schemas import ApiKeyCreated, ApiKeyView, NewApiKey


class ApiKeyController(Controller):
    """Keys for programs that call for the business."""

    path = "/v1/api-keys"
    tags = ("api-keys",)

    @post()
    async def create(
        self, request: Request[Any, Any, Any], tenant: NamedDependency[TenantScope], data: JSONBody[NewApiKey]
    ) -> ApiKeyCreated:
        """A further key, shown this once. Scopes: `*`, `*:read`, `products:*`, `products:read`. 403 `scope-too-wide`;
        409 `too-many-keys`."""
        person = tenant.person.user_id if tenant.person else None
        async with tenant.transaction() as session:
            maker = await keys.maker_of(session, tenant.actor, person)
            key, plain = await keys.create_key(session, tenant.scopes, data, nouns_of(request.app), maker)
            return ApiKeyCreated(**ApiKeyView.of(key, None).model_dump(), api_key=plain)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ApiKeyView]:
        """Keys, newest first, revoked ones too; never the key itself."""
        async with tenant.transaction() as session:
            found = await keys.list_keys(session, cursor, limit)
        return Page(items=found, next_cursor=str(found[-1].id) if len(found) == limit else None)

    @get("/{key_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], key_id: FromPath[UUID]) -> ApiKeyView:
        """One key."""
        async with tenant.transaction() as session:
            return await keys.show_key(session, key_id)

    @delete("/{key_id:uuid}", opt={"while_suspended": True})
    async def revoke(self, tenant: NamedDependency[TenantScope], key_id: FromPath[UUID]) -> None:
        """Takes a key back: from the next call on it opens nothing."""
        async with tenant.transaction() as session:
            await keys.revoke_key(session, key_id)
