"""Paying in the sandbox: a page of our own, through the same settlement."""

import socket
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from backend.database import Database, new_id
from backend.orders.models import Order
from backend.payments.tokens import page_token
from backend.settings import Settings
from tests.backend.application import running_application
from tests.backend.payments.conftest import ordered
from tests.factories import Business, Client, OpenTurn, make_business, open_turn


async def sandboxed(
    client: Client, settings: Settings, database: Database, **changes: Any
) -> tuple[Business, OpenTurn]:
    business = await make_business(client, settings, **changes)
    account = await business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    assert account == {"provider": "sandbox", "enabled": True, "ready": True, "webhook_url": None}
    return business, await open_turn(client, database, settings, business.tenant_id)


@pytest.mark.parametrize(
    ("locale", "currency", "button", "thanks"),
    [
        ("es-MX", "MXN", "Pagar $1,299.00", "Pago recibido"),
        ("pt-BR", "BRL", "Pagar R$\xa01.299,00", "Pagamento recebido"),
        ("en", "USD", "Pay $1,299.00", "Payment received"),
    ],
)
async def test_the_page_shows_the_order_and_pressing_pay_pays_it(
    client: Client, settings: Settings, database: Database, locale: str, currency: str, button: str, thanks: str
) -> None:
    business, turn = await sandboxed(
        client, settings, database, locale=locale, currency=currency, name="Tienda <b>Sol</b>"
    )
    order = await ordered(business, turn, database)
    url = (await turn.use("send_payment_link", {"order_code": order["code"]}))["result"]["url"]
    page = await client.get(url)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for words in (button, order["code"], "1 × Tenis Veloz", "Tienda &lt;b&gt;Sol&lt;/b&gt;"):
        assert words in page.text
    paid = await client.post(url)
    assert thanks in paid.text
    assert "<form" not in paid.text
    assert thanks in (await client.post(url)).text, "pressing twice is harmless"
    assert thanks in (await client.get(url)).text
    assert (await business.ok("GET", f"/v1/orders/{order['order_id']}"))["status"] == "paid"
    assert len((await business.ok("GET", "/v1/payments"))["items"]) == 1


async def test_a_page_address_that_we_did_not_sign_does_not_exist(
    client: Client, settings: Settings, database: Database
) -> None:
    business, turn = await sandboxed(client, settings, database)
    order = await ordered(business, turn, database)
    url = (await turn.use("send_payment_link", {"order_code": order["code"]}))["result"]["url"]
    for wrong in (url[:-2] + ("AA" if not url.endswith("AA") else "BB"), url + "x", url.rpartition("/")[0] + "/x"):
        assert (await client.get(wrong)).status_code == 404
        assert (await client.post(wrong)).status_code == 404
    assert (await client.get(url.replace("/sandbox/", "/status/"))).status_code == 200


async def test_a_page_that_fails_is_logged_by_its_route_and_not_by_its_address(
    client: Client, settings: Settings, database: Database
) -> None:
    """Whoever has the address may open the page, so it is a secret."""
    business, turn = await sandboxed(client, settings, database)
    order = await ordered(business, turn, database)
    url = (await turn.use("send_payment_link", {"order_code": order["code"]}))["result"]["url"]
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Order).values(lines=[{"nothing": "of a line"}]))
    with capture_logs() as logs:
        assert (await client.get(url)).status_code == 500
        assert (await client.get(url.replace("/sandbox/", "/status/"))).status_code == 500
    said = [(entry["event"], entry["route"]) for entry in logs]
    assert said == [("request.failed", "/pay/sandbox/{token}"), ("request.failed", "/pay/status/{token}")]
    assert url.rpartition("/")[2] not in str(logs)


async def test_a_page_without_a_database_is_logged_by_its_route_and_not_by_its_address(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"postgresql://tendero@127.0.0.1:{free.getsockname()[1]}/tendero"
    token = page_token(settings, new_id(), new_id())
    lost = settings.model_copy(update={"database_url": nobody})
    async with running_application(lost) as url, Client(base_url=url, timeout=60) as client:
        with capture_logs() as logs:
            assert (await client.get(f"/pay/status/{token}")).status_code == 503
    (said,) = [entry for entry in logs if entry["event"] == "database.unavailable"]
    assert said["route"] == "/pay/status/{token}"
    assert token not in str(logs)


async def test_without_an_account_the_agent_is_told_so(client: Client, settings: Settings, database: Database) -> None:
    business = await make_business(client, settings)
    turn = await open_turn(client, database, settings, business.tenant_id)
    order = await ordered(business, turn, database)
    refused = await turn.call("send_payment_link", {"order_code": order["code"]})
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:tendero:problem:no-payment-account"


async def test_the_sandbox_takes_no_secrets_and_other_providers_do_not_exist(
    client: Client, settings: Settings
) -> None:
    business = await make_business(client, settings)
    assert (await business.call("PUT", "/v1/payment-accounts/sandbox", {"api_key": "sk"})).status_code == 422
    assert (await business.call("PUT", "/v1/payment-accounts/paypal", {})).status_code == 422
