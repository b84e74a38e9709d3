"""An Idempotency-Key at sign-up belongs to the e-mail of the body: a repetition gets the first answer."""

import asyncio
from ipaddress import IPv6Address
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from backend.database import Database
from backend.requests import idempotency
from backend.requests.models import IdempotentRequest
from backend.settings import Settings
from tests.backend.served import served
from tests.factories import Client


def new_account() -> dict[str, Any]:
    email = f"ana-{uuid4().hex}@example.com"
    business = {"name": "Tienda Luna", "mode": "sales", "locale": "es-MX", "timezone": "America/Mexico_City"}
    return {"email": email, "password": "caballo-bateria-grapa", "business": business}


def from_somewhere(**headers: str) -> dict[str, str]:
    """Headers of a call from an address of its own, so that the tests of a minute do not use up one's limit."""
    return {"X-Forwarded-For": str(IPv6Address(uuid4().int)), **headers}


async def sign_up(client: Client, key: str, account: dict[str, Any]) -> httpx.Response:
    headers = from_somewhere(**{"Idempotency-Key": key})
    return await client.post("/v1/sign-up", json=account, headers=headers)


async def businesses_of(client: Client, account: dict[str, Any]) -> list[Any]:
    entry = {name: account[name] for name in ("email", "password")}
    signed_in = await client.post("/v1/auth/login", json=entry, headers=from_somewhere())
    assert signed_in.status_code == 200, signed_in.text
    token = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    return list((await client.get("/v1/me/businesses", headers=token)).json()["items"])


async def test_a_sign_up_that_is_repeated_gets_the_same_answer(client: Client, database: Database) -> None:
    key, account = str(uuid4()), new_account()
    first, again = [await sign_up(client, key, account) for _ in range(2)]
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await businesses_of(client, account)) == 1
    another_body = await sign_up(client, key, {**account, "password": "otra-clave-muy-larga"})
    assert another_body.json()["type"] == "urn:tendero:problem:idempotency-mismatch"
    async with database.tenant(idempotency.OPERATOR) as session:
        callers = list(await session.scalars(select(IdempotentRequest.caller)))
    assert not any(account["email"] in caller for caller in callers)


async def test_two_people_who_choose_the_same_key_both_sign_up(client: Client) -> None:
    key, one, other = str(uuid4()), new_account(), new_account()
    first, second = [await sign_up(client, key, account) for account in (one, other)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert len(await businesses_of(client, one)) == len(await businesses_of(client, other)) == 1


async def test_a_sign_up_that_was_refused_may_be_corrected_under_its_key(client: Client) -> None:
    key, account = str(uuid4()), new_account()
    assert (await sign_up(client, key, {**account, "password": "corta"})).status_code == 422
    assert (await sign_up(client, key, account)).status_code == 202
    assert len(await businesses_of(client, account)) == 1


async def test_of_many_sign_ups_at_once_under_one_key_one_is_made(settings: Settings) -> None:
    key, account = str(uuid4()), new_account()
    with served(settings) as address:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            answers = await asyncio.gather(*(sign_up(client, key, account) for _ in range(6)))
            assert len(await businesses_of(client, account)) == 1
    made = [answer.content for answer in answers if answer.status_code == 202]
    refused = {answer.json()["type"] for answer in answers if answer.status_code != 202}
    assert len(set(made)) == 1
    assert refused <= {"urn:tendero:problem:idempotency-in-flight"}


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"[]", b"7", b'{"email": 7}', b'{"email": "\\ud800"}', b"\xff", b"[" * 9000, b'{"email": ' * 1500],
)
async def test_a_sign_up_that_cannot_be_read_is_refused_with_a_key_as_without(client: Client, body: bytes) -> None:
    headers = from_somewhere(**{"Content-Type": "application/json"})
    plain = await client.post("/v1/sign-up", content=body, headers=headers)
    keyed = await client.post("/v1/sign-up", content=body, headers={**headers, "Idempotency-Key": str(uuid4())})
    assert plain.status_code in (400, 422)
    assert (keyed.status_code, keyed.json()) == (plain.status_code, plain.json())
