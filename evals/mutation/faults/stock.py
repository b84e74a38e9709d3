"""What is on the shelves, and what is not for sale."""

from typing import Any
from uuid import uuid4

from evals.mutation.fault import Call, Fault

Json = dict[str, Any]
FULL_SHELF = 25

lies_about_stock = Fault(
    "lies-about-stock", "A tool tells that there are 25 pieces of everything.", ("out_of_stock", "stock", "last-pieces")
)
stock_not_taken = Fault(
    "stock-not-taken", "An order leaves the stock as it was.", ("english_order", "order", "payment")
)
oversells = Fault(
    "oversells",
    "What is sold out is offered, reckoned and ordered all the same.",
    ("persona_cannot_have_it", "sold_out_everywhere_en", "out_of_stock"),
)
shows_hidden = Fault(
    "shows-hidden", "A product that the shop has hidden is found and offered.", ("hidden_product", "catalog", "hidden")
)


@lies_about_stock.plant("agent.tools.toolbox:TurnTools.ask")
async def _full_shelves(call: Call, tools: Any, tool: str, arguments: Json) -> Json:
    answer: Json = await call.original(tools, tool, arguments)
    if tool in ("product_cards", "get_product"):
        cards = answer["result"].get("products", [answer["result"]])
        variants = [variant for card in cards for variant in card.get("variants", [])]
        for variant in variants:
            variant["stock"] = FULL_SHELF
        for item in answer["evidence"]:
            if item["kind"] == "stock":
                item["value"] = {"quantity": FULL_SHELF, "available": True}
        if variants:
            call.reached()
    return answer


oversells.plant("agent.tools.toolbox:TurnTools.ask")(_full_shelves)


@oversells.plant("backend.orders.quotes:_on_sale")
async def _fills_the_shelf(call: Call, session: Any, wanted: Any) -> Any:
    from sqlalchemy import text

    filled = await session.execute(
        text("UPDATE variants SET stock = :full WHERE id = ANY(:wanted) AND stock = 0"),
        {"full": FULL_SHELF, "wanted": list(wanted)},
    )
    if filled.rowcount:
        call.reached()
    return await call.original(session, wanted)


@stock_not_taken.plant("backend.orders.service:take_stock")
async def _leave_it(call: Call, session: Any, quantities: Any, quote_id: Any) -> Json:
    call.reached()
    return {}


@shows_hidden.plant("agent.tools.toolbox:TurnTools.search")
async def _never_nothing(call: Call, tools: Any, query: str, limit: int) -> list[str]:
    found: list[str] = await call.original(tools, query, limit)
    return found or [str(uuid4())]


@shows_hidden.plant("backend.catalog.routes:visible_cards")
async def _with_the_hidden(call: Call, session: Any, product_ids: Any, **more: Any) -> Any:
    from sqlalchemy import text

    shown = await session.execute(text("UPDATE products SET visible = true WHERE NOT visible RETURNING id"))
    hidden = list(shown.scalars())
    if hidden:
        call.reached()
    return await call.original(session, [*hidden, *product_ids], **more)
