"""Addresses of payment pages: tenant and payment, signed, so that a page needs no look-up and no guess works."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from backend.errors import NotFound
from backend.settings import Settings

_SIGNATURE_BYTES = 16
_PURPOSE = "payment-page"


def page_url(settings: Settings, page: str, tenant_id: UUID, payment_id: UUID) -> str:
    """The public address of `/pay/{page}/{token}`."""
    return f"{settings.public_url.rstrip('/')}/pay/{page}/{page_token(settings, tenant_id, payment_id)}"


def page_token(settings: Settings, tenant_id: UUID, payment_id: UUID) -> str:
    """A token of 64 characters that names one payment."""
    named = tenant_id.bytes + payment_id.bytes
    return base64.urlsafe_b64encode(named + _signed(settings.derive(_PURPOSE), named)).decode().rstrip("=")


def read_page_token(settings: Settings, token: str) -> tuple[UUID, UUID]:
    """(tenant id, payment id); NotFound for anything that we did not sign."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    named, signature = raw[:32], raw[32:]
    keys = settings.derivations(_PURPOSE)
    if len(raw) != 32 + _SIGNATURE_BYTES or not any(
        hmac.compare_digest(signature, _signed(key, named)) for key in keys
    ):
        raise NotFound("this payment page does not exist")
    return UUID(bytes=named[:16]), UUID(bytes=named[16:])


def _signed(key: str, named: bytes) -> bytes:
    return hmac.new(key.encode(), named, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
