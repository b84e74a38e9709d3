"""Payment accounts: where a tenant's money goes, and how its webhooks find it."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database, tenant_of
from backend.errors import NotFound, Unprocessable
from backend.payments.models import PaymentAccount
from backend.payments.models import PaymentProvider as Name
from backend.payments.providers import PROVIDERS
from backend.payments.providers.base import PaymentProvider, ProviderRefused
from backend.payments.schemas import AccountChange
from backend.security import seal, unseal
from backend.settings import Settings

UNKNOWN_ADDRESS = "no payment account has this webhook address"
COLUMN = "payment_accounts.credentials"
SECRETS: dict[Name, tuple[str, ...]] = {
    Name.STRIPE: ("api_key", "webhook_secret"),
    Name.MERCADOPAGO: ("access_token", "webhook_secret"),
    Name.SANDBOX: (),
}


async def put_account(
    session: AsyncSession, settings: Settings, provider: Name, change: AccountChange
) -> PaymentAccount:
    """Makes or changes the tenant's account at a provider; secrets that are not given stay as they are."""
    account = await session.scalar(select(PaymentAccount).where(PaymentAccount.provider == provider.value))
    if account is None:
        account = PaymentAccount(
            tenant_id=tenant_of(session), provider=provider.value, token=secrets.token_urlsafe(24), enabled=True
        )
        session.add(account)
    given = change.model_dump(include={"api_key", "access_token", "webhook_secret"}, exclude_none=True)
    unknown = sorted(given.keys() - set(SECRETS[provider]))
    if unknown:
        raise Unprocessable(f"the {provider.value} account takes no {', '.join(unknown)}")
    merged = {**_readable(settings, account), **given}
    account.credentials = seal(settings, tenant_of(session), COLUMN, merged) if merged else None
    account.enabled = change.enabled
    await session.flush()
    return account


async def get_account(session: AsyncSession, provider: Name) -> PaymentAccount:
    """The tenant's account at a provider; NotFound."""
    account = await session.scalar(select(PaymentAccount).where(PaymentAccount.provider == provider.value))
    if account is None:
        raise NotFound("There is no account at this provider; PUT connects one.")
    return account


async def list_accounts(session: AsyncSession) -> list[PaymentAccount]:
    """The tenant's accounts."""
    return list(await session.scalars(select(PaymentAccount).order_by(PaymentAccount.provider)))


async def account_for_links(session: AsyncSession, wanted: str | None) -> PaymentAccount:
    """The enabled account that new links use: the wanted provider's, else a real one before the sandbox, and the one
    connected first.

    Unprocessable `no-payment-account`.
    """
    accounts = [
        account for account in await list_accounts(session) if account.enabled and wanted in (None, account.provider)
    ]
    if not accounts:
        raise Unprocessable(
            "This business takes no payments by link yet; say so and offer to hand off to a person.",
            type="no-payment-account",
        )
    return min(accounts, key=lambda account: (account.provider == Name.SANDBOX, account.created_at))


async def account_by_token(database: Database, provider: Name, token: str) -> tuple[UUID, UUID]:
    """(tenant id, account id) of a webhook's address; NotFound if it is unknown or switched off."""
    if "\0" in token:
        raise NotFound(UNKNOWN_ADDRESS)
    async with database.queue() as session:
        row = (
            await session.execute(
                select(PaymentAccount.tenant_id, PaymentAccount.id).where(
                    PaymentAccount.token == token,
                    PaymentAccount.provider == provider.value,
                    PaymentAccount.enabled.is_(True),
                )
            )
        ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN_ADDRESS)
    return row.tenant_id, row.id


def credentials(settings: Settings, account: PaymentAccount) -> dict[str, Any]:
    """The account's secrets, opened. ValueError if they were sealed with another key or are damaged."""
    if account.credentials is None:
        return {}
    return unseal(settings, account.tenant_id, COLUMN, account.credentials)


def is_ready(settings: Settings, account: PaymentAccount) -> bool:
    """Whether every secret of the provider is there."""
    known = _readable(settings, account)
    return all(known.get(name) for name in SECRETS[Name(account.provider)])


def open_account(settings: Settings, account: PaymentAccount) -> PaymentProvider:
    """The account, able to make links. ProviderRefused if a secret is missing or cannot be read."""
    try:
        known = credentials(settings, account)
    except ValueError:
        raise ProviderRefused("the account's secrets cannot be read; connect it again") from None
    return PROVIDERS[Name(account.provider)](settings, account.tenant_id, known)


def _readable(settings: Settings, account: PaymentAccount) -> dict[str, Any]:
    """The account's secrets, none if they cannot be opened, so that connecting it again replaces them."""
    try:
        return credentials(settings, account)
    except ValueError:
        return {}
