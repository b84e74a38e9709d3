"""What the API says about erasures and archives."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backend.privacy.media import files
from backend.privacy.models import Erasure


class ErasureView(BaseModel):
    """A receipt: how many rows of each table were deleted, blanked or kept, how many threads of the agent are gone, and
    how many files that customers and business sent each other, which channel providers keep copies of.

    `running`: nothing is left in the records, and the agent's threads and the providers' files follow; a provider that
    does not answer is asked again until it does. `contact_id` leads nowhere any more.
    """

    id: UUID
    reason: str
    contact_id: UUID | None
    requested_by: str
    status: str
    counts: dict[str, dict[str, int]]
    threads_erased: int
    threads_left: int
    media_erased: int
    media_left: int
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, receipt: Erasure) -> "ErasureView":
        own = {name: getattr(receipt, name) for name in cls.model_fields if name not in ("threads_left", "media_left")}
        return cls(**own, threads_left=len(receipt.threads), media_left=files(receipt.media))


class ArchiveView(BaseModel):
    """Everything there is of a contact: rows by table, and the agent's memory of each conversation."""

    version: int
    made_at: datetime
    tenant_id: UUID
    contact_id: UUID
    tables: dict[str, list[dict[str, Any]]]
    threads: dict[str, dict[str, Any]]
