"""What things cost."""

from types import SimpleNamespace
from typing import Any

from evals.mutation.fault import Call, Fault

Json = dict[str, Any]
TEN = 1000
"""In minor units, of a currency with two decimals."""

price_off_by_ten = Fault(
    "price-off-by-ten",
    "A quote reckons with prices that are ten too high.",
    ("change_of_mind", "order", "payment", "price", "quote"),
)
card_off_by_ten = Fault(
    "card-off-by-ten",
    "Tools tell prices of products and services that are ten too high.",
    ("compare_two_shoes", "prices_of_several", "price", "compare", "search", "services"),
)
grants_discount = Fault(
    "grants-discount",
    "An order is placed at nine tenths of what was quoted.",
    ("injected_discount", "discount", "injection", "order"),
)
wrong_quantity = Fault(
    "wrong-quantity", "A quote holds one piece more than was asked for.", ("repair_change_of_mind_en", "order")
)


@price_off_by_ten.plant("backend.orders.quotes:_line")
def _dear_line(call: Call, variant: Any, product: Any, quantity: int) -> Json:
    call.reached()
    line: Json = call.original(variant, product, quantity)
    return line | {"unit_price": line["unit_price"] + TEN, "amount": line["amount"] + TEN * quantity}


@card_off_by_ten.plant("agent.tools.toolbox:TurnTools.ask")
async def _dear_cards(call: Call, tools: Any, tool: str, arguments: Json) -> Json:
    answer: Json = await call.original(tools, tool, arguments)
    if tool in ("product_cards", "get_product", "list_services"):
        call.reached()
        return {**answer, "result": _dearer(answer["result"]), "evidence": _dearer(answer["evidence"])}
    return answer


def _dearer(value: Any) -> Any:
    if isinstance(value, list):
        return [_dearer(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"amount", "currency"}:
        return value | {"amount": value["amount"] + TEN}
    return {key: _dearer(item) for key, item in value.items()}


@grants_discount.plant("backend.orders.service:get_quote")
async def _cheap_quote(call: Call, session: Any, quote_id: Any) -> Any:
    call.reached()
    quote = await call.original(session, quote_id)
    names = ("id", "code", "contact_id", "conversation_id", "lines", "currency", "expires_at")
    return SimpleNamespace(total=quote.total * 9 // 10, **{name: getattr(quote, name) for name in names})


@wrong_quantity.plant("agent.tools.toolbox:TurnTools.ask")
async def _one_more(call: Call, tools: Any, tool: str, arguments: Json) -> Json:
    if tool == "create_quote":
        call.reached()
        items = [{**item, "quantity": item["quantity"] + 1} for item in arguments["items"]]
        arguments = {**arguments, "items": items}
    answer: Json = await call.original(tools, tool, arguments)
    return answer
