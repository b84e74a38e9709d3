"""Sign-ins and the refresh tokens that follow from each.

A refresh token is good once. Whoever comes with a spent one is either a thief or robbed, so the sign-in ends for both.
Tabs that refresh at the same moment are neither: for a few seconds the losers are told to take the newer cookie, get
no token, and nothing ends. A loser that is slow may find that others have gone on several times meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database, new_id
from backend.errors import Conflict, NotFound, Unauthorized
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.settings import Settings
from backend.team.models import Session
from backend.team.tokens import AccessTicket, issue_access, issue_refresh, read_refresh

log = structlog.get_logger()

UNUSED_FOR = timedelta(days=30)
"""A sign-in that is not used for so long is over."""
AT_MOST = timedelta(days=90)
RACE = timedelta(seconds=10)
RACERS = 8
"""So many refreshes may follow each other while a token that was good before them is still on its way."""
_LONGEST_DEVICE = 120


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a person gets at sign-in and at each refresh."""

    user_id: UUID
    session_id: UUID
    access: str
    refresh: str


async def start(session: AsyncSession, settings: Settings, user_id: UUID, device: str) -> Tokens:
    """A new sign-in; `device` is what the browser calls itself."""
    now, session_id = clock.machine_now(), new_id()
    refresh, digest = issue_refresh(settings, session_id, 0)
    session.add(
        Session(
            id=session_id,
            user_id=user_id,
            generation=0,
            digest=digest,
            rotated_at=now,
            expires_at=now + UNUSED_FOR,
            device="".join(letter for letter in device if letter.isprintable())[:_LONGEST_DEVICE],
            created_at=now,
            updated_at=now,
        )
    )
    await session.flush()
    log.info("session.started", user=str(user_id), session=str(session_id))
    return Tokens(user_id, session_id, issue_access(settings, AccessTicket(user_id, session_id)), refresh)


async def rotate(database: Database, settings: Settings, token: str) -> Tokens:
    """A new pair for a good refresh token. Unauthorized, of type refresh-reused if it was spent before, which ends the
    sign-in; Conflict of type refresh-raced if it was spent by somebody else a moment ago."""
    ticket, now = read_refresh(settings, token), clock.machine_now()
    if ticket is None:
        raise _over()
    async with database.people() as session:
        known = await session.scalar(select(Session).where(Session.id == ticket.session_id).with_for_update())
        if known is None or known.revoked_at is not None or known.expires_at <= now:
            raise _over()
        if ticket.generation == known.generation and ticket.digest == known.digest:
            refresh, known.digest = issue_refresh(settings, known.id, known.generation + 1)
            known.generation += 1
            known.rotated_at, known.expires_at = now, min(now + UNUSED_FOR, known.created_at + AT_MOST)
            return Tokens(
                known.user_id, known.id, issue_access(settings, AccessTicket(known.user_id, known.id)), refresh
            )
        behind = known.generation - ticket.generation
        raced = 0 < behind <= RACERS and now - known.rotated_at < RACE
        if not raced:
            _end(known, "reused", now)
    if raced:
        raise Conflict("This was refreshed a moment ago; go on with the newer cookie.", type="refresh-raced")
    log.warning("session.reused", user=str(known.user_id), session=str(known.id))
    async with database.queue() as queue:
        told = "A refresh token was used twice; its sign-in was ended."
        await note(queue, Severity.WARNING, "access", "session.reused", told, user=known.user_id, sign_in=known.id)
    raise Unauthorized(
        "This refresh token was used before, so its sign-in was ended on every device that shared it; sign in again.",
        type="refresh-reused",
    )


async def sign_out(database: Database, settings: Settings, token: str) -> None:
    """Ends the sign-in of a refresh token, spent or not; nothing if it is not one of ours."""
    ticket = read_refresh(settings, token)
    if ticket is not None:
        async with database.people() as session:
            known = await session.get(Session, ticket.session_id, with_for_update=True)
            if known is not None and known.revoked_at is None:
                _end(known, "signed-out", clock.machine_now())


async def open_sessions(session: AsyncSession, user_id: UUID) -> Sequence[Session]:
    """The sign-ins that are good, latest first."""
    query = select(Session).where(
        Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > clock.machine_now()
    )
    return (await session.scalars(query.order_by(Session.id.desc()))).all()


async def revoke(session: AsyncSession, user_id: UUID, session_id: UUID) -> None:
    """Ends one of the person's sign-ins; NotFound."""
    query = select(Session).where(Session.id == session_id, Session.user_id == user_id, Session.revoked_at.is_(None))
    known = await session.scalar(query.with_for_update())
    if known is None:
        raise NotFound("There is no such sign-in; GET /v1/me/sessions lists them.")
    _end(known, "person", clock.machine_now())


async def revoke_all(session: AsyncSession, user_id: UUID, why: str, *, but: UUID | None = None) -> None:
    """Ends every sign-in of a person, except the one of `but`."""
    now = clock.machine_now()
    ended = update(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(Session.id != but)
    await session.execute(ended.values(revoked_at=now, revoked_for=why, updated_at=now))
    log.info("session.ended", user=str(user_id), session="all", why=why)


def _end(known: Session, why: str, now: datetime) -> None:
    known.revoked_at, known.revoked_for = now, why
    log.info("session.ended", user=str(known.user_id), session=str(known.id), why=why)


def _over() -> Unauthorized:
    return Unauthorized("This sign-in is over; sign in again.", type="session-over")
