"""Webhooks: a pointer to a payment, signed, delivered once or badly, and tried again until it is taken."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from evals.world.mercadopago.state import Account, Json, MercadoPagoWorld, Notice
from evals.world.webhooks import ConnectionOverrides, Delivery, post

PATIENCE = ConnectionOverrides(read_timeout=22.0, retries=0)
"""It waits 22 s for the answer."""
RETRY_AFTER = timedelta(minutes=15)
LATER = timedelta(hours=1)
"""After the third attempt the pause is "extended"; it is not said to what."""
_EARLY_ATTEMPTS = 3


def notice(world: MercadoPagoWorld, account: Account, payment_id: str, action: str, url: str) -> Notice:
    return Notice(account, url, payment_id, action, int(time.time() * 1000), world.now())


def told(world: MercadoPagoWorld, payment: Json, *actions: str) -> list[Notice]:
    """What is to be said of a payment: at the preference's own address, which goes before the panel's, or nowhere."""
    account = world.seller(payment["collector_id"])
    url = payment["notification_url"] or account.webhook_url
    return [notice(world, account, str(payment["id"]), f"payment.{action}", url) for action in actions if url]


async def deliver(
    world: MercadoPagoWorld, notices: Sequence[Notice], *, copies: int = 1, drop: bool = False, reverse: bool = False
) -> list[Delivery]:
    """Post notices. What is dropped or not accepted is tried again later, by the world's clock or when told."""
    deliveries: list[Delivery] = []
    for item in reversed(notices) if reverse else notices:
        item.attempts += 1
        made = [] if drop else [await post_notice(world, item) for _ in range(copies)]
        if not any(delivery.accepted for delivery in made):
            item.due_at = world.clock.now() + (RETRY_AFTER if item.attempts < _EARLY_ATTEMPTS else LATER)
            world.undelivered.append(item)
        deliveries += made
    return deliveries


async def retry(world: MercadoPagoWorld, *, all_of_them: bool = False) -> list[Delivery]:
    """Try again what is due by the world's clock, or everything that waits, oldest first."""
    now = world.clock.now()
    due = [item for item in world.undelivered if all_of_them or (item.due_at is not None and item.due_at <= now)]
    world.undelivered = [item for item in world.undelivered if item not in due]
    return await deliver(world, due)


async def post_notice(world: MercadoPagoWorld, item: Notice, *, forged: bool = False) -> Delivery:
    """Post one notice; the forged one is signed with a secret that is not the seller's."""
    secret = secrets.token_hex(32) if forged else item.account.webhook_secret
    body = {
        "id": item.id,
        "live_mode": True,
        "type": "payment",
        "date_created": item.date_created,
        "user_id": item.account.id,
        "api_version": "v1",
        "action": item.action,
        "data": {"id": item.payment_id},
    }
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "MercadoPago WebHook v1.0 payment",
        "x-request-id": item.request_id,
        "x-signature": signature(secret, item.payment_id, item.request_id, item.ts),
    }
    joint = "&" if "?" in item.url else "?"
    url = f"{item.url}{joint}{urlencode({'data.id': item.payment_id, 'type': 'payment'})}"
    return await post(world.client, url, json.dumps(body).encode(), headers, PATIENCE)


def signature(secret: str, data_id: str, request_id: str, ts: int) -> str:
    """The published ``x-signature``: HMAC-SHA256, in hex, over the manifest of the three values."""
    manifest = f"id:{data_id};request-id:{request_id};ts:{ts};"
    return f"ts={ts},v1={hmac.new(secret.encode(), manifest.encode(), hashlib.sha256).hexdigest()}"
