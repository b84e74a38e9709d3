"""Quotes and orders over HTTP: the tenant's own calls and the agent's tools."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.conversations.journal import ToolAnswer, ToolCall, write_once
from backend.errors import Unprocessable
from backend.fields import Page
from backend.orders import quotes, service
from backend.orders.models import OrderStatus
from backend.orders.schemas import OrderArguments, OrderView, PlaceArguments, QuoteArguments, QuoteView
from backend.scopes import TenantScope, TurnScope


class OrderController(Controller):
    """Orders of the tenant whose key it is."""

    path = "/v1/orders"
    tags = ("orders",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
        status: FromQuery[OrderStatus | None] = None,
        contact_id: FromQuery[UUID | None] = None,
        first: Annotated[datetime | None, QueryParameter(name="from")] = None,
        last: Annotated[datetime | None, QueryParameter(name="to")] = None,
        sort: FromQuery[service.Sort] = "-created_at",
    ) -> Page[OrderView]:
        """Orders, newest first unless `sort` says otherwise; `from` and `to` are instants, `to` is not included."""
        wanted = service.Wanted(status, contact_id, first, last, sort)
        async with tenant.transaction() as session:
            found, following = await service.list_orders(session, wanted, cursor, limit)
        return Page(items=[OrderView.of(order) for order in found], next_cursor=following)

    @get("/{order_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], order_id: FromPath[UUID]) -> OrderView:
        """One order."""
        async with tenant.transaction() as session:
            return OrderView.of(await service.get_order(session, order_id))


class QuoteController(Controller):
    """Quotes of the tenant whose key it is."""

    path = "/v1/quotes"
    tags = ("orders",)

    @get("/{quote_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], quote_id: FromPath[UUID]) -> QuoteView:
        """One quote."""
        async with tenant.transaction() as session:
            return QuoteView.of(await quotes.get_quote(session, quote_id))


class OrderTools(Controller):
    """What the agent does about orders."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/create_quote", status_code=200)
    async def create_quote(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[QuoteArguments]]
    ) -> ToolAnswer:
        """Write. A quote and the proposal to order it. 404 not on sale, 422 `not-enough-stock`."""
        return await write_once(
            turn, "create_quote", data, lambda session: quotes.create_quote(session, turn, data.arguments)
        )

    @post("/place_order", status_code=200)
    async def place_order(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[PlaceArguments]]
    ) -> ToolAnswer:
        """Irreversible. 409 `proposal-not-answered`, `quote-expired`, `out-of-stock`."""
        message_id = data.message_id
        if message_id is None:
            raise Unprocessable("place_order needs `message_id`: the customer's message that agreed.")
        return await write_once(
            turn, "place_order", data, lambda session: service.place_order(session, turn, data.arguments, message_id)
        )

    @post("/order_status", status_code=200)
    async def order_status(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[OrderArguments]]
    ) -> ToolAnswer:
        """Read. An order of this customer, the latest if no code is given."""
        async with turn.transaction() as session:
            card = await service.order_status(session, turn.contact_id, data.arguments.order_code)
        return ToolAnswer(result=card.result, evidence=card.evidence)


CONTROLLERS = [OrderController, QuoteController, OrderTools]
