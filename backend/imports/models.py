"""Imports of catalogs, what was wrong in their files, and what they changed, so that it can be undone."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import (
    Instant,
    Json,
    JsonList,
    PartRecord,
    TenantRecord,
    tenant_reference,
    tenant_table,
)


class Status(StrEnum):
    UPLOADED = "uploaded"
    """Waits for a worker."""
    CHECKING = "checking"
    CHECKED = "checked"
    """A dry run is over: nothing was changed, and it can be applied."""
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


ACTIVE = (Status.UPLOADED, Status.CHECKING, Status.IMPORTING, Status.UNDOING)
"""What a worker has to do with."""
_ACTIVE_SQL = f"status IN ({', '.join(repr(str(status)) for status in ACTIVE)})"


class CatalogImport(TenantRecord):
    """One file on its way into the catalog. Whoever works on it holds its lease; a batch of products and how far the
    import is are one commit."""

    __tablename__ = "catalog_imports"
    __table_args__ = tenant_table(
        Index("ix_catalog_imports_due", "lease_until", postgresql_where=text(_ACTIVE_SQL)),
        Index("ix_catalog_imports_active", "tenant_id", unique=True, postgresql_where=text(_ACTIVE_SQL)),
    )

    file_id: Mapped[UUID | None]
    """Of the file store; None once it is not needed any more."""
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    format: Mapped[str] = mapped_column(Text)
    columns: Mapped[Json] = mapped_column(default=dict)
    """What the caller said of the heading: {"Nombre": "name"}."""
    ignored: Mapped[JsonList] = mapped_column(default=list)
    """Headings that say nothing to us."""
    dry_run: Mapped[bool]
    missing: Mapped[str] = mapped_column(Text)
    """keep or hide: what becomes of products that the file has not."""
    asked_by: Mapped[str] = mapped_column(Text)
    """On whose behalf products are changed."""
    status: Mapped[str] = mapped_column(Text, default=Status.UPLOADED)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it failed, and what to do."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Fences whoever lost the lease."""
    tries: Mapped[int] = mapped_column(default=0)
    """Attempts since something was committed."""
    lease_until: Mapped[Instant]
    """Machine time; in the past while it waits."""
    rows: Mapped[int] = mapped_column(default=0)
    bytes_read: Mapped[int] = mapped_column(BigInteger, default=0)
    products: Mapped[int | None]
    """How many the file has, once it is read to its end."""
    position: Mapped[int] = mapped_column(default=0)
    """How many of them are done."""
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    hidden: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    notes: Mapped[int] = mapped_column(default=0)
    restored: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    """By its undoing: products put back or removed, and those that were edited since and stay."""
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]


class ImportFault(PartRecord):
    """Something that is wrong in a file."""

    __tablename__ = "import_faults"
    __table_args__ = tenant_table(
        tenant_reference("import_id", "catalog_imports"),
        Index("ix_import_faults_import", "tenant_id", "import_id", "row", "id"),
    )

    import_id: Mapped[UUID]
    level: Mapped[str] = mapped_column(Text)
    """error or note."""
    row: Mapped[int]
    line: Mapped[int]
    column: Mapped[str] = mapped_column("heading", Text)
    value: Mapped[str] = mapped_column(Text)
    wrong: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)


class ImportChange(PartRecord):
    """What an import did to one product."""

    __tablename__ = "import_changes"
    __table_args__ = tenant_table(
        tenant_reference("import_id", "catalog_imports"),
        tenant_reference("product_id", "products"),
        UniqueConstraint("tenant_id", "import_id", "product_id"),
        Index("ix_import_changes_product", "tenant_id", "product_id"),
        Index("ix_import_changes_open", "tenant_id", "import_id", "id", postgresql_where=text("outcome IS NULL")),
    )

    import_id: Mapped[UUID]
    product_id: Mapped[UUID]
    before: Mapped[Json | None]
    """The product as JSON of `NewProduct`; None for one that the import made."""
    after: Mapped[Json]
    """{"mark": what it was left like, without stock; "stock": {sku: count}}."""
    outcome: Mapped[str | None] = mapped_column(Text)
    """What its undoing did: restored, or kept as it was edited since."""
