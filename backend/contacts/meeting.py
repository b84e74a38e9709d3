"""Somebody writes for the first time, or under a further name: the statements of the message path."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.contacts.models import IdentityKind
from backend.database import new_id
from backend.statements import Statement

PERSON = Statement("""
WITH person AS (
    INSERT INTO contacts (tenant_id, id, name, details, tags, bot_enabled, first_seen_at, last_seen_at, created_at,
                          updated_at)
    VALUES (:tenant_id, :contact_id, :name, '{}', '{}', true, :now, :now, :now, :now)
)
INSERT INTO identities (tenant_id, id, contact_id, kind, value, created_at, updated_at)
SELECT :tenant_id, given.id, :contact_id, given.kind, given.value, :now, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:values AS text[])) AS given(id, kind, value)
""")
"""A new contact with its identities; a unique constraint speaks up if one of them was taken meanwhile."""

IDENTITIES = Statement("""
INSERT INTO identities (tenant_id, id, contact_id, kind, value, created_at, updated_at)
SELECT :tenant_id, given.id, :contact_id, given.kind, given.value, :now, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:values AS text[])) AS given(id, kind, value)
ON CONFLICT (tenant_id, kind, value) DO NOTHING
""")
"""Further ways to recognise a contact; one that belongs to somebody else stays theirs."""


def acquaintance(
    tenant_id: UUID,
    contact_id: UUID,
    identities: Sequence[tuple[IdentityKind, str]],
    now: datetime,
    name: str | None = None,
) -> dict[str, Any]:
    """What both statements take."""
    return {
        "tenant_id": tenant_id,
        "contact_id": contact_id,
        "name": name,
        "ids": [new_id() for _ in identities],
        "kinds": [kind for kind, _ in identities],
        "values": [value for _, value in identities],
        "now": now,
    }
