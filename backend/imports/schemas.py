"""What the API says about imports."""

from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, Json

from backend import clock
from backend.fields import Line, at_most
from backend.imports.models import ACTIVE, CatalogImport, ImportFault, Status

FormatName = Literal["shopify", "woocommerce", "google", "plain"]
Missing = Literal["keep", "hide"]
State = Literal["uploaded", "checking", "checked", "importing", "done", "failed", "cancelled", "undoing", "undone"]
Columns = Annotated[dict[Line, Line], at_most(100)]
_READING_SHARE = 0.2
"""Of the whole way, until a file is read to its end; the rest is comparing and writing."""


class NewImport(BaseModel):
    """How a file is to be imported."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")] | None = None
    format: FormatName | None = None
    """None: by its heading."""
    dry_run: bool = False
    """Checks and counts, and changes nothing; `apply` does it then."""
    missing: Missing = "keep"
    """hide: products of which no SKU is in the file are hidden."""
    columns: Json[Columns] | None = None
    """What columns of the business's own are, as JSON: `{"Nombre del artículo": "name"}`."""


class Counts(BaseModel):
    """Products of the file, but for `hidden`; with `dry_run` what would become of them."""

    created: int
    updated: int
    unchanged: int
    failed: int
    hidden: int
    """Products that the file has not."""
    errors: int
    """Each keeps its product out of the catalog as a whole."""
    notes: int
    """What was taken differently from how it is written."""


class Progress(BaseModel):
    percent: Annotated[float, Field(ge=0, le=100)]
    eta_seconds: int | None
    """From how long it took so far; null while that tells nothing."""
    rows: int
    bytes_read: int
    products_done: int
    products: int | None
    """Null until the file is read to its end."""


class Undone(BaseModel):
    """What an undoing did."""

    restored: int
    kept: int
    """Products that were edited since the import, and stay."""


class ImportView(BaseModel):
    """An import of a catalog."""

    id: UUID
    name: str
    size: int
    """Bytes."""
    format: FormatName
    dry_run: bool
    missing: Missing
    status: State
    reason: str | None
    """Why it failed, and what to do."""
    ignored_columns: list[str]
    """Headings that say nothing to us."""
    progress: Progress
    counts: Counts
    undo: Undone
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: CatalogImport) -> "ImportView":
        counts = Counts.model_validate(row, from_attributes=True)
        return cls(
            id=row.id,
            name=row.name,
            size=row.size,
            format=cast(FormatName, row.format),
            dry_run=row.dry_run,
            missing=cast(Missing, row.missing),
            status=cast(State, row.status),
            reason=row.reason,
            ignored_columns=row.ignored,
            progress=_progress(row),
            counts=counts,
            undo=Undone(restored=row.restored, kept=row.kept),
            started_at=row.started_at,
            finished_at=row.finished_at,
            created_at=row.created_at,
        )


class FaultView(BaseModel):
    """Something that is wrong in a file; `row` counts as a spreadsheet does, the heading being 1, and is 0 for what
    concerns the file as a whole."""

    id: UUID
    level: Literal["error", "note"]
    row: int
    line: int
    column: str
    value: str
    wrong: str
    remedy: str

    @classmethod
    def of(cls, row: ImportFault) -> "FaultView":
        return cls.model_validate(row, from_attributes=True)


def _progress(row: CatalogImport) -> Progress:
    share = _share(row)
    eta = None
    if row.status in ACTIVE and row.started_at is not None and share > 0.02:
        elapsed = (clock.machine_now() - row.started_at).total_seconds()
        eta = round(elapsed * (1 - share) / share)
    return Progress(
        percent=round(100 * share, 1),
        eta_seconds=eta,
        rows=row.rows,
        bytes_read=row.bytes_read,
        products_done=row.position,
        products=row.products,
    )


def _share(row: CatalogImport) -> float:
    if row.status in (Status.DONE, Status.CHECKED, Status.UNDONE):
        return 1.0
    if row.status == Status.UNDOING:
        return min((row.restored + row.kept) / max(row.created + row.updated + row.hidden, 1), 1.0)
    if row.products is None:
        return _READING_SHARE * min(row.bytes_read / max(row.size, 1), 1.0)
    return _READING_SHARE + (1 - _READING_SHARE) * (row.position / row.products if row.products else 1)
