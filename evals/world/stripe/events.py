"""Events and their delivery: signed webhooks, and the ways in which they go wrong."""

import copy
import json
import secrets
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase

from stripe import WebhookSignature

from evals.world.stripe.state import API_VERSION, Account, Json, StripeWorld, new_id
from evals.world.weather import Loss, Weather
from evals.world.webhooks import ConnectionOverrides, Delivery, post


def event(world: StripeWorld, account: Account, type: str, subject: Json) -> Json:
    """Record that something happened to an object, as it is now (docs.stripe.com/api/events/object)."""
    return world.keep(
        account,
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": world.timestamp(),
            "data": {"object": copy.deepcopy(subject)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type,
        },
    )


async def deliver(
    world: StripeWorld,
    account: Account,
    events: Sequence[Json],
    *,
    copies: int = 1,
    drop: bool = False,
    reverse: bool = False,
) -> list[Delivery]:
    """Post events to the account's endpoint. What is dropped or not accepted waits in ``undelivered``. Under a weather
    they are on their way when this returns, and tried again by themselves."""
    wanted = [item for item in events if any(fnmatchcase(item["type"], pattern) for pattern in account.events)]
    if account.weather is not None and account.webhook_url is not None and not drop:
        _set_out(world, account, account.weather, wanted)
        return []
    deliveries: list[Delivery] = []
    for item in reversed(wanted) if reverse else wanted:
        if drop or account.webhook_url is None:
            world.undelivered.append(item["id"])
            continue
        made = [await post_event(world, account, item) for _ in range(copies)]
        if any(delivery.accepted for delivery in made):
            item["pending_webhooks"] = 0
        else:
            world.undelivered.append(item["id"])
        deliveries += made
    return deliveries


def _set_out(world: StripeWorld, account: Account, weather: Weather, events: Sequence[Json]) -> None:
    number = world.number(account)

    async def journey(item: Json) -> None:
        async def send(lost: Loss | None) -> Delivery:
            return await post_event(world, account, item, lost=lost)

        delivery = await weather.passage(f"event {number} {item['type']}").travel(send, world.spawn)
        if delivery.accepted:
            item["pending_webhooks"] = 0
        else:
            world.undelivered.append(item["id"])

    for item in weather.order(f"event {number}", list(events)):
        world.spawn(journey(item))


async def post_event(
    world: StripeWorld, account: Account, item: Json, *, forged: bool = False, lost: Loss | None = None
) -> Delivery:
    """Post one event, signed over its raw bytes at machine time (docs.stripe.com/webhooks/signature).

    A forged one is signed with a secret that is not the endpoint's. One of which something is lost is tried again, as
    Stripe does, only sooner.
    """
    if account.webhook_url is None:
        raise ValueError("the account has no webhook endpoint")
    payload = json.dumps(item, indent=2, ensure_ascii=True)
    secret = f"whsec_{secrets.token_hex(16)}" if forged else account.webhook_secret
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": WebhookSignature.generate_signature_header(payload, secret, int(time.time())),
    }
    overrides = ConnectionOverrides(retries=1 if lost else 0, retry_on=frozenset({"ct", "rt"}))
    return await post(world.client, account.webhook_url, payload.encode(), headers, overrides, lost)
