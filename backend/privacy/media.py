"""Files of a person at the channels' providers: what was sent either way, of which a provider keeps a copy.

What is to be erased is noted in the receipt with the erasure's own transaction, by message; the sweep then has the
providers erase it, and asks again until each says that it is gone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.channels.accounts import account_by_id
from backend.channels.providers import channel_providers
from backend.channels.providers.base import ChannelAccount, LookupFailed
from backend.database import tenant_of
from backend.errors import NotFound
from backend.settings import Settings

Item = dict[str, Any]
_AT_ONCE = 4
_SECONDS = 60.0
_KEPT = text("""
SELECT conversations.channel_id, messages.provider_id, messages.attachments
FROM messages JOIN conversations
    ON conversations.tenant_id = messages.tenant_id AND conversations.id = messages.conversation_id
WHERE messages.tenant_id = :tenant_id AND messages.conversation_id = ANY(CAST(:conversations AS uuid[]))
    AND messages.provider_id IS NOT NULL AND messages.attachments <> '[]'
UNION
SELECT channel_id, provider_id, attachments FROM outbox
WHERE tenant_id = :tenant_id AND conversation_id = ANY(CAST(:conversations AS uuid[]))
    AND provider_id IS NOT NULL AND attachments <> '[]'
""")

log = structlog.get_logger()


async def kept_by_providers(session: AsyncSession, conversations: Sequence[UUID]) -> list[Item]:
    """What providers have to erase of these conversations; see `Erasure.media`."""
    rows = await session.execute(_KEPT, {"tenant_id": tenant_of(session), "conversations": list(conversations)})
    return [item_of(row.channel_id, row.provider_id, row.attachments) for row in rows]


def item_of(channel_id: UUID, provider_id: str, attachments: Sequence[Mapping[str, Any]]) -> Item:
    """One message's files."""
    ids = [str(one["id"]) for one in attachments if one.get("id")]
    return {"channel_id": str(channel_id), "message": provider_id, "ids": ids, "files": len(attachments)}


def files(items: Sequence[Mapping[str, Any]]) -> int:
    """How many files these are."""
    return sum(int(item["files"]) for item in items)


class ProviderMedia:
    """The providers, for one round."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._providers = channel_providers(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for provider in self._providers.values():
            await provider.close()

    async def accounts(self, session: AsyncSession, items: Sequence[Item]) -> dict[str, ChannelAccount]:
        """The channels of these items that are still there and can be opened, by id."""
        found: dict[str, ChannelAccount] = {}
        for channel_id in {item["channel_id"] for item in items}:
            try:
                found[channel_id] = await account_by_id(session, self._settings, UUID(channel_id))
            except (NotFound, ValueError) as trouble:
                log.warning("erasure.channel_shut", channel=channel_id, error=type(trouble).__name__)
        return found

    async def erase(self, accounts: Mapping[str, ChannelAccount], items: Sequence[Item]) -> list[Item]:
        """Those that are gone. Ends in time for the lease, whatever is left."""
        at_once = asyncio.Semaphore(_AT_ONCE)
        gone: list[Item] = []

        async def one(item: Item) -> None:
            account = accounts.get(item["channel_id"])
            if account is None:
                return
            async with at_once:
                try:
                    await self._providers[account.provider].erase_media(account, item["message"], item["ids"])
                except LookupFailed:
                    return
                gone.append(item)

        work = [asyncio.create_task(one(item)) for item in items]
        if work:
            _, late = await asyncio.wait(work, timeout=_SECONDS)
            for task in late:
                task.cancel()
        return gone
