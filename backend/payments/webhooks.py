"""Where payment providers report, an address for each account."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select

from backend.bell import Bell
from backend.database import Database
from backend.errors import Malformed, NotFound, Unauthorized, Unavailable
from backend.payments import accounts
from backend.payments.models import PaymentAccount
from backend.payments.models import PaymentProvider as Name
from backend.payments.providers.base import PaymentProvider, ProviderRefused, ProviderUnclear, Report, Webhook
from backend.payments.settle import settle
from backend.settings import Settings

_FOREIGN = "The signature does not fit this account's webhook secret."
_READ = {"received": True}


class PaymentWebhooks(Controller):
    """Signed webhooks, each event taken once. 401 for what is not the provider's, 400 for what cannot be read; nothing
    is stored then."""

    path = "/webhooks"
    tags = ("webhooks",)
    security = ()

    @post("/stripe/{token:str}", status_code=200)
    async def from_stripe(
        self,
        request: Request[Any, Any, Any],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
        token: FromPath[str],
    ) -> dict[str, bool]:
        """Takes an event of Stripe."""
        return await _take(request, database, settings, bell, Name.STRIPE, token)

    @post("/mercadopago/{token:str}", status_code=200)
    async def from_mercadopago(
        self,
        request: Request[Any, Any, Any],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
        token: FromPath[str],
    ) -> dict[str, bool]:
        """Takes a notification of Mercado Pago: a pointer to a payment, which is fetched and compared with its order.
        503 while it cannot be fetched."""
        return await _take(request, database, settings, bell, Name.MERCADOPAGO, token)


async def _take(
    request: Request[Any, Any, Any], database: Database, settings: Settings, bell: Bell, name: Name, token: str
) -> dict[str, bool]:
    tenant_id, account_id = await accounts.account_by_token(database, name, token)
    provider = await _open(database, settings, tenant_id, account_id)
    webhook = Webhook(await request.body(), dict(request.headers.items()), dict(request.query_params.items()))
    report = await _read(provider, webhook)
    if report is None:
        return _READ
    async with database.tenant(tenant_id) as session:
        settled = await settle(session, account_id, report)
    if settled.announced:
        await bell.ring("outbox")
    return _READ


async def _open(database: Database, settings: Settings, tenant_id: UUID, account_id: UUID) -> PaymentProvider:
    async with database.tenant(tenant_id) as session:
        account = await session.scalar(select(PaymentAccount).where(PaymentAccount.id == account_id))
    if account is None:
        raise NotFound(accounts.UNKNOWN_ADDRESS)
    try:
        return accounts.open_account(settings, account)
    except ProviderRefused:
        raise Unauthorized(_FOREIGN) from None


async def _read(provider: PaymentProvider, webhook: Webhook) -> Report | None:
    try:
        return await provider.read_webhook(webhook)
    except PermissionError:
        raise Unauthorized(_FOREIGN) from None
    except ValueError:
        raise Malformed("The body is not an event of this provider.") from None
    except (ProviderRefused, ProviderUnclear):
        raise Unavailable("The provider does not tell what this is about; send it again.") from None
