"""Channels over HTTP, and the sandbox on which a tenant tries everything."""

from typing import Annotated
from uuid import UUID

import structlog
from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.bell import Bell
from backend.channels import service
from backend.channels.accounts import forget, open_account
from backend.channels.schemas import (
    ChannelChange,
    ChannelView,
    NewChannel,
    SandboxAccepted,
    SandboxInbox,
    SandboxMessage,
)
from backend.channels.webhooks import WebhookController
from backend.conversations.service import receive
from backend.database import Database
from backend.fields import Limit, Page
from backend.requests.watching import unwatched
from backend.scopes import TenantScope
from backend.settings import Settings

log = structlog.get_logger()


class ChannelController(Controller):
    """Numbers and addresses of the tenant whose key it is."""

    path = "/v1/channels"
    tags = ("channels",)

    @post(opt={"verified": True})
    async def create(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        data: JSONBody[NewChannel],
    ) -> ChannelView:
        """Connect a number; give the provider the `webhook_url` of the answer. 403 `email-unverified` for members, and
        for keys that they made, until the e-mail is verified."""
        async with tenant.transaction() as session:
            channel = await service.create_channel(session, settings, data)
        return ChannelView.of(channel, settings.public_url)

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings]
    ) -> Page[ChannelView]:
        """All channels."""
        async with tenant.transaction() as session:
            channels = await service.list_channels(session)
        return Page(items=[ChannelView.of(channel, settings.public_url) for channel in channels])

    @get("/{channel_id:uuid}")
    async def show(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], channel_id: FromPath[UUID]
    ) -> ChannelView:
        """One channel, without its credentials."""
        async with tenant.transaction() as session:
            return ChannelView.of(await service.get_channel(session, channel_id), settings.public_url)

    @patch("/{channel_id:uuid}", opt={"verified": True})
    async def change(
        self,
        tenant: NamedDependency[TenantScope],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        channel_id: FromPath[UUID],
        data: JSONBody[ChannelChange],
    ) -> ChannelView:
        """Switch a channel on or off, or give it new credentials."""
        async with tenant.transaction() as session:
            channel = await service.change_channel(session, settings, channel_id, data)
        forget(database, channel.token)
        return ChannelView.of(channel, settings.public_url)


class SandboxController(Controller):
    """Both ends of a channel without a provider."""

    path = "/v1/sandbox/messages"
    tags = ("sandbox",)

    @post(status_code=202)
    async def write(
        self,
        tenant: NamedDependency[TenantScope],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
        data: JSONBody[SandboxMessage],
    ) -> SandboxAccepted:
        """Write as a customer: the same way in as a webhook's."""
        with unwatched():  # whoever dies before the message is in leaves the key free
            async with tenant.transaction() as session:
                account = open_account(settings, await service.sandbox_channel(session))
        receipt = await receive(database, account, service.sandbox_event(data))
        log.info("message.received", **receipt.ids(account.tenant_id))
        if receipt.due_soon():
            await bell.ring("turn")
        return SandboxAccepted(
            message_id=receipt.message_id,
            conversation_id=receipt.conversation_id,
            turn_id=receipt.turn_id,
            duplicate=receipt.duplicate,
        )

    @get()
    async def read(
        self,
        tenant: NamedDependency[TenantScope],
        sender: Annotated[str, QueryParameter(name="from", min_length=1, max_length=300)],
        after: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 100,
    ) -> SandboxInbox:
        """What that customer received, oldest first; `after` is the id of the last one that is known already."""
        async with tenant.transaction() as session:
            items = await service.sandbox_inbox(session, sender, cursor or after, limit)
        return SandboxInbox(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)


CONTROLLERS = [ChannelController, SandboxController, WebhookController]
