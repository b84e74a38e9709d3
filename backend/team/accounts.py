"""Accounts of people: made, found, and let in with a password."""

from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database, new_id
from backend.errors import Conflict, NotFound, Unauthorized
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.mail.links import open_letter
from backend.mail.models import Mail, MailKind
from backend.mail.service import use_up, write_letter, wrote_enough
from backend.settings import Settings
from backend.team import lockout, sessions
from backend.team.businesses import businesses_of
from backend.team.lockout import Attempt
from backend.team.models import User
from backend.team.passwords import expect_strong, hash_password, is_outdated, verify_password
from backend.team.sessions import Tokens

log = structlog.get_logger()
RESETS = (MailKind.RESET, MailKind.TAKEN)
"""Letters whose link leads to a new password."""


async def add_user(session: AsyncSession, email: str, password: str, name: str, locale: str) -> User:
    """A new account; `password` as stored. Conflict of type email-taken if somebody was faster."""
    user = User(id=new_id(), email=email, name=name, locale=locale, password=password)
    session.add(user)
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict(
            "There is an account with this e-mail; sign in, or set a new password with POST /v1/auth/forgot-password.",
            type="email-taken",
        ) from None
    return user


async def load_user(session: AsyncSession, user_id: UUID) -> User:
    """One account; NotFound."""
    user = await session.get(User, user_id)
    if user is None:
        raise NotFound("This account no longer exists.")
    return user


async def expect_password(database: Database, settings: Settings, email: str, password: str, address: str) -> User:
    """The account, if the password is its own. Counted before it is looked at, and as slow for an account that does not
    exist. TooMany of type locked-out; Unauthorized of type wrong-credentials."""
    attempt = Attempt.of(settings, email, address)
    await lockout.count(database, attempt)
    async with database.people() as session:
        user = await session.scalar(select(User).where(User.email == email))
    if not await verify_password(user.password if user else None, password) or user is None:
        log.warning("login.refused", user=str(user.id) if user else None)
        raise Unauthorized("The e-mail or the password is wrong.", type="wrong-credentials")
    fresh = await hash_password(password) if is_outdated(user.password) else None
    async with database.people() as session:
        await lockout.forgive(session, attempt)
        if fresh is not None:
            same = update(User).where(User.id == user.id, User.password == user.password)
            await session.execute(same.values(password=fresh))
    return user


async def sign_in(
    database: Database, settings: Settings, email: str, password: str, address: str, device: str
) -> Tokens:
    """A new sign-in; raises what `expect_password` raises."""
    user = await expect_password(database, settings, email, password, address)
    async with database.people() as session:
        return await sessions.start(session, settings, user.id, device)


async def change_password(
    database: Database, settings: Settings, user: User, session_id: UUID, current: str, password: str, address: str
) -> None:
    """A new password for somebody who knows the current one; every other sign-in ends."""
    await expect_password(database, settings, user.email, current, address)
    stored = await _stored(database, user.id, password)
    async with database.people() as session:
        (await load_user(session, user.id)).password = stored
        await sessions.revoke_all(session, user.id, "password", but=session_id)
        await use_up(session, user.id, *RESETS)
        told = "Somebody changed their password."
        await note(session, Severity.INFO, "access", "password.changed", told, user=user.id)


async def forgot_password(database: Database, email: str) -> None:
    """Writes a letter to whoever has this account; nothing tells whether anybody has."""
    async with database.people() as session:
        user = await session.scalar(select(User).where(User.email == email))
        if user is not None and not await wrote_enough(session, MailKind.RESET, user.id):
            await write_letter(session, MailKind.RESET, user.email, user.locale, user_id=user.id)


async def reset_password(database: Database, settings: Settings, token: str, password: str) -> None:
    """Takes the new password of whoever got the letter: it proves the e-mail, every sign-in ends, and so does a pause
    after wrong passwords. Unprocessable of type link-over, weak-password."""
    async with database.people() as session:
        owner = _owner(await open_letter(session, settings, token, *RESETS))
    stored = await _stored(database, owner, password)
    async with database.people() as session:
        user = await load_user(session, _owner(await open_letter(session, settings, token, *RESETS)))
        user.password = stored
        user.email_verified_at = user.email_verified_at or clock.machine_now()
        await sessions.revoke_all(session, user.id, "password")
        await use_up(session, user.id, *RESETS)
        await lockout.forget_account(session, settings, user.email)
        told = "Somebody set a new password with a letter."
        await note(session, Severity.INFO, "access", "password.reset", told, user=user.id)


async def ask_for_verification(session: AsyncSession, user: User) -> None:
    """Writes a letter with a link that proves the e-mail, unless that is done or enough were written."""
    if user.email_verified_at is None and not await wrote_enough(session, MailKind.VERIFY, user.id):
        await write_letter(session, MailKind.VERIFY, user.email, user.locale, user_id=user.id)


async def verify_email(session: AsyncSession, letter: Mail) -> None:
    """Takes the proof of a letter."""
    user = await load_user(session, _owner(letter))
    user.email_verified_at = user.email_verified_at or clock.machine_now()
    await use_up(session, user.id, MailKind.VERIFY)


async def _stored(database: Database, user_id: UUID, password: str) -> str:
    """The password as it is stored, if it is a strong one for this person."""
    async with database.people() as session:
        user = await load_user(session, user_id)
        places = [place.name for place in await businesses_of(session, user_id)]
    await expect_strong(password, user.email, user.name, *places)
    return await hash_password(password)


def _owner(letter: Mail) -> UUID:
    if letter.user_id is None:
        raise NotFound("This account no longer exists.")
    return letter.user_id
