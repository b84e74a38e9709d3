"""Products and their variants. The agent's search index follows `revision`."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import (
    CURRENT_TRANSACTION,
    Instant,
    Json,
    JsonList,
    Record,
    TenantRecord,
    tenant_reference,
    tenant_table,
)


class Product(TenantRecord):
    """What is sold; price and stock live on its variants, of which it has at least one."""

    __tablename__ = "products"
    __table_args__ = tenant_table(Index("ix_products_revision", "revision", "id"))

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    brand: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    """A path, the widest first: "Calzado > Botas"."""
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    visible: Mapped[bool] = mapped_column(default=True)
    images: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))
    """Addresses of pictures, the best first."""
    kind: Mapped[str] = mapped_column(Text, default="product", server_default=text("'product'"))
    """product or service."""
    attributes: Mapped[Json] = mapped_column(default=dict, server_default=text("'{}'"))
    """{"material": "cuero"}, of all variants alike."""
    translations: Mapped[Json] = mapped_column(default=dict, server_default=text("'{}'"))
    """{"en": {"name": "Leather boot", "description": "..."}}; what is left out is as in the product itself."""
    synonyms: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    """What customers call this product besides its name."""
    deleted_at: Mapped[Instant | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    """Id of the transaction that last changed the product or a variant (kept by a trigger). Readers of the change
    feed take rows below `pg_snapshot_xmin(pg_current_snapshot())` only, so none can commit behind their cursor."""


class Variant(TenantRecord):
    """One thing that can be bought."""

    __tablename__ = "variants"
    __table_args__ = tenant_table(
        tenant_reference("product_id", "products"),
        UniqueConstraint("tenant_id", "sku"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        Index("ix_variants_product", "tenant_id", "product_id"),
        Index("ix_variants_price_due", "price_due_at", postgresql_where=text("price_due_at IS NOT NULL")),
    )

    product_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(Text)
    options: Mapped[Json] = mapped_column(default=dict)
    """{"size": "38", "color": "azul"}."""
    price: Mapped[int] = mapped_column(BigInteger)
    """Minor units of the tenant's currency; what is asked while no timed price holds."""
    prices: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))
    """Timed prices, [{"amount", "starts_at", "ends_at"}]; what holds at an instant is said by `prices.py`."""
    price_due_at: Mapped[Instant | None]
    """When the next timed price starts or ends."""
    stock: Mapped[int] = mapped_column(default=0)
    """How many there are, reserved ones included."""
    reserved: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many of them reservations keep, also ones that have expired and were not yet cleared away."""
    barcode: Mapped[str | None] = mapped_column(Text)
    """GTIN (EAN, UPC) or the shop's own code."""
    image: Mapped[str | None] = mapped_column(Text)
    """Address of a picture of this variant."""
    position: Mapped[int] = mapped_column(default=0)


class StockReservation(TenantRecord):
    """Part of a variant's stock that is kept for somebody until `expires_at`. `Variant.reserved` is the sum of these
    rows; `reservations.py` alone writes either."""

    __tablename__ = "stock_reservations"
    __table_args__ = tenant_table(
        tenant_reference("variant_id", "variants"),
        tenant_reference("quote_id", "quotes", ondelete="SET NULL"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_stock_reservations_variant", "tenant_id", "variant_id"),
        Index("ix_stock_reservations_quote", "tenant_id", "quote_id", postgresql_where=text("quote_id IS NOT NULL")),
        Index("ix_stock_reservations_expiry", "expires_at"),
    )

    variant_id: Mapped[UUID]
    quantity: Mapped[int]
    expires_at: Mapped[Instant]
    quote_id: Mapped[UUID | None]
    """The quote it was made by; the order of that quote uses it up."""
    reference: Mapped[str | None] = mapped_column(Text)
    """What it is for in the words of the shop's other systems."""


class SearchSynonyms(TenantRecord):
    """Words that mean the same to the customers of this tenant."""

    __tablename__ = "search_synonyms"
    __table_args__ = tenant_table(Index("ix_search_synonyms_revision", "revision", "id"))

    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    one_way: Mapped[bool] = mapped_column(default=False)
    """The first word also finds the others, and they do not find it."""
    deleted_at: Mapped[Instant | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    """As of products."""


class RemovedService(Record):
    """A service of the booking side that is no more, for readers of the change feed; a trigger notes it."""

    __tablename__ = "removed_services"
    __table_args__ = tenant_table(Index("ix_removed_services_revision", "revision", "id"))

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    """As of products."""
