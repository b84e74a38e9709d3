"""Signing up: an account with its first business in one transaction, or a letter to whoever has the account already.

Nothing in the answer tells which: both ways hash the password, make the business and write one letter; where the e-mail
is known the business is not kept.
"""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.crash import crash_point
from backend.database import Database, new_id
from backend.mail.models import MailKind
from backend.mail.service import write_letter, wrote_enough
from backend.team.businesses import expect_free_slug, found_with
from backend.team.models import User
from backend.team.passwords import expect_strong, hash_password
from backend.team.schemas import NewAccount

_ADMIT = text("SELECT admit_person(:id, :email, :name, :locale, :password)")


class _Known(Exception):
    """There is an account with this e-mail."""


async def sign_up(database: Database, new: NewAccount) -> None:
    """Conflict of type slug-taken for a slug that was asked for; Unprocessable of type weak-password."""
    await expect_strong(new.password, new.email, new.name, new.business.name)
    stored = await hash_password(new.password)
    async with database.people() as session:
        await expect_free_slug(session, new.business.slug)
    user_id, locale = new_id(), new.business.locale

    async def admit(session: AsyncSession) -> None:
        values = {"id": user_id, "email": new.email, "name": new.name, "locale": locale, "password": stored}
        if not await session.scalar(_ADMIT, values):
            raise _Known
        business_id = session.info["tenant_id"]
        await write_letter(session, MailKind.VERIFY, new.email, locale, user_id=user_id, business_id=business_id)
        crash_point("sign-up.before_commit")

    try:
        await found_with(database, user_id, new.business, admit)
    except _Known:
        await _tell_owner(database, new.email)
    crash_point("sign-up.after_commit")


async def _tell_owner(database: Database, email: str) -> None:
    async with database.people() as session:
        user = await session.scalar(select(User).where(User.email == email))
        if user is not None and not await wrote_enough(session, MailKind.TAKEN, user.id):
            await write_letter(session, MailKind.TAKEN, user.email, user.locale, user_id=user.id)
