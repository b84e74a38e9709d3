"""What a preference must be like: the refusals of the reference, by the documented name of the error."""

from decimal import Decimal
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from evals.world.mercadopago.errors import MercadoPagoError
from evals.world.mercadopago.state import WHOLE, Account, Json, read_instant

LONGEST_NOTIFICATION_URL, LONGEST_REFERENCE = 248, 256


def check_preference(account: Account, params: Json) -> None:
    """Raises MercadoPagoError for the first thing that is wrong."""
    items = params.get("items")
    if not isinstance(items, list) or not items:
        raise MercadoPagoError("items needed", error="invalid_items")
    for item in items:
        _check_item(account, item if isinstance(item, dict) else {})
    if len(str(params.get("external_reference", ""))) > LONGEST_REFERENCE:
        raise MercadoPagoError("external_reference invalid. Too long", error="invalid_external_reference")
    url = params.get("notification_url")
    if url is not None and not (_is_url(url) and len(url) <= LONGEST_NOTIFICATION_URL):
        raise MercadoPagoError("notification_url attribute must be url valid", error="invalid_notification_url")
    back = params.get("back_urls", {})
    if not isinstance(back, dict) or not all(_is_url(address) for address in back.values()):
        raise MercadoPagoError("back_urls invalid. Wrong format", error="invalid_back_urls")
    if params.get("auto_return") and not back.get("success"):
        raise MercadoPagoError("auto_return invalid. back_url.success must be defined", error="invalid_auto_return")
    check_dates(params)


def check_dates(params: Json) -> None:
    """``expires`` and the dates of a new or a changed preference."""
    if not isinstance(params.get("expires", False), bool):
        raise MercadoPagoError("expires must be boolean", error="invalid_expires")
    for name in ("expiration_date_from", "expiration_date_to", "date_of_expiration"):
        value = params.get(name)
        if value is None:
            continue
        try:
            read_instant(value)
        except (TypeError, ValueError):
            raise MercadoPagoError(f"{name} invalid.", error=f"invalid_{name}") from None


def is_number(value: Any) -> TypeGuard[float]:
    """Amounts are JSON numbers; neither text nor true is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def has_decimals_of(currency: str, amount: float) -> bool:
    """Whether an amount has no more decimals than its currency."""
    return Decimal(str(amount)) == round(Decimal(str(amount)), 0 if currency in WHOLE else 2)


def _check_item(account: Account, item: Json) -> None:
    price, quantity = item.get("unit_price"), item.get("quantity")
    if not item.get("title"):
        raise MercadoPagoError("title needed", error="invalid_items")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise MercadoPagoError("quantity invalid", error="invalid_items")
    if not is_number(price) or price <= 0 or not has_decimals_of(account.currency, price):
        raise MercadoPagoError("unit_price invalid", error="invalid_items")
    if item.get("currency_id", account.currency) != account.currency:
        raise MercadoPagoError("currency_id invalid", error="invalid_items")


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
