"""Asking somebody to join, and joining."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database, new_id, tenant_of
from backend.errors import Conflict, NotFound, TooMany, Unauthorized, Unprocessable
from backend.mail.links import open_letter
from backend.mail.models import Mail, MailKind
from backend.mail.service import GOOD_FOR, MOST_AN_HOUR, write_letter
from backend.permissions import Role
from backend.settings import Settings
from backend.team.accounts import add_user, expect_password
from backend.team.members import expect_grantable
from backend.team.models import Invitation, Membership, User
from backend.team.passwords import expect_strong, hash_password
from backend.team.schemas import Acceptance, InvitationView, NewInvitation
from backend.tenants.service import load_tenant

_MOST_OPEN = 100
_MOST_A_DAY = 200
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


async def invite(session: AsyncSession, scopes: Iterable[str], new: NewInvitation, inviter: UUID | None) -> Invitation:
    """Writes a letter. Somebody who was asked before and did not answer is asked anew, with the new role. Conflict of
    type already-member or too-many-invitations; Forbidden of type role-too-high; TooMany of type too-many-letters."""
    expect_grantable(scopes, new.role)
    tenant, now = await load_tenant(session), clock.machine_now()
    if await session.scalar(select(User.id).where(User.email == new.email)) is not None:
        raise Conflict(
            "This person is a member already; change the role with PATCH /v1/members.", type="already-member"
        )
    await _expect_few_letters(session, new.email)
    await session.execute(_still_open().where(Invitation.email == new.email).values(revoked_at=now, updated_at=now))
    if len(await list_invitations(session, None, _MOST_OPEN, only_open=True)) >= _MOST_OPEN:
        raise Conflict(
            f"{_MOST_OPEN} invitations are open; revoke some with DELETE /v1/invitations.", type="too-many-invitations"
        )
    invitation = Invitation(
        tenant_id=tenant.id,
        id=new_id(),
        email=new.email,
        role=new.role.value,
        invited_by=inviter,
        expires_at=now + GOOD_FOR[MailKind.INVITE],
    )
    session.add(invitation)
    await session.flush()
    name = await session.scalar(select(User.name).where(User.id == inviter)) if inviter else None
    words = {"business": tenant.name, "inviter": name or ""}
    await write_letter(
        session,
        MailKind.INVITE,
        new.email,
        tenant.locale,
        business_id=tenant.id,
        invitation_id=invitation.id,
        words=words,
    )
    return invitation


async def list_invitations(
    session: AsyncSession, after: UUID | None, limit: int, *, only_open: bool = False
) -> Sequence[Invitation]:
    """Newest first."""
    query = select(Invitation).order_by(Invitation.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Invitation.id < after)
    if only_open:
        query = query.where(
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > clock.machine_now(),
        )
    return (await session.scalars(query)).all()


async def get_invitation(session: AsyncSession, invitation_id: UUID) -> Invitation:
    """One invitation; NotFound."""
    invitation = await session.get(Invitation, (tenant_of(session), invitation_id))
    if invitation is None:
        raise NotFound("There is no such invitation; GET /v1/invitations lists them.")
    return invitation


async def revoke_invitation(session: AsyncSession, invitation_id: UUID) -> None:
    """Takes an open invitation back; one that was revoked stays so. NotFound; Conflict if it was accepted."""
    now = clock.machine_now()
    await session.execute(_still_open().where(Invitation.id == invitation_id).values(revoked_at=now, updated_at=now))
    invitation = await get_invitation(session, invitation_id)
    await session.refresh(invitation)
    if invitation.accepted_at is not None:
        raise Conflict("It was accepted; remove the member with DELETE /v1/members.", type="already-accepted")


async def accept(
    database: Database, settings: Settings, given: Acceptance, signed_in: UUID | None, address: str
) -> tuple[UUID, User]:
    """(tenant, person). Who got the letter joins: with a new account, or with the one that this e-mail has, if they are
    signed in with it or give its password. Unprocessable of type link-over; Unauthorized of type sign-in-first."""
    async with database.people() as session:
        letter = await open_letter(session, settings, given.token, MailKind.INVITE)
        user = await session.scalar(select(User).where(User.email == letter.address))
    if letter.business_id is None or letter.invitation_id is None:
        raise NotFound("This business no longer exists.")
    user = await _person(database, settings, given, user, signed_in, letter, address)
    async with database.tenant(letter.business_id, f"member:{user.id}") as session:
        await _join(session, letter.invitation_id, user.id)
    async with database.people() as session:
        now = clock.machine_now()
        letter = await session.merge(letter)
        letter.used_at = now
        proven = update(User).where(User.id == user.id, User.email_verified_at.is_(None))
        await session.execute(proven.values(email_verified_at=now, updated_at=now))
    assert letter.business_id is not None
    return letter.business_id, user


def invitation_view(invitation: Invitation) -> InvitationView:
    """As the API shows it."""
    return InvitationView(
        id=invitation.id,
        email=invitation.email,
        role=Role(invitation.role),
        status=_status(invitation, clock.machine_now()),
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def _status(invitation: Invitation, now: datetime) -> str:
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "expired" if invitation.expires_at <= now else "open"


async def _person(
    database: Database,
    settings: Settings,
    given: Acceptance,
    user: User | None,
    signed_in: UUID | None,
    letter: Mail,
    address: str,
) -> User:
    email, locale, business = letter.address, letter.locale, letter.words.get("business", "")
    if user is not None:
        if user.id != signed_in:
            if given.password is None:
                raise Unauthorized(
                    "There is an account with this e-mail: sign in with it, or give its password.", type="sign-in-first"
                )
            return await expect_password(database, settings, email, given.password, address)
        return user
    if given.password is None:
        raise Unprocessable("Choose a password.", errors=[{"field": "password", "message": "needed for a new account"}])
    await expect_strong(given.password, email, given.name, business)
    stored = await hash_password(given.password)
    async with database.people() as session:
        user = await add_user(session, email, stored, given.name, locale)
        user.email_verified_at = clock.machine_now()
        return user


async def _expect_few_letters(session: AsyncSession, email: str) -> None:
    """Letters go to whatever address is given, with a name that the business chose: nobody sends them in masses."""
    lately = select(func.count()).select_from(Invitation)
    to_them = lately.where(Invitation.email == email, Invitation.created_at > clock.now() - _HOUR)
    if (await session.scalar(to_them) or 0) >= MOST_AN_HOUR:
        raise _too_many_letters(f"{MOST_AN_HOUR} letters an hour go to one address", _HOUR)
    if (await session.scalar(lately.where(Invitation.created_at > clock.now() - _DAY)) or 0) >= _MOST_A_DAY:
        raise _too_many_letters(f"A business sends {_MOST_A_DAY} invitations a day", _DAY)


def _too_many_letters(said: str, after: timedelta) -> TooMany:
    seconds = int(after.total_seconds())
    return TooMany(f"{said}; try again later.", type="too-many-letters", retry_after_seconds=seconds)


async def _join(session: AsyncSession, invitation_id: UUID, user_id: UUID) -> None:
    now = clock.machine_now()
    taken = _still_open().where(Invitation.id == invitation_id, Invitation.expires_at > now)
    role = await session.scalar(taken.values(accepted_at=now, updated_at=now).returning(Invitation.role))
    if role is None:
        raise Unprocessable("This invitation was taken back or is over; ask for another.", type="link-over")
    await session.execute(
        insert(Membership)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            user_id=user_id,
            role=role,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=[Membership.tenant_id, Membership.user_id])
    )


def _still_open() -> Update:
    return update(Invitation).where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
