"""What the API says about erasures and archives."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backend.privacy.models import Erasure


class ErasureView(BaseModel):
    """A receipt: how many rows of each table were deleted, blanked or kept, and how many threads of the agent are gone.

    `running`: nothing is left in the records, and the agent's threads follow. `contact_id` leads nowhere any more.
    """

    id: UUID
    reason: str
    contact_id: UUID | None
    requested_by: str
    status: str
    counts: dict[str, dict[str, int]]
    threads_erased: int
    threads_left: int
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, receipt: Erasure) -> "ErasureView":
        own = {name: getattr(receipt, name) for name in cls.model_fields if name != "threads_left"}
        return cls(**own, threads_left=len(receipt.threads))


class ArchiveView(BaseModel):
    """Everything there is of a contact: rows by table, and the agent's memory of each conversation."""

    version: int
    made_at: datetime
    tenant_id: UUID
    contact_id: UUID
    tables: dict[str, list[dict[str, Any]]]
    threads: dict[str, dict[str, Any]]
