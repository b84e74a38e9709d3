"""The registry of payment providers: a row each, and how a tenant's account is opened."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from backend.payments.models import PaymentProvider as Name
from backend.payments.providers.base import PaymentProvider, ProviderRefused
from backend.payments.providers.mercadopago import MercadoPagoAccount
from backend.payments.providers.sandbox import SandboxAccount
from backend.payments.providers.stripe import StripeAccount
from backend.settings import Settings

Open = Callable[[Settings, UUID, dict[str, Any]], PaymentProvider]


def _stripe(settings: Settings, _: UUID, credentials: dict[str, Any]) -> PaymentProvider:
    if not credentials.get("api_key"):
        raise ProviderRefused("the Stripe account has no api_key")
    return StripeAccount(credentials["api_key"], credentials.get("webhook_secret", ""), settings.stripe_base_url)


def _mercadopago(settings: Settings, _: UUID, credentials: dict[str, Any]) -> PaymentProvider:
    if not credentials.get("access_token"):
        raise ProviderRefused("the Mercado Pago account has no access_token")
    return MercadoPagoAccount(
        credentials["access_token"], credentials.get("webhook_secret", ""), settings.mercadopago_base_url
    )


def _sandbox(settings: Settings, tenant_id: UUID, _: dict[str, Any]) -> PaymentProvider:
    return SandboxAccount(settings, tenant_id)


PROVIDERS: dict[Name, Open] = {Name.STRIPE: _stripe, Name.MERCADOPAGO: _mercadopago, Name.SANDBOX: _sandbox}
PAYABLE_AGAIN = (Name.MERCADOPAGO,)
"""Whose links take a second payment after the first, so that a paid one is closed and looked at once more."""
