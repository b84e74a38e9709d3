"""What is left of some variants at this moment, with the evidence that lets the agent say so."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.cards import card_evidence, visible_cards
from backend.catalog.models import Variant
from backend.catalog.schemas import VariantCard
from backend.catalog.searching import folded
from backend.conversations.journal import ToolAnswer
from backend.errors import NotFound
from backend.fields import Line

SOURCE = "check_stock"


class StockArguments(BaseModel):
    """Arguments of `check_stock`: variants, or one product's, of which `options` may name some."""

    model_config = ConfigDict(extra="forbid")

    variant_ids: list[UUID] = Field(default_factory=list, max_length=20)
    product_id: UUID | None = None
    options: dict[Line, Line] = Field(default_factory=dict)


async def stock_of(session: AsyncSession, asked: StockArguments, contact_id: UUID) -> ToolAnswer:
    """`{"variants": [{id, name, options, price, stock}]}` in the shop's order. NotFound if there is none on sale."""
    products = set(await session.scalars(select(Variant.product_id).where(Variant.id.in_(asked.variant_ids))))
    if asked.product_id is not None:
        products.add(asked.product_id)
    cards = await visible_cards(session, sorted(products), contact_id=contact_id)
    for card in cards:
        card.variants = [one for one in card.variants if _is_asked_for(one, card.id, asked)]
    cards = [card for card in cards if card.variants]
    if not cards:
        raise NotFound("There is no such variant on sale; get_product shows those there are.")
    variants = [
        one.model_dump(mode="json", include={"id", "name", "options", "price", "stock"})
        for card in cards
        for one in card.variants
    ]
    told = {one["id"] for one in variants}
    proof = [item for item in card_evidence(cards, SOURCE) if item["subject"]["id"] in told]
    return ToolAnswer(result={"variants": variants}, evidence=proof)


def _is_asked_for(variant: VariantCard, product_id: UUID, asked: StockArguments) -> bool:
    if variant.id in asked.variant_ids:
        return True
    return product_id == asked.product_id and _has(variant.options, asked.options)


def _has(own: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """`azul` is `azul marino`; an option the variant does not have by that name counts by its value."""
    values = {folded(name): set(folded(value).split()) for name, value in own.items()}
    return all(
        any(
            set(folded(value).split()) <= have
            for have in ([values[folded(name)]] if folded(name) in values else values.values())
        )
        for name, value in wanted.items()
    )
