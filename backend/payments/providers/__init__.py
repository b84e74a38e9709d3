"""The registry of payment providers: a row each, and how a tenant's account is opened."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from backend.payments.models import PaymentProvider as Name
from backend.payments.providers.base import PaymentProvider, ProviderRefused
from backend.payments.providers.sandbox import SandboxAccount
from backend.payments.providers.stripe import StripeAccount
from backend.settings import Settings

Open = Callable[[Settings, UUID, dict[str, Any]], PaymentProvider]


def _stripe(settings: Settings, _: UUID, credentials: dict[str, Any]) -> PaymentProvider:
    if not credentials.get("api_key"):
        raise ProviderRefused("the Stripe account has no api_key")
    return StripeAccount(credentials["api_key"], settings.stripe_base_url)


def _sandbox(settings: Settings, tenant_id: UUID, _: dict[str, Any]) -> PaymentProvider:
    return SandboxAccount(settings, tenant_id)


PROVIDERS: dict[Name, Open] = {Name.STRIPE: _stripe, Name.SANDBOX: _sandbox}
