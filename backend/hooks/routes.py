"""Outgoing webhooks over HTTP: endpoints, their secrets, their log."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.fields import Limit, Page, page_of
from backend.hooks import service
from backend.hooks.schemas import (
    DeliveryState,
    HookDeliveryView,
    HookEndpointChange,
    HookEndpointCreated,
    HookEndpointView,
    NewHookEndpoint,
    Recovered,
    Recovery,
)
from backend.scopes import TenantScope
from backend.settings import Settings


class HookEndpointController(Controller):
    """Where the tenant wants to be told what happens (Standard Webhooks). An attempt that is not answered with 2xx
    within 15 s is made again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h."""

    path = "/v1/hook-endpoints"
    tags = ("webhooks",)

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[HookEndpointView]:
        """Endpoints, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_endpoints(session, cursor, limit + 1)
        return page_of([HookEndpointView.of(endpoint) for endpoint in found], limit)

    @post()
    async def create(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], data: JSONBody[NewHookEndpoint]
    ) -> HookEndpointCreated:
        """A new endpoint, told of what happens from now on. Its secret is shown this once. 422 `address-not-allowed`
        for an address that does not lie out in the world."""
        async with tenant.transaction() as session:
            endpoint, secret = await service.create_endpoint(session, settings, data)
            return HookEndpointCreated(endpoint=HookEndpointView.of(endpoint), secret=secret)

    @get("/{endpoint_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], endpoint_id: FromPath[UUID]) -> HookEndpointView:
        """One endpoint."""
        async with tenant.transaction() as session:
            return HookEndpointView.of(await service.get_endpoint(session, endpoint_id))

    @patch("/{endpoint_id:uuid}")
    async def change(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[UUID],
        data: JSONBody[HookEndpointChange],
    ) -> HookEndpointView:
        """Changes the fields that are given."""
        async with tenant.transaction() as session:
            return HookEndpointView.of(await service.change_endpoint(session, settings, endpoint_id, data))

    @delete("/{endpoint_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], endpoint_id: FromPath[UUID]) -> None:
        """Removes an endpoint with its log."""
        async with tenant.transaction() as session:
            await service.delete_endpoint(session, endpoint_id)

    @post("/{endpoint_id:uuid}/rotate-secret", status_code=200)
    async def rotate_secret(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], endpoint_id: FromPath[UUID]
    ) -> HookEndpointCreated:
        """A new secret, shown this once. For a day both the new one and the one before sign."""
        async with tenant.transaction() as session:
            endpoint, secret = await service.rotate_secret(session, settings, endpoint_id)
            return HookEndpointCreated(endpoint=HookEndpointView.of(endpoint), secret=secret)

    @post("/{endpoint_id:uuid}/test", status_code=202)
    async def test(self, tenant: NamedDependency[TenantScope], endpoint_id: FromPath[UUID]) -> HookDeliveryView:
        """Sends an event `hook.test` to this endpoint alone; its delivery tells what came of it."""
        async with tenant.transaction() as session:
            return HookDeliveryView.of(await service.send_test(session, endpoint_id))

    @post("/{endpoint_id:uuid}/recover", status_code=202)
    async def recover(
        self, tenant: NamedDependency[TenantScope], endpoint_id: FromPath[UUID], data: JSONBody[Recovery]
    ) -> Recovered:
        """Sends what failed, or was never sent, of what happened since then."""
        async with tenant.transaction() as session:
            queued, more = await service.recover(session, endpoint_id, data.since)
        return Recovered(queued=queued, more=more)

    @get("/{endpoint_id:uuid}/deliveries")
    async def deliveries(
        self,
        tenant: NamedDependency[TenantScope],
        endpoint_id: FromPath[UUID],
        status: FromQuery[DeliveryState | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[HookDeliveryView]:
        """The log, newest first: each delivery with its attempts."""
        async with tenant.transaction() as session:
            found = await service.list_deliveries(session, endpoint_id, status, cursor, limit + 1)
        return page_of([HookDeliveryView.of(delivery) for delivery in found], limit)

    @get("/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}")
    async def delivery(
        self, tenant: NamedDependency[TenantScope], endpoint_id: FromPath[UUID], delivery_id: FromPath[UUID]
    ) -> HookDeliveryView:
        """One delivery with its attempts."""
        async with tenant.transaction() as session:
            return HookDeliveryView.of(await service.get_delivery(session, endpoint_id, delivery_id))

    @post("/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}/replay", status_code=202)
    async def replay(
        self, tenant: NamedDependency[TenantScope], endpoint_id: FromPath[UUID], delivery_id: FromPath[UUID]
    ) -> HookDeliveryView:
        """Sends it again, with the same `webhook-id`."""
        async with tenant.transaction() as session:
            return HookDeliveryView.of(await service.replay(session, endpoint_id, delivery_id))


CONTROLLERS = [HookEndpointController]
