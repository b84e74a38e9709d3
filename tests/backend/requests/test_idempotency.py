"""A POST or PATCH with an Idempotency-Key has its effect once; repetitions get the first answer."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text, update

from backend import clock
from backend.catalog.models import Product
from backend.channels.accounts import open_account
from backend.channels.schemas import SandboxMessage
from backend.channels.service import sandbox_channel, sandbox_event
from backend.conversations.models import Message
from backend.conversations.service import receive
from backend.database import Database
from backend.errors import Conflict
from backend.requests import idempotency
from backend.requests.models import IdempotentRequest
from backend.requests.watching import watched_by
from backend.settings import Settings
from tests.backend.served import served
from tests.factories import Business, Client, make_business

PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 1}]}


async def post(business: Business, key: str, path: str = "/v1/products", json: Any = PRODUCT) -> httpx.Response:
    headers = {"Authorization": f"Bearer {business.api_key}", "Idempotency-Key": key}
    return await business.client.post(path, json=json, headers=headers)


async def products(business: Business, database: Database) -> int:
    async with database.tenant(business.tenant_id) as session:
        return await session.scalar(select(func.count()).select_from(Product)) or 0


async def change_rows(business: Business, database: Database, **values: Any) -> None:
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(IdempotentRequest).values(**values))


async def test_a_repetition_gets_the_same_answer_and_does_nothing(business: Business, database: Database) -> None:
    key = str(uuid4())
    first, again = await post(business, key), await post(business, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert await products(business, database) == 1


async def test_stock_that_is_taken_by_a_patch_is_taken_once(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", PRODUCT | {"variants": [{"sku": "G-1", "price": 1, "stock": 9}]})
    path = f"/v1/variants/{made['variants'][0]['id']}"
    tag = (await business.call("GET", path)).headers["etag"]
    headers = {"Authorization": f"Bearer {business.api_key}", "Idempotency-Key": str(uuid4()), "If-Match": tag}
    tries = [await business.client.patch(path, json={"stock_change": -2}, headers=headers) for _ in range(3)]
    assert [(one.status_code, one.json()["stock"]) for one in tries] == [(200, 7)] * 3
    assert [one.headers.get("idempotency-replayed") for one in tries] == [None, "true", "true"]
    assert tries[0].headers["etag"] == tries[1].headers["etag"] != tag
    other = await business.client.patch(path, json={"stock_change": -1}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:tendero:problem:idempotency-mismatch")
    assert (await business.ok("GET", path))["stock"] == 7


async def test_another_request_under_the_same_key_is_refused(business: Business, database: Database) -> None:
    key = str(uuid4())
    await post(business, key)
    other = await post(business, key, json={**PRODUCT, "name": "Otra"})
    assert (other.status_code, other.json()["type"]) == (422, "urn:tendero:problem:idempotency-mismatch")
    assert await products(business, database) == 1


async def test_a_key_belongs_to_its_caller_and_route(
    business: Business, client: Client, settings: Settings, database: Database
) -> None:
    key = str(uuid4())
    stranger = await make_business(client, settings)
    assert (await post(business, key)).status_code == 201
    assert (await post(stranger, key)).status_code == 201
    service = await post(business, key, "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 1})
    assert service.status_code == 201
    assert "idempotency-replayed" not in service.headers


async def test_of_many_at_once_one_does_the_work(settings: Settings, database: Database) -> None:
    key = str(uuid4())
    with served(settings) as address:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            business = await make_business(client, settings)
            answers = await asyncio.gather(*(post(business, key) for _ in range(10)))
    done = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len({answer.content for answer in done}) == 1
    assert len(done) + len(refused) == 10
    assert {answer.json()["type"] for answer in refused} <= {"urn:tendero:problem:idempotency-in-flight"}
    assert all(answer.headers["retry-after"] == "1" for answer in refused)
    assert await products(business, database) == 1


async def test_a_refused_request_leaves_the_key_free(business: Business, database: Database) -> None:
    key = str(uuid4())
    assert (await post(business, key, json={"name": ""})).status_code == 422
    assert (await post(business, key)).status_code == 201
    taken = str(uuid4())
    assert (await post(business, taken)).json()["type"] == "urn:tendero:problem:sku-taken"
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(IdempotentRequest)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "añ"])
async def test_a_key_that_is_none_is_refused(business: Business, database: Database, key: str) -> None:
    headers: Any = {b"Authorization": f"Bearer {business.api_key}".encode(), b"Idempotency-Key": key.encode()}
    answer = await business.client.post("/v1/products", json=PRODUCT, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tendero:problem:idempotency-key-invalid")
    assert await products(business, database) == 0


async def test_after_a_crash_without_effect_a_repetition_does_the_work(business: Business, database: Database) -> None:
    """The state that `kill -9` leaves: the key is held, nothing was written, and nobody will let go of it."""
    key = str(uuid4())
    await post(business, key)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("DELETE FROM products"))
    await change_rows(business, database, status=None, answer=None, effect_at=None)
    assert (await post(business, key)).json()["type"] == "urn:tendero:problem:idempotency-in-flight"
    await change_rows(business, database, lease_until=clock.machine_now() - timedelta(seconds=1))
    again = await post(business, key)
    assert (again.status_code, await products(business, database)) == (201, 1)


async def test_after_a_crash_behind_the_effect_it_is_not_done_twice(business: Business, database: Database) -> None:
    key = str(uuid4())
    await post(business, key)
    await change_rows(
        business, database, status=None, answer=None, lease_until=clock.machine_now() - timedelta(seconds=1)
    )
    again = await post(business, key)
    assert (again.status_code, again.json()["type"]) == (409, "urn:tendero:problem:idempotency-answer-lost")
    assert await products(business, database) == 1


async def test_a_holder_that_was_taken_over_commits_nothing(
    business: Business, database: Database, settings: Settings
) -> None:
    """A process that froze past its lease wakes up behind the one that did its work."""
    asked = idempotency.asked(settings, business.tenant_id, "key:frozen", "POST /v1/facts", "k", b"")
    frozen = await idempotency.claim(database, settings, asked)
    await change_rows(business, database, lease_until=clock.machine_now() - timedelta(seconds=1))
    quick = await idempotency.claim(database, settings, asked)
    assert isinstance(frozen, idempotency.Holder)
    assert isinstance(quick, idempotency.Holder)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE tenants SET name = 'quick'"))
        await quick.committing(session)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE tenants SET name = 'frozen'"))
        with pytest.raises(Conflict, match="being worked on"):
            await frozen.committing(session)
        await session.rollback()
    assert (await business.ok("GET", "/v1/tenant"))["name"] == "quick"


async def test_the_operators_requests_are_kept_too_and_no_answer_in_plain(
    client: Client, settings: Settings, database: Database
) -> None:
    body = {
        "slug": f"shop-{uuid4().hex}",
        "name": "Tienda",
        "mode": "sales",
        "locale": "es-MX",
        "currency": "MXN",
        "timezone": "America/Mexico_City",
    }
    headers = {"Authorization": f"Bearer {settings.platform_token}", "Idempotency-Key": str(uuid4())}
    first = await client.post("/v1/tenants", json=body, headers=headers)
    again = await client.post("/v1/tenants", json=body, headers=headers)
    assert (first.status_code, first.json()) == (201, again.json())
    async with database.tenant(idempotency.OPERATOR) as session:
        rows = (await session.scalars(select(IdempotentRequest))).all()
    secret = first.json()["api_key"].encode()
    assert all(row.effect_at for row in rows)
    assert not any(secret in (row.answer or b"") for row in rows)


async def test_what_is_older_than_a_day_is_forgotten(business: Business, database: Database) -> None:
    key = str(uuid4())
    await post(business, key)
    await change_rows(business, database, expires_at=clock.machine_now() - timedelta(seconds=1))
    assert (await post(business, key)).json()["type"] == "urn:tendero:problem:sku-taken"
    await post(business, str(uuid4()), json={"name": "Otra", "variants": [{"sku": "G-2", "price": 1}]})
    await change_rows(business, database, expires_at=clock.machine_now() - timedelta(seconds=1))
    await idempotency.prune(database)
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(IdempotentRequest)) == 0


HELLO = {"from": "ana", "text": "¿siguen ahí?"}


async def heard(business: Business, database: Database) -> int:
    async with database.tenant(business.tenant_id) as session:
        return await session.scalar(select(func.count()).select_from(Message)) or 0


async def test_a_pretended_customers_message_comes_in_once(business: Business, database: Database) -> None:
    """It goes the message path's way in, whose transaction marks the key as any other does."""
    key = str(uuid4())
    first, again = [await post(business, key, "/v1/sandbox/messages", HELLO) for _ in range(2)]
    assert (first.status_code, first.content) == (202, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert await heard(business, database) == 1
    gone = {"status": None, "answer": None}
    await change_rows(business, database, **gone, lease_until=clock.machine_now() - timedelta(seconds=1))
    after_a_crash = await post(business, key, "/v1/sandbox/messages", HELLO)
    assert after_a_crash.json()["type"] == "urn:tendero:problem:idempotency-answer-lost"
    assert await heard(business, database) == 1
    assert (await post(business, str(uuid4()), "/v1/sandbox/messages", HELLO)).status_code == 202
    assert await heard(business, database) == 2


async def test_a_message_that_was_not_stored_leaves_the_key_to_a_repetition(
    business: Business, database: Database
) -> None:
    key = str(uuid4())
    refused = await post(business, key, "/v1/sandbox/messages", {**HELLO, "text": "x", "id": 7})
    assert refused.status_code == 422
    assert (await post(business, key, "/v1/sandbox/messages", HELLO)).status_code == 202
    assert await heard(business, database) == 1


async def test_a_holder_that_was_taken_over_brings_no_message_in(
    business: Business, database: Database, settings: Settings
) -> None:
    asked = idempotency.asked(settings, business.tenant_id, "key:frozen", "POST /v1/sandbox/messages", "k", b"")
    frozen = await idempotency.claim(database, settings, asked)
    await change_rows(business, database, lease_until=clock.machine_now() - timedelta(seconds=1))
    quick = await idempotency.claim(database, settings, asked)
    assert isinstance(frozen, idempotency.Holder)
    assert isinstance(quick, idempotency.Holder)
    async with database.tenant(business.tenant_id) as session:
        account = open_account(settings, await sandbox_channel(session))
    event = sandbox_event(SandboxMessage.model_validate(HELLO))
    with watched_by(frozen), pytest.raises(Conflict, match="being worked on"):
        await receive(database, account, event)
    assert await heard(business, database) == 0
    with watched_by(quick):
        assert not (await receive(database, account, event)).duplicate
    assert await heard(business, database) == 1


async def test_a_message_without_a_key_needs_none(business: Business, database: Database) -> None:
    for _ in range(2):
        await business.ok("POST", "/v1/sandbox/messages", HELLO)
    assert await heard(business, database) == 2
