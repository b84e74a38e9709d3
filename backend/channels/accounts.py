"""Channels with their secrets opened, remembered for seconds so that a webhook costs no extra query."""

import time
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
_MOST_REMEMBERED = 10_000

_remembered: WeakKeyDictionary[Database, dict[str, tuple[float, ChannelAccount]]] = WeakKeyDictionary()


async def account_by_token(
    database: Database, settings: Settings, provider: str, token: str, *, fresh: bool = False
) -> ChannelAccount:
    """The channel a webhook address names. `fresh` looks past what is remembered, for rotated credentials.

    Raises `NotFound` for an unknown, foreign or disabled channel.
    """
    known = _remembered.setdefault(database, {})
    entry = known.get(token)
    if entry is not None and not fresh and time.monotonic() - entry[0] < _REMEMBERED_SECONDS:
        account = entry[1]
    else:
        account = await _look_up(database, settings, token)
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        known[token] = (time.monotonic(), account)
    if account.provider != provider:
        raise _unknown()
    return account


def forget(database: Database, token: str) -> None:
    """Read the channel anew at its next use in this process."""
    _remembered.get(database, {}).pop(token, None)


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
