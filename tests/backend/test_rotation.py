"""A new secret key: what former ones sealed stays readable, is sealed anew, and needs them no more."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr
from sqlalchemy import select, text

from backend.database import Database
from backend.embedded.stores import Stores
from backend.migrate import migrate
from backend.payments import accounts
from backend.payments.models import PaymentAccount
from backend.payments.tokens import page_token, read_page_token
from backend.rotation import rotate, sealed_columns
from backend.security import seal, sealed_head, unseal
from backend.settings import Settings
from backend.team.tokens import RefreshTicket, issue_refresh, read_refresh
from tests.backend.application import inside_application
from tests.backend.conftest import settings_of
from tests.conftest import SECRET_KEY
from tests.factories import Business, make_business
from tests.stores import own_server

NEW_KEY = "another key for tests alone, of 49 characters...."


@pytest.fixture
def own_stores() -> Iterator[Stores]:
    """A server of this test alone: with the key, the passwords of its roles change."""
    with own_server(fsync=False) as (stores, _):
        yield stores


@pytest.fixture
async def businesses(own_stores: Stores) -> AsyncIterator[list[Business]]:
    """Three tenants with a secret each, sealed under the former key."""
    former = settings_of(own_stores)
    async with inside_application(former) as client:
        made = [await make_business(client, former) for _ in range(3)]
        for business in made:
            secrets = {"api_key": "sk_test_1", "webhook_secret": f"whsec_{business.tenant_id}"}
            await business.ok("PUT", "/v1/payment-accounts/stripe", secrets)
        headers = {"Authorization": f"Bearer {made[0].api_key}", "Idempotency-Key": str(uuid4())}
        service = {"name": "Corte", "duration_minutes": 30, "price": 1}
        answer: httpx.Response = await client.post("/v1/services", json=service, headers=headers)
        assert answer.status_code == 201
        yield made


def after(stores: Stores, *, with_former: bool) -> Settings:
    """The settings with the new key."""
    changed = {"secret_key": SecretStr(NEW_KEY), "old_secret_keys": (SecretStr(SECRET_KEY),) if with_former else ()}
    return settings_of(stores).model_copy(update=changed)


async def secret_of(database: Database, settings: Settings, business: Business) -> str:
    async with database.tenant(business.tenant_id) as session:
        account = (await session.scalars(select(PaymentAccount).where(PaymentAccount.provider == "stripe"))).one()
    found: str = accounts.credentials(settings, account)["webhook_secret"]
    return found


async def test_a_rotation_that_was_ended_goes_on(businesses: list[Business], own_stores: Stores) -> None:
    settings = after(own_stores, with_former=True)
    await asyncio.to_thread(migrate, settings)
    database = Database(settings)
    last = max(businesses, key=lambda business: business.tenant_id)
    try:
        for business in businesses:
            assert await secret_of(database, settings, business) == f"whsec_{business.tenant_id}"
        async with database.tenant(last.tenant_id) as session:
            await session.execute(text("SELECT 1 FROM payment_accounts FOR UPDATE"))
            ended = asyncio.create_task(rotate(database, settings, batch=1))
            await until_one_is_left(database, settings, businesses)
            ended.cancel()
            with pytest.raises(asyncio.CancelledError):
                await ended
        assert await left(database, settings, businesses) == 1
        done = await rotate(database, settings, batch=1)
        assert (done["payment_accounts.credentials"], done["idempotency.answer"]) == (1, 0)
        assert (await rotate(database, settings)).total() == 0
    finally:
        await database.close()
    alone = after(own_stores, with_former=False)
    database = Database(alone)
    try:
        for business in businesses:
            assert await secret_of(database, alone, business) == f"whsec_{business.tenant_id}"
    finally:
        await database.close()


async def until_one_is_left(database: Database, settings: Settings, businesses: list[Business]) -> None:
    for _ in range(6000):
        if await left(database, settings, businesses) == 1:
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing was sealed anew within a minute")


async def left(database: Database, settings: Settings, businesses: list[Business]) -> int:
    """Payment accounts that the former key still holds."""
    count = 0
    for business in businesses:
        async with database.tenant(business.tenant_id) as session:
            kept = await session.scalars(
                select(PaymentAccount.credentials).where(PaymentAccount.credentials.is_not(None))
            )
            count += sum(not sealed.startswith(sealed_head(settings)) for sealed in kept if sealed)
    return count


async def test_the_command_says_what_it_did_and_what_is_missing(businesses: list[Business], own_stores: Stores) -> None:
    await asyncio.to_thread(migrate, after(own_stores, with_former=True))
    environment = {**os.environ, **own_stores.environment(), "TENDERO_SECRET_KEY": NEW_KEY}
    refused = await asyncio.to_thread(_run, environment)
    assert refused.returncode != 0
    assert "TENDERO_OLD_SECRET_KEYS" in refused.stdout
    done = await asyncio.to_thread(_run, {**environment, "TENDERO_OLD_SECRET_KEYS": json.dumps(["x" * 40, SECRET_KEY])})
    assert done.returncode == 0, done.stdout
    assert "payment_accounts.credentials: 3" in done.stdout
    assert not any(key in refused.stdout + done.stdout for key in (NEW_KEY, SECRET_KEY, "whsec_"))


def _run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backend", "rotate-keys"]
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


async def test_what_an_older_version_sealed_opens_too(business: Business, settings: Settings) -> None:
    """Before key ids a sealed value began with a 1 and its nonce."""
    nonce, bound = os.urandom(12), f"{business.tenant_id}:channels.credentials".encode()
    old = b"\x01" + nonce + AESGCM(bytes.fromhex(settings.derive("columns"))).encrypt(nonce, b'{"a": "b"}', bound)
    assert unseal(settings, business.tenant_id, "channels.credentials", old) == {"a": "b"}
    for tenant_id, column, sealed in (
        (uuid4(), "channels.credentials", old),
        (business.tenant_id, "channels.other", old),
        (business.tenant_id, "channels.credentials", old[:-1]),
        (business.tenant_id, "channels.credentials", b""),
        (business.tenant_id, "channels.credentials", b"\x02"),
    ):
        with pytest.raises(ValueError, match="cannot be opened"):
            unseal(settings, tenant_id, column, sealed)


def test_what_a_former_key_signed_is_still_ours(settings: Settings) -> None:
    named = (uuid4(), uuid4())
    former = settings.model_copy(update={"secret_key": SecretStr(NEW_KEY)})
    now = settings.model_copy(update={"old_secret_keys": (SecretStr(NEW_KEY),)})
    assert read_page_token(now, page_token(former, *named)) == named
    refresh, digest = issue_refresh(former, named[0], 3)
    assert read_refresh(now, refresh) == RefreshTicket(named[0], 3, digest)
    assert read_refresh(settings, refresh) is None


async def test_every_sealed_column_is_named_after_its_place(business: Business, settings: Settings) -> None:
    """Rotation opens `table.column` by rule; a value sealed under another name would stay behind."""
    names = {f"{table.name}.{column.name}" for table, column in sealed_columns()}
    assert {"channels.credentials", "payment_accounts.credentials", "idempotency.answer"} <= names
    assert unseal(settings, business.tenant_id, "x.y", seal(settings, business.tenant_id, "x.y", {"a": 1})) == {"a": 1}
