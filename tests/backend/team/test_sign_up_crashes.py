"""A process dies while somebody signs up: there is a person with a business, or neither."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from backend.database import Database
from backend.embedded.stores import Stores
from backend.settings import Settings
from backend.team.models import User
from backend.tenants.models import Tenant
from tests.backend.conftest import serving, settings_of
from tests.backend.team.conftest import Browser, an_email
from tests.backend.test_crash_points import Installation
from tests.nursery import Nurseries


@pytest.fixture
def settings(fresh_stores: Stores) -> Settings:
    return settings_of(fresh_stores)


@pytest.fixture
async def empty(settings: Settings) -> AsyncIterator[Database]:
    """A database in which nobody else signs up."""
    database = Database(settings)
    yield database
    await database.close()


async def _counted(database: Database) -> tuple[int, int]:
    """People and businesses."""
    async with database.people() as session:
        people = await session.scalar(select(func.count(User.id)))
        return people or 0, await session.scalar(select(func.count(Tenant.id))) or 0


async def test_a_person_is_never_without_the_business_they_signed_up_with(
    settings: Settings, empty: Database, nurseries: Nurseries, tmp_path: Path
) -> None:
    installation, email = Installation(settings, nurseries, tmp_path), an_email()
    for point, made in (("sign-up.before_commit", 0), ("sign-up.after_commit", 1)):
        async with installation.serving(crash_at=point) as client:
            with pytest.raises(httpx.TransportError):
                await Browser(client, email).sign_up()
        assert await _counted(empty) == (made, made)
    async with serving(settings) as client:
        ana = await Browser(client, email).sign_up()
        [business] = (await ana.ok("GET", "/v1/me/businesses"))["items"]
        assert (business["slug"], business["role"]) == ("panaderia-sol", "admin")
        await ana.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    assert await _counted(empty) == (1, 1)
