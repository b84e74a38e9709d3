"""Mercado Pago's signature: HMAC-SHA256 over ids and time of a notification, not over its body.

Source: mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks, "Validate notification origin".
"""

import hashlib
import hmac
from datetime import timedelta

from backend import clock
from backend.payments.providers.base import Webhook

TOLERANCE = timedelta(hours=1)
"""Older notifications are not believed. The first repetitions come within it; what comes later is found by asking."""
_MILLISECONDS_FROM = 10**11
"""The documentation counts `ts` in milliseconds and shows seconds in its example; both are understood."""


def check_signature(webhook: Webhook, secret: str) -> None:
    """PermissionError unless the notification is signed with the secret, and fresh by the machine's time."""
    parts = dict(part.strip().partition("=")[::2] for part in webhook.headers.get("x-signature", "").split(","))
    ts, given = parts.get("ts", ""), parts.get("v1", "")
    if not (secret and given.isascii() and ts.isascii() and ts.isdigit() and len(ts) < 16):
        raise PermissionError("there is no signature")
    manifest = _manifest(webhook.query.get("data.id", ""), webhook.headers.get("x-request-id", ""), ts)
    expected = hmac.new(secret.encode(), manifest.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, given):
        raise PermissionError("the signature does not fit")
    seconds = int(ts) / 1000 if int(ts) >= _MILLISECONDS_FROM else int(ts)
    if abs(clock.machine_now().timestamp() - seconds) > TOLERANCE.total_seconds():
        raise PermissionError("the notification is too old")


def _manifest(data_id: str, request_id: str, ts: str) -> str:
    """What a notification lacks is left out, with its name."""
    pairs = (("id", data_id), ("request-id", request_id), ("ts", ts))
    return "".join(f"{name}:{value};" for name, value in pairs if value)
