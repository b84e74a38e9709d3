"""The team of a business. It never loses its last admin."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Conversation
from backend.database import tenant_of
from backend.errors import Conflict, Forbidden, NotFound
from backend.permissions import SCOPES_OF, Role, covers
from backend.team.models import Invitation, Membership, User
from backend.team.schemas import MemberView
from backend.tenants.keys import revoke_keys_of


async def list_members(session: AsyncSession, after: UUID | None, limit: int) -> list[MemberView]:
    """Members, oldest first."""
    query = _members().order_by(Membership.id).limit(limit)
    if after is not None:
        query = query.where(Membership.id > after)
    return [_view(row) for row in await session.execute(query)]


async def get_member(session: AsyncSession, member_id: UUID) -> MemberView:
    """One member; NotFound."""
    row = (await session.execute(_members().where(Membership.id == member_id))).one_or_none()
    if row is None:
        raise _unknown()
    return _view(row)


async def change_role(session: AsyncSession, scopes: Iterable[str], member_id: UUID, role: Role) -> MemberView:
    """Another role for a member; keys and open invitations of theirs that give more end. Forbidden for one above the
    caller's own; Conflict of type last-admin; NotFound."""
    expect_grantable(scopes, role)
    member = await _to_change(session, scopes, member_id)
    if role != Role.ADMIN:
        await _expect_another_admin(session, member)
    member.role = role.value
    await session.flush()
    await _take_back(session, member.user_id, SCOPES_OF[role])
    return await get_member(session, member_id)


async def remove_member(session: AsyncSession, scopes: Iterable[str], member_id: UUID) -> None:
    """Ends a membership, with the keys and open invitations of theirs; what was their job is nobody's. Raises
    what `change_role` raises."""
    member = await _to_change(session, scopes, member_id)
    await _expect_another_admin(session, member)
    await session.delete(member)
    await session.flush()
    await _take_back(session, member.user_id, ())
    await session.execute(
        update(Conversation).where(Conversation.assigned_to == member.user_id).values(assigned_to=None)
    )


async def leave(session: AsyncSession, user_id: UUID) -> None:
    """Ends somebody's own membership. NotFound; Conflict of type last-admin."""
    member_id = await session.scalar(select(Membership.id).where(Membership.user_id == user_id))
    if member_id is None:
        raise NotFound("You have no such business; GET /v1/me/businesses lists yours.")
    await remove_member(session, SCOPES_OF[Role.ADMIN], member_id)


def expect_grantable(scopes: Iterable[str], role: Role) -> None:
    """Nobody makes anybody more than they are: Forbidden of type role-too-high."""
    if not covers(scopes, SCOPES_OF[role]):
        raise Forbidden(f"The role {role.value} may do more than you; ask an admin.", type="role-too-high")


async def _to_change(session: AsyncSession, scopes: Iterable[str], member_id: UUID) -> Membership:
    # Every admin's row is locked, in order, so that two of them cannot remove each other at the same moment.
    await session.execute(
        select(Membership.id).where(Membership.role == Role.ADMIN).order_by(Membership.id).with_for_update()
    )
    member = await session.get(Membership, (tenant_of(session), member_id), with_for_update=True)
    if member is None:
        raise _unknown()
    expect_grantable(scopes, Role(member.role))
    return member


async def _take_back(session: AsyncSession, user_id: UUID, scopes: Iterable[str]) -> None:
    """What a member handed on ends with their right to: keys, and invitations that nobody accepted yet."""
    await revoke_keys_of(session, user_id, scopes)
    query = select(Invitation).where(
        Invitation.invited_by == user_id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
    )
    for invitation in await session.scalars(query):
        if not covers(scopes, SCOPES_OF[Role(invitation.role)]):
            invitation.revoked_at = clock.machine_now()
    await session.flush()


async def _expect_another_admin(session: AsyncSession, member: Membership) -> None:
    others = select(Membership.id).where(Membership.role == Role.ADMIN, Membership.id != member.id).limit(1)
    if member.role == Role.ADMIN and await session.scalar(others) is None:
        raise Conflict("A business keeps at least one admin; make somebody else admin first.", type="last-admin")


def _members() -> Select[Any]:
    return select(
        Membership.id,
        Membership.user_id,
        User.email,
        User.name,
        Membership.role,
        User.email_verified_at,
        Membership.created_at,
    ).join(User, User.id == Membership.user_id)


def _view(row: Any) -> MemberView:
    return MemberView(
        id=row.id,
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        email_verified=row.email_verified_at is not None,
        joined_at=row.created_at,
    )


def _unknown() -> NotFound:
    return NotFound("There is no such member; GET /v1/members lists them.")
