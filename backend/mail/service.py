"""Letters as intents: written with what they are about, sent by the dispatcher (`backend.mail.delivery`)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.mail.models import Mail, MailKind, MailStatus

GOOD_FOR: dict[MailKind, timedelta] = {
    MailKind.VERIFY: timedelta(days=3),
    MailKind.RESET: timedelta(hours=1),
    MailKind.TAKEN: timedelta(hours=1),
    MailKind.INVITE: timedelta(days=7),
}
MOST_AN_HOUR = 5


async def write_letter(
    session: AsyncSession,
    kind: MailKind,
    address: str,
    locale: str,
    *,
    user_id: UUID | None = None,
    business_id: UUID | None = None,
    invitation_id: UUID | None = None,
    words: dict[str, str] | None = None,
) -> None:
    """Queues a letter in the transaction of what it is about."""
    now = clock.machine_now()
    session.add(
        Mail(
            kind=kind,
            address=address,
            locale=locale,
            words=words or {},
            user_id=user_id,
            business_id=business_id,
            invitation_id=invitation_id,
            status=MailStatus.QUEUED,
            due_at=now,
            expires_at=now + GOOD_FOR[kind],
            created_at=now,
            updated_at=now,
        )
    )
    await session.flush()


async def wrote_enough(session: AsyncSession, kind: MailKind, user_id: UUID) -> bool:
    """Whether the person got as many letters of a kind in the last hour as anybody can want."""
    since = clock.machine_now() - timedelta(hours=1)
    query = select(func.count()).where(Mail.kind == kind, Mail.user_id == user_id, Mail.created_at > since)
    return (await session.scalar(query) or 0) >= MOST_AN_HOUR


async def use_up(session: AsyncSession, user_id: UUID, *kinds: MailKind) -> None:
    """Ends the links of every letter of these kinds to this person."""
    now = clock.machine_now()
    await session.execute(
        update(Mail)
        .where(Mail.kind.in_(kinds), Mail.user_id == user_id, Mail.used_at.is_(None))
        .values(used_at=now, updated_at=now)
    )
