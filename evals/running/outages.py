"""Breaks the providers of one business, and of no other, at the simulators."""

from evals.running.troubles import MODEL_TROUBLES, PAY_TROUBLES, SEND_TROUBLES, ModelTrouble, Outage
from evals.world.customers import Door
from evals.world.twin import Business, TwinWorld

ALWAYS = 10**6


class Outages:
    """`models` are the names, at the simulator `door`, of those that speak for the business: first, then backup."""

    def __init__(self, world: TwinWorld, business: Business, door: Door | None, models: tuple[str, ...] = ()) -> None:
        self._world = world
        self._business = business
        self._door = door
        self._models = models
        self.holds_messages = False
        """Whether nothing that is sent gets through until it is mended."""

    async def begin(self, outage: Outage) -> None:
        """The providers it names fail from now on."""
        times = outage.times or ALWAYS
        if outage.whatsapp:
            fault = SEND_TROUBLES[outage.whatsapp] | {"account_sid": self._business.account_sid, "times": times}
            await self._world.twilio.fault(**fault)
            self.holds_messages = outage.times is None and outage.whatsapp != "unclear"
        if outage.payments:
            fault = PAY_TROUBLES[outage.payments] | {"secret_key": self._business.merchant_key, "times": times}
            await self._world.stripe.fault(**fault)
        for name, trouble in zip(self._models, (outage.model, outage.backup_model), strict=False):
            if trouble:
                await self._stand(name, trouble)

    async def mend(self) -> None:
        """Everything works again."""
        await self._world.twilio.mend(self._business.account_sid)
        await self._world.stripe.mend(self._business.merchant_key)
        self.holds_messages = False
        if self._door is not None:
            for name in self._models:
                await self._door.call("DELETE", f"standing/{name}")

    async def _stand(self, name: str, trouble: ModelTrouble) -> None:
        if self._door is None:
            raise ValueError("this world has no model of its own that could fail")
        await self._door.call("PUT", f"standing/{name}", MODEL_TROUBLES[trouble].model_dump())
