"""Channels with their secrets opened, remembered for seconds so that a webhook costs no extra query.

What was read over five seconds ago is read anew by one look while requests go on with it; over ten, they wait for that
look. Were each to look for itself, all that arrive in that moment would stand in line for connections."""

import asyncio
import time
from contextvars import Context
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.channels.models import Channel
from backend.channels.providers.base import ChannelAccount
from backend.database import Database, tenant_of
from backend.errors import NotFound
from backend.security import unseal
from backend.settings import Settings

SEALED_COLUMN = "channels.credentials"
_REMEMBERED_SECONDS = 5.0
_GOOD_SECONDS = 10.0
"""Between the two one look for what has changed is under way, and nobody waits for it."""
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Entry:
    account: ChannelAccount
    read_at: float = field(default_factory=time.monotonic)

    def age(self) -> float:
        return time.monotonic() - self.read_at


class _Memory:
    """What one process knows of channels, and its looks for more: one a token, however many wait for it."""

    def __init__(self) -> None:
        self.entries: dict[str, _Entry] = {}
        self._looks: dict[str, asyncio.Task[ChannelAccount]] = {}

    def look(
        self, database: Database, settings: Settings, token: str, *, fresh: bool = False
    ) -> asyncio.Task[ChannelAccount]:
        """The look that is under way, unless it must be a fresh one, else a new one; it belongs to no request."""
        if (known := self._looks.get(token)) is not None and not fresh:
            return known
        look = asyncio.create_task(_look_up(database, settings, token), context=Context())
        self._looks[token] = look
        look.add_done_callback(lambda done: self._looked(token, done))
        return look

    def keep(self, token: str, account: ChannelAccount) -> None:
        if len(self.entries) >= _MOST_REMEMBERED:
            self.entries.clear()
        self.entries[token] = _Entry(account)

    def forget(self, token: str) -> None:
        """A look that has begun may have read what was before: it is not kept."""
        self.entries.pop(token, None)
        self._looks.pop(token, None)

    def _looked(self, token: str, look: asyncio.Task[ChannelAccount]) -> None:
        if self._looks.get(token) is look:
            del self._looks[token]
            if look.cancelled():
                return
            if (error := look.exception()) is None:
                self.keep(token, look.result())
            elif isinstance(error, NotFound):
                self.entries.pop(token, None)


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def account_by_token(
    database: Database, settings: Settings, provider: str, token: str, *, fresh: bool = False
) -> ChannelAccount:
    """The channel a webhook address names. `fresh` looks past what is remembered, for rotated credentials.

    Raises `NotFound` for an unknown, foreign or disabled channel.
    """
    memory = _memories.setdefault(database, _Memory())
    entry = memory.entries.get(token)
    if fresh or entry is None or entry.age() >= _GOOD_SECONDS:
        account = await asyncio.shield(memory.look(database, settings, token, fresh=fresh))
    else:
        account = entry.account
        if entry.age() >= _REMEMBERED_SECONDS:
            memory.look(database, settings, token)
    if account.provider != provider:
        raise _unknown()
    return account


def forget(database: Database, token: str) -> None:
    """Read the channel anew at its next use in this process."""
    if (memory := _memories.get(database)) is not None:
        memory.forget(token)


async def account_by_id(session: AsyncSession, settings: Settings, channel_id: UUID) -> ChannelAccount:
    """A channel of the session's tenant; NotFound."""
    channel = await session.get(Channel, (tenant_of(session), channel_id))
    if channel is None:
        raise _unknown()
    return open_account(settings, channel)


def open_account(settings: Settings, channel: Channel) -> ChannelAccount:
    """A channel's row with its credentials opened; ValueError if they were sealed under another key."""
    return ChannelAccount(
        tenant_id=channel.tenant_id,
        channel_id=channel.id,
        provider=channel.provider,
        address=channel.address,
        token=channel.token,
        credentials=unsealed(settings, channel.tenant_id, channel.credentials),
        config=channel.config,
    )


def unsealed(settings: Settings, tenant_id: UUID, credentials: bytes | None) -> dict[str, str]:
    """Credentials of a channel as the provider wants them; ValueError if they were sealed under another key."""
    return unseal(settings, tenant_id, SEALED_COLUMN, credentials) if credentials else {}


async def _look_up(database: Database, settings: Settings, token: str) -> ChannelAccount:
    if "\0" in token:
        raise _unknown()
    async with database.queue() as session:
        row = (
            await session.execute(
                select(Channel.tenant_id, Channel.id).where(Channel.token == token, Channel.enabled.is_(True))
            )
        ).one_or_none()
    if row is None:
        raise _unknown()
    async with database.tenant(row.tenant_id) as session:
        return await account_by_id(session, settings, row.id)


def _unknown() -> NotFound:
    return NotFound("There is no such channel; take its webhook URL from GET /v1/channels.")
