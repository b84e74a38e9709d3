"""Channels are remembered: what a flood of webhooks costs, and how soon a change made elsewhere counts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from backend.channels import accounts
from backend.channels.accounts import account_by_token
from backend.channels.models import Channel
from backend.database import Database
from backend.errors import NotFound
from backend.settings import Settings
from tests.backend.line import WhatsAppLine


@pytest.fixture
async def elsewhere(settings: Settings) -> AsyncIterator[Database]:
    """The database as another process knows it."""
    database = Database(settings)
    yield database
    await database.close()


async def _switch(line: WhatsAppLine, database: Database, enabled: bool) -> None:
    async with database.tenant(line.business.tenant_id) as session:
        await session.execute(update(Channel).where(Channel.id == line.channel_id).values(enabled=enabled))


def _token(line: WhatsAppLine) -> str:
    return line.path.rstrip("/").rpartition("/")[2]


async def test_a_hundred_requests_at_once_look_a_channel_up_once(
    line: WhatsAppLine, elsewhere: Database, settings: Settings
) -> None:
    looks: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if "FROM channels" in sql and "channels.token = " in sql:
            looks.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        found = await asyncio.gather(
            *(account_by_token(elsewhere, settings, "twilio", _token(line)) for _ in range(100))
        )
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert {account.channel_id for account in found} == {line.channel_id}
    assert len(looks) == 1


async def test_a_request_that_gives_up_does_not_take_the_others_look_with_it(
    line: WhatsAppLine, elsewhere: Database, settings: Settings
) -> None:
    first = asyncio.create_task(account_by_token(elsewhere, settings, "twilio", _token(line)))
    second = asyncio.create_task(account_by_token(elsewhere, settings, "twilio", _token(line)))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).channel_id == line.channel_id


async def test_nobody_waits_while_what_is_known_is_looked_up_again(
    line: WhatsAppLine, elsewhere: Database, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_REMEMBERED_SECONDS", 0.0)
    known = await account_by_token(elsewhere, settings, "twilio", _token(line))
    await _switch(line, database, enabled=False)
    assert await account_by_token(elsewhere, settings, "twilio", _token(line)) is known
    monkeypatch.setattr(accounts, "_GOOD_SECONDS", 0.0)
    with pytest.raises(NotFound):
        await account_by_token(elsewhere, settings, "twilio", _token(line))


async def test_what_is_known_too_long_is_waited_for(
    line: WhatsAppLine, elsewhere: Database, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_GOOD_SECONDS", 0.0)
    await account_by_token(elsewhere, settings, "twilio", _token(line))
    await _switch(line, database, enabled=False)
    with pytest.raises(NotFound):
        await account_by_token(elsewhere, settings, "twilio", _token(line))


async def test_a_look_that_began_before_a_change_is_not_remembered(
    line: WhatsAppLine, elsewhere: Database, settings: Settings
) -> None:
    look = asyncio.create_task(account_by_token(elsewhere, settings, "twilio", _token(line)))
    await asyncio.sleep(0)
    accounts.forget(elsewhere, _token(line))
    before = await look
    assert await account_by_token(elsewhere, settings, "twilio", _token(line)) is not before
