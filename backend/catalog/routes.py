"""Products over HTTP: the tenant's own calls, the agent's tools, and the feed of its search index."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bell import Bell
from backend.catalog import service
from backend.catalog.cards import card_evidence, shown, visible_cards
from backend.catalog.feed import read_changes, read_synonyms
from backend.catalog.feed_schemas import Changes, SynonymChanges
from backend.catalog.pictures import show
from backend.catalog.schemas import (
    BulkProducts,
    BulkResult,
    CardsArguments,
    NewProduct,
    PictureArguments,
    ProductArguments,
    ProductChange,
    ProductView,
)
from backend.catalog.stock_routes import ReservationController, VariantController
from backend.catalog.synonym_routes import SynonymController
from backend.catalog.views import product_views
from backend.conversations.journal import ToolAnswer, ToolCall, write_once
from backend.errors import NotFound
from backend.fields import Page
from backend.scopes import ServiceScope, TenantScope, TurnScope

Limit = Annotated[int, QueryParameter(ge=1, le=100)]
Lang = Annotated[str | None, QueryParameter(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class ProductController(Controller):
    """The catalog of the tenant whose key it is."""

    path = "/v1/products"
    tags = ("catalog",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewProduct]) -> ProductView:
        """A new product with its variants. 409 `sku-taken`."""
        async with tenant.transaction() as session:
            return await _view(session, await service.create_product(session, data))

    @post("/bulk", status_code=200)
    async def bulk(
        self,
        tenant: NamedDependency[TenantScope],
        data: JSONBody[BulkProducts],
        on_error: FromQuery[Literal["stop", "skip"]] = "stop",
    ) -> BulkResult:
        """Up to 500 products; known SKUs replace, all or nothing. 409 `sku-taken`; with `on_error=skip` those that fit
        are written, and the others told."""
        if on_error == "stop":
            data.expect_all()
        async with tenant.transaction() as session:
            if on_error == "skip":
                return await service.save_fitting(session, data)
            ids, created = await service.save_products(session, data.products)
        return BulkResult(created=created, updated=len(ids) - created, ids=[*ids], problems=[])

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        category: FromQuery[str | None] = None,
        visible: FromQuery[bool | None] = None,
        lang: Lang = None,
    ) -> Page[ProductView]:
        """Products, oldest first; of a category with all below it, and with `lang` in the words of that language."""
        async with tenant.transaction() as session:
            found = await service.list_products(session, cursor, limit + 1, category, visible)
            shown = found[:limit]
            items = await product_views(session, shown, lang)
        return Page(items=items, next_cursor=str(shown[-1].id) if len(found) > limit else None)

    @get("/{product_id:uuid}")
    async def show(
        self, tenant: NamedDependency[TenantScope], product_id: FromPath[UUID], lang: Lang = None
    ) -> ProductView:
        """One product, with `lang` in the words of that language where they are translated."""
        async with tenant.transaction() as session:
            return await _view(session, product_id, lang)

    @put("/{product_id:uuid}")
    async def replace(
        self, tenant: NamedDependency[TenantScope], product_id: FromPath[UUID], data: JSONBody[NewProduct]
    ) -> ProductView:
        """Writes it anew; variants whose SKU stays keep their id."""
        async with tenant.transaction() as session:
            await service.replace_product(session, product_id, data)
            return await _view(session, product_id)

    @patch("/{product_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], product_id: FromPath[UUID], data: JSONBody[ProductChange]
    ) -> ProductView:
        """Changes the fields that are given."""
        async with tenant.transaction() as session:
            await service.change_product(session, product_id, data)
            return await _view(session, product_id)

    @delete("/{product_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], product_id: FromPath[UUID]) -> None:
        """Takes it out of the catalog; past orders keep its lines."""
        async with tenant.transaction() as session:
            await service.delete_product(session, product_id)


class CatalogTools(Controller):
    """What the agent may ask about products. Reads."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/product_cards", status_code=200)
    async def product_cards(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[CardsArguments]]
    ) -> ToolAnswer:
        """Cards of what the agent's index found; hidden and deleted ones are left out."""
        return await _answer(turn, data.arguments.product_ids, "search_products")

    @post("/get_product", status_code=200)
    async def get_product(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[ProductArguments]]
    ) -> ToolAnswer:
        """One card; 404 if it is hidden, deleted or unknown."""
        answer = await _answer(turn, [data.arguments.product_id], "get_product")
        if not answer.result["products"]:
            raise NotFound("There is no such product on sale; search_products finds what there is.")
        return ToolAnswer(result=answer.result["products"][0], evidence=answer.evidence)

    @post("/show_pictures", status_code=200)
    async def show_pictures(
        self, turn: NamedDependency[TurnScope], bell: NamedDependency[Bell], data: JSONBody[ToolCall[PictureArguments]]
    ) -> ToolAnswer:
        """Write. Sends the customer a picture of each of these products, three at most. 409 `person-in-charge`; 422
        `no-pictures`."""
        answer = await write_once(turn, "show_pictures", data, lambda session: show(session, turn, data.arguments))
        await bell.ring("outbox")
        return answer


class CatalogFeed(Controller):
    """For the agent's search index."""

    path = "/internal/catalog"
    tags = ("internal",)

    @get("/changes")
    async def changes(
        self,
        service: NamedDependency[ServiceScope],
        after: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 500,
    ) -> Changes:
        """Products and services that changed after the cursor, over all tenants."""
        return await read_changes(service.database, after, limit)

    @get("/synonyms")
    async def synonyms(
        self,
        service: NamedDependency[ServiceScope],
        after: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 500,
    ) -> SynonymChanges:
        """Lists of synonyms that changed after the cursor, over all tenants."""
        return await read_synonyms(service.database, after, limit)


async def _answer(turn: TurnScope, product_ids: list[UUID], source: str) -> ToolAnswer:
    async with turn.transaction() as session:
        cards = await visible_cards(session, product_ids, contact_id=turn.contact_id)
    return ToolAnswer(result={"products": [shown(card) for card in cards]}, evidence=card_evidence(cards, source))


async def _view(session: AsyncSession, product_id: UUID, language: str | None = None) -> ProductView:
    return (await product_views(session, [await service.get_product(session, product_id)], language))[0]


CONTROLLERS = [
    ProductController,
    VariantController,
    ReservationController,
    SynonymController,
    CatalogTools,
    CatalogFeed,
]
