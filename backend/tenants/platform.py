"""What the operator does with businesses: sees that they are there, suspends and resumes them."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.errors import Conflict, NotFound
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.team.models import Membership, User
from backend.tenants.models import Tenant, TenantStatus
from backend.tenants.schemas import PlatformAdminView, TenantSummary
from backend.tenants.service import load_tenant, tenant_by_slug

log = structlog.get_logger()


async def list_tenants(
    session: AsyncSession, search: str | None, status: TenantStatus | None, before: UUID | None, limit: int
) -> list[TenantSummary]:
    """Newest first, in the transaction of people."""
    query = _summaries().order_by(Tenant.id.desc()).limit(limit)
    if search:
        query = query.where(
            or_(Tenant.name.icontains(search, autoescape=True), Tenant.slug.icontains(search, autoescape=True))
        )
    if status is not None:
        query = query.where(Tenant.status == status)
    if before is not None:
        query = query.where(Tenant.id < before)
    return [TenantSummary.model_validate(row, from_attributes=True) for row in await session.execute(query)]


async def show_tenant(session: AsyncSession, slug: str) -> TenantSummary:
    """One business; NotFound."""
    tenant_id = await tenant_by_slug(session, slug)
    row = (await session.execute(_summaries().where(Tenant.id == tenant_id))).one()
    return TenantSummary.model_validate(row, from_attributes=True)


async def set_status(database: Database, actor: str, slug: str, status: TenantStatus, reason: str) -> None:
    """Suspends or resumes; nothing happens to a business that is so already. NotFound."""
    async with database.queue() as queue:
        tenant_id = await tenant_by_slug(queue, slug)
    async with database.tenant(tenant_id, actor) as session:
        tenant = await load_tenant(session)
        if tenant.status == status:
            return
        tenant.status = status.value
        suspended = status == TenantStatus.SUSPENDED
        said = f"The business was {'suspended' if suspended else 'resumed'}{f': {reason}' if reason else '.'}"
        severity = Severity.WARNING if suspended else Severity.INFO
        await note(session, severity, "platform", f"tenant.{status.value}", said, actor=actor)
    log.info(f"tenant.{status.value}", tenant=str(tenant_id))


async def list_admins(session: AsyncSession) -> list[PlatformAdminView]:
    """Every platform admin."""
    rows = await session.scalars(select(User).where(User.platform_admin.is_(True)).order_by(User.id))
    return [PlatformAdminView.of(user) for user in rows]


async def name_admin(session: AsyncSession, actor: str, email: str) -> PlatformAdminView:
    """Makes somebody a platform admin, and tells the event log; NotFound; Conflict of type email-unverified."""
    user = await session.scalar(select(User).where(User.email == email).with_for_update())
    if user is None:
        raise NotFound("There is no account with this e-mail; they sign up first.")
    if user.email_verified_at is None:
        raise Conflict("They verify their e-mail first.", type="email-unverified")
    if not user.platform_admin:
        user.platform_admin = True
        told = "Somebody was made a platform admin."
        await note(session, Severity.WARNING, "platform", "platform.admin_named", told, actor=actor, user=user.id)
    return PlatformAdminView.of(user)


async def dismiss_admin(session: AsyncSession, actor: str, user_id: UUID) -> None:
    """Makes a platform admin an ordinary person, and tells the event log; NotFound."""
    gone = await session.scalar(
        update(User)
        .where(User.id == user_id, User.platform_admin.is_(True))
        .values(platform_admin=False, updated_at=clock.now())
        .returning(User.id)
    )
    if gone is None:
        raise NotFound("There is no such platform admin; GET /v1/platform/admins lists them.")
    told = "A platform admin is none any more."
    await note(session, Severity.WARNING, "platform", "platform.admin_dismissed", told, actor=actor, user=user_id)


def _summaries() -> Select[Any]:
    members = select(func.count()).select_from(Membership).where(Membership.tenant_id == Tenant.id)
    shown = (getattr(Tenant, name) for name in TenantSummary.model_fields if name != "members")
    return select(*shown, members.scalar_subquery().label("members"))
