"""How a customer of a scenario pays, or does not."""

from evals.world.customers import Customer

WAYS: dict[bool | str, dict[str, object]] = {
    True: {},
    "later": {"later": True},
    "declined": {"status": "rejected"},
    "short": {"amount": 1.0},
}
"""What is told to the provider's page. Declined and short are known to Mercado Pago's alone."""


async def pay(customer: Customer, link: str, way: bool | str) -> None:
    """One way to pay at `link`. Raises httpx.HTTPStatusError for what its page refuses."""
    if way == "voucher":
        await customer.till(link).call("POST", "settle", {"url": link})
    elif way == "forged":
        await customer.till(link).call("POST", "forge", {"url": link})
    else:
        await customer.pay(link, **WAYS[way])
