"""Every change to a tenant's records is told by the database, whoever made it, and nobody can rewrite that."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.audit.ddl import EXEMPT, hidden_columns, is_audited
from backend.audit.service import forget_rows
from backend.contacts.service import save_detail
from backend.database import Database
from backend.settings import Settings
from backend.tables import metadata
from tests.backend.line import WhatsAppLine
from tests.factories import Business, Client, make_business, open_turn

PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 1}]}


async def changes(business: Business, **wanted: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await business.ok("GET", "/v1/audit", limit=200, **wanted))["items"]
    return items


async def test_a_change_is_told_with_its_author_and_both_values(business: Business) -> None:
    made = await business.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100})
    await business.ok("PATCH", f"/v1/services/{made['id']}", {"price": 150})
    await business.ok("DELETE", f"/v1/services/{made['id']}")
    told = await changes(business, table="services", row_id=made["id"])
    assert [one["action"] for one in told] == ["delete", "update", "insert"]
    assert told[1]["changes"] == {"price": {"old": 100, "new": 150}}
    assert told[2]["changes"]["name"] == {"new": "Corte"}
    assert told[0]["changes"]["price"] == {"old": 150}
    assert {one["actor"].partition(":")[0] for one in told} == {"key"}


async def test_a_change_names_the_request_that_asked_for_it(business: Business, database: Database) -> None:
    headers = {"Authorization": f"Bearer {business.api_key}"}
    service = {"name": "Corte", "duration_minutes": 30, "price": 100}
    mine = {**headers, "X-Request-Id": "order-of-tuesday-7"}
    made = (await business.client.post("/v1/services", json=service, headers=mine)).json()
    changed = await business.client.patch(f"/v1/services/{made['id']}", json={"price": 150}, headers=headers)
    forged = {**headers, "X-Request-Id": "it's forged'; --"}
    await business.client.delete(f"/v1/services/{made['id']}", headers=forged)
    deleted, updated, inserted = await changes(business, table="services", row_id=made["id"])
    assert inserted["request_id"] == "order-of-tuesday-7"
    assert updated["request_id"] == changed.headers["X-Request-Id"]
    assert len({one["request_id"] for one in (deleted, updated, inserted)}) == 3
    assert "forged" not in deleted["request_id"]
    assert [one["id"] for one in await changes(business, request_id="order-of-tuesday-7")] == [inserted["id"]]
    async with database.tenant(business.tenant_id, "operator:test") as session:
        await session.execute(text("UPDATE tenants SET name = 'Otra'"))
    [unasked] = await changes(business, actor="operator:test")
    assert unasked["request_id"] is None


async def test_a_change_that_is_rolled_back_is_not_told(business: Business, database: Database) -> None:
    async with database.tenant(business.tenant_id, "operator:test") as session:
        await session.execute(text("UPDATE tenants SET name = 'Otra'"))
        await session.rollback()
    assert await changes(business, actor="operator:test") == []
    async with database.tenant(business.tenant_id, "operator:test") as session:
        await session.execute(text("UPDATE tenants SET name = 'Otra'"))
        await session.execute(text("UPDATE tenants SET updated_at = updated_at + interval '1 second'"))
    (told,) = await changes(business, actor="operator:test")
    assert (told["table"], told["row_id"], told["changes"]["name"]["new"]) == (
        "tenants",
        str(business.tenant_id),
        "Otra",
    )


async def test_secrets_and_endless_values_are_left_out(business: Business) -> None:
    secret = "AC-secret-of-a-channel"
    await business.ok("PUT", "/v1/payment-accounts/stripe", {"api_key": secret})
    await business.ok("PUT", "/v1/playbook", {"instructions": "palabra " * 2000})
    told = await changes(business)
    (account,) = [one for one in told if one["table"] == "payment_accounts"]
    assert account["changes"]["credentials"] == {"hidden": True}
    assert account["changes"]["token"] == {"hidden": True}
    (key,) = [one for one in told if one["table"] == "api_keys"]
    assert key["changes"]["digest"] == {"hidden": True}
    assert secret not in str(told)
    (playbook,) = [one for one in told if one["table"] == "playbooks" and one["action"] == "insert"][:1]
    assert "omitted" in str(playbook["changes"])


async def test_the_trail_is_paged_and_narrowed(business: Business, client: Client, settings: Settings) -> None:
    for number in range(4):
        await business.ok("PUT", f"/v1/facts/f{number}", {"text": "x"})
    seen: list[str] = []
    cursor = None
    while True:
        page = await business.ok("GET", "/v1/audit", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [one["id"] for one in await changes(business)]
    assert len(seen) == len(set(seen)) >= 5
    assert await changes(business, table="facts", action="delete") == []
    last = (await changes(business, table="facts"))[0]
    assert last["id"] in [one["id"] for one in await changes(business, since=last["at"])]
    assert last["id"] not in [one["id"] for one in await changes(business, until=last["at"])]
    stranger = await make_business(client, settings)
    assert {one["id"] for one in await changes(stranger)}.isdisjoint(seen)


async def test_the_trail_can_be_neither_changed_nor_deleted(business: Business, database: Database) -> None:
    forged = (
        "INSERT INTO audit (tenant_id, at, actor, action, table_name, row_id) "
        f"VALUES ('{business.tenant_id}', now(), 'member:x', 'delete', 'orders', 'x')"
    )
    for forbidden in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit", forged):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.tenant(business.tenant_id) as session:
                await session.execute(text(forbidden))


async def test_what_it_says_of_erased_rows_can_be_emptied_in_its_own_tenant(
    business: Business, client: Client, settings: Settings, database: Database
) -> None:
    stranger = await make_business(client, settings)
    turn = await open_turn(client, database, settings, business.tenant_id)
    await business.ok("PATCH", f"/v1/contacts/{turn.contact_id}", {"name": "Canario"})
    async with database.tenant(stranger.tenant_id) as session:
        assert await forget_rows(session, "contacts", [turn.contact_id]) == 0
    assert "Canario" in str(await changes(business))
    async with database.tenant(business.tenant_id) as session:
        assert await forget_rows(session, "contacts", [turn.contact_id]) > 0
    told = await changes(business, table="contacts", row_id=str(turn.contact_id))
    assert "Canario" not in str(told)
    assert told[0]["changes"] is None
    assert told[0]["actor"].startswith("key:")


async def test_a_message_leaves_no_trail_but_what_the_agent_learns_does(
    line: WhatsAppLine, eager_business: Business, database: Database
) -> None:
    before = await changes(eager_business)
    await line.write("hola")
    await line.write("otra vez")
    contact = (await eager_business.ok("GET", "/v1/contacts"))["items"][0]
    assert await changes(eager_business) == before
    agreed = {"memory": True, "source": "web form"}
    await eager_business.ok("PUT", f"/v1/contacts/{contact['id']}/consent", agreed)
    async with database.tenant(eager_business.tenant_id, "agent:turn") as session:
        await save_detail(session, contact["id"], "talla", "38", "tool")
    (told,) = [one for one in await changes(eager_business) if one["actor"] == "agent:turn"]
    assert told["changes"]["details"]["new"]["talla"]["value"] == "38"


def test_every_table_is_either_audited_or_exempt_for_a_reason() -> None:
    """A new table is audited by itself; one that must not be (a queue, a log) is named in `backend/audit/ddl.py`."""
    assert all(EXEMPT.values())
    audited = {table.name for table in metadata.sorted_tables if is_audited(table)}
    assert {"tenants", "api_keys", "contacts", "channels", "payment_accounts", "products", "bookings"} <= audited
    assert hidden_columns(metadata.tables["channels"]) == ["token", "credentials"]
