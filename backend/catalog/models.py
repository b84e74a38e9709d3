"""Products and their variants. The agent's search index follows `revision`."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, JsonList, TenantRecord, tenant_reference, tenant_table

CURRENT_TRANSACTION = text("(pg_current_xact_id()::text::bigint)")


class Product(TenantRecord):
    """What is sold; price and stock live on its variants, of which it has at least one."""

    __tablename__ = "products"
    __table_args__ = tenant_table(Index("ix_products_revision", "revision", "id"))

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    brand: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    visible: Mapped[bool] = mapped_column(default=True)
    images: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))
    """Addresses of pictures, the best first."""
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
        Index("ix_variants_product", "tenant_id", "product_id"),
    )

    product_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(Text)
    options: Mapped[Json] = mapped_column(default=dict)
    """{"size": "38", "color": "azul"}."""
    price: Mapped[int] = mapped_column(BigInteger)
    """Minor units of the tenant's currency."""
    stock: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
