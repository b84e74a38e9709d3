"""Evidence as the backend mints it, in the shape the agent and its observer read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.database import new_id


def evidence(
    kind: str,
    subject_type: str,
    subject_id: UUID | str,
    name: str,
    value: dict[str, Any],
    source: str,
    expires_at: datetime | None = None,
    aliases: tuple[str, ...] = (),
) -> dict[str, Any]:
    """One value with its subject. `name` and `aliases` are what a reply may call the subject; money in `value` is
    minor units + ISO 4217, instants are ISO 8601 with the business's offset. Kinds: price, stock, slot, quote ..."""
    return {
        "id": str(new_id()),
        "kind": kind,
        "subject": {"type": subject_type, "id": str(subject_id), "name": name, "aliases": list(aliases)},
        "value": value,
        "source": source,
        "expires_at": expires_at.isoformat() if expires_at else None,
    }
