"""What the API says about changes."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from backend.audit.models import AuditEntry

Action = Literal["insert", "update", "delete"]


class ChangeView(BaseModel):
    """One change of one row. `changes` names each column with its old and new value; a secret is only said to have
    changed, and null stands where the values were erased. `request_id` is the X-Request-Id of the call behind it."""

    id: str
    at: datetime
    actor: str
    request_id: str | None
    action: str
    table: str
    row_id: str
    changes: dict[str, Any] | None

    @classmethod
    def of(cls, entry: AuditEntry) -> "ChangeView":
        return cls(
            id=str(entry.sequence),
            at=entry.at,
            actor=entry.actor,
            request_id=entry.request_id,
            action=entry.action,
            table=entry.table_name,
            row_id=entry.row_id,
            changes=entry.changes,
        )
