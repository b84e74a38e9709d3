"""The lock of an identity: whoever receives a message holds that of its sender, and so does whoever erases a contact or
joins two."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Identity, IdentityKind
from backend.database import tenant_of
from backend.locks import lock_by_name
from backend.statements import lock_key


def lock_name(tenant_id: UUID, kind: str, value: str) -> str:
    """Of one identity."""
    return f"contact:{tenant_id}:{kind}:{value}"


async def lock_number(session: AsyncSession, number: str) -> None:
    """That of whoever writes from a number (E.164, with its plus), known or not, until the transaction ends."""
    await lock_by_name(session, lock_name(tenant_of(session), IdentityKind.WA_ID, number[1:]))


async def lock_identities(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Every identity of these contacts, until the transaction ends; always in the same order, so that two who want
    several do not wait for each other."""
    rows = await session.execute(select(Identity.kind, Identity.value).where(Identity.contact_id.in_(contact_ids)))
    names = {lock_name(tenant_of(session), row.kind, row.value) for row in rows}
    for name in sorted(names, key=lock_key):
        await lock_by_name(session, name)
