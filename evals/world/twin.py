"""The twin world: a running installation, simulated Twilio, Stripe and Mercado Pago, a clock, and customers."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from evals.world import mercadopago, stripe, twilio
from evals.world.calling import caller
from evals.world.clock import WorldClock
from evals.world.customers import Customer, MercadoPagoDoor, StripeDoor, TwilioDoor
from evals.world.installation import Installation, installation
from evals.world.merchants import connect_mercadopago, connect_stripe
from evals.world.serving import simulated

Json = dict[str, Any]


@dataclass(frozen=True)
class Business:
    """A tenant of the world, with a WhatsApp number of its own and an account at the payment provider."""

    slug: str
    name: str
    locale: str
    timezone: str
    number: str
    webhook_url: str
    account_sid: str
    """Of its account at Twilio."""
    auth_token: str
    """Of the same: signs webhooks."""
    merchant_key: str
    """Of its account at the payment provider."""
    api: httpx.AsyncClient
    """The public API with this tenant's key."""

    async def get(self, path: str, **query: Any) -> Any:
        """GET of the public API as JSON; raises `httpx.HTTPStatusError`."""
        answer = await self.api.get(path, params={key: value for key, value in query.items() if value is not None})
        answer.raise_for_status()
        return answer.json()

    async def all(self, path: str, **query: Any) -> list[Json]:
        """Every item of a list of the public API, page after page."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, **query)
            items.extend(page["items"])
            cursor = page.get("next_cursor")
            if cursor is None:
                return items


class TwinWorld:
    """What a story, an eval or a benchmark plays in."""

    def __init__(
        self,
        installation: Installation,
        clock: WorldClock,
        twilio_door: TwilioDoor,
        stripe_door: StripeDoor,
        mercadopago_door: MercadoPagoDoor,
        platform: httpx.AsyncClient,
        stack: AsyncExitStack,
    ) -> None:
        self.installation = installation
        self.clock = clock
        self.twilio = twilio_door
        self.stripe = stripe_door
        self.mercadopago = mercadopago_door
        self.platform = platform
        """The public API with the platform's token."""
        self._stack = stack
        self._numbers = itertools.count(1)

    async def business(
        self, key: Json, *, settings: Json | None = None, tenant: Json | None = None, weather: Json | None = None
    ) -> Business:
        """Give a tenant (`{"slug", "api_key"}`) a WhatsApp number, a payment account and `settings`. The account is at
        Stripe, or at Mercado Pago where `payment_provider` of its settings says so. `tenant` is what the API says of
        it, where that is known; `weather` is how its webhooks travel."""
        api = await self._stack.enter_async_context(caller(self.installation.backend, key["api_key"]))
        if tenant is None:
            tenant = (await api.get("/v1/tenant")).raise_for_status().json()
        if settings:
            (await api.patch("/v1/tenant", json={"settings": settings})).raise_for_status()
        (number, account, webhook_url), merchant_key = await asyncio.gather(
            self._connect_whatsapp(api, weather),
            self._connect_payments(api, tenant, {**tenant["settings"], **(settings or {})}, weather),
        )
        return Business(
            slug=tenant["slug"],
            name=tenant["name"],
            locale=tenant["locale"],
            timezone=tenant["timezone"],
            number=number,
            webhook_url=webhook_url,
            account_sid=account["sid"],
            auth_token=account["token"],
            merchant_key=merchant_key,
            api=api,
        )

    async def _connect_whatsapp(self, api: httpx.AsyncClient, weather: Json | None) -> tuple[str, Json, str]:
        """Number, account and webhook address."""
        number = f"+1415555{next(self._numbers):04d}"
        account = await self.twilio.account()
        channel = await api.post(
            "/v1/channels",
            json={
                "provider": "twilio",
                "address": f"whatsapp:{number}",
                "credentials": {"account_sid": account["sid"], "auth_token": account["token"]},
            },
        )
        webhook_url = str(channel.raise_for_status().json()["webhook_url"])
        await self.twilio.sender(number, account["sid"], webhook_url)
        if weather:
            await self.twilio.behave(account["sid"], weather=weather)
        return number, account, webhook_url

    async def _connect_payments(
        self, api: httpx.AsyncClient, tenant: Json, settings: Json, weather: Json | None
    ) -> str:
        """The key of its account at the payment provider. Webhooks of Mercado Pago know no weather."""
        if settings.get("payment_provider") == "mercadopago":
            seller = await connect_mercadopago(self.mercadopago, api, tenant["currency"])
            return str(seller["access_token"])
        merchant = await connect_stripe(self.stripe, api, tenant["currency"], weather)
        return str(merchant["secret_key"])

    def customer(self, business: Business, name: str, number: str | None = None) -> Customer:
        """Somebody with a phone who knows the business's number."""
        phone = number or f"+52155{secrets.randbelow(10**8):08d}"
        return Customer(self.twilio, phone, business.number, name=name, tills=(self.stripe, self.mercadopago))

    def pass_time(self, **amount: float) -> None:
        """Move business time forward: `pass_time(minutes=30)`."""
        self.clock.advance(timedelta(**amount))


@asynccontextmanager
async def twin_world(
    folder: Path,
    *,
    seeds: tuple[Path, ...] = (),
    arguments: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> AsyncIterator[TwinWorld]:
    """A world with its own stores in `folder`; everything ends with the block. Raises `InstallationFailed`."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    clock = WorldClock(folder / "clock")
    async with AsyncExitStack() as stack:
        twilio_url = await stack.enter_async_context(simulated(twilio.create_app, clock))
        stripe_url = await stack.enter_async_context(simulated(stripe.create_app, clock))
        mercadopago_url = await stack.enter_async_context(simulated(mercadopago.create_app, clock))
        report("simulators of Twilio, Stripe and Mercado Pago are running")
        started = await stack.enter_async_context(
            installation(
                folder,
                environment={
                    "TENDERO_CLOCK_FILE": str((folder / "clock").absolute()),
                    "TENDERO_TWILIO_BASE_URL": twilio_url,
                    "TENDERO_STRIPE_BASE_URL": stripe_url,
                    "TENDERO_MERCADOPAGO_BASE_URL": mercadopago_url,
                    **(environment or {}),
                },
                arguments=(*arguments, *(part for seed in seeds for part in ("--seed", str(seed)))),
                report=report,
            )
        )
        platform = await stack.enter_async_context(caller(started.backend, started.platform_token))
        yield TwinWorld(
            started,
            clock,
            await stack.enter_async_context(TwilioDoor(twilio_url)),
            await stack.enter_async_context(StripeDoor(stripe_url)),
            await stack.enter_async_context(MercadoPagoDoor(mercadopago_url)),
            platform,
            stack,
        )
