"""Sign-in attempts, counted in Postgres for the account and for the network address, whichever process they meet.

An attempt is counted before the password is looked at, in a transaction of its own: a thousand at once get no more
tries than one after the other. It is taken back when the password was right. Accounts that do not exist count alike.

| of | free | then each pause | forgotten after |
|---|---|---|---|
| an account | 5 | 30 s, doubling up to 15 minutes | a day |
| an address | 50 | 60 s, doubling up to an hour | an hour |

A pause is short and ends by itself, so that nobody can shut somebody else out for good; who is signed in stays so.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.errors import TooMany
from backend.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rule:
    """How patient we are with one kind of subject."""

    kind: str
    free: int
    pause: timedelta
    longest: timedelta
    forgotten: timedelta

    def values(self, subject: bytes, now: datetime) -> dict[str, object]:
        return {
            "kind": self.kind,
            "subject": subject,
            "free": self.free,
            "pause": self.pause,
            "longest": self.longest,
            "since": now - self.forgotten,
            "now": now,
        }


ACCOUNT = Rule("account", 5, timedelta(seconds=30), timedelta(minutes=15), timedelta(days=1))
ADDRESS = Rule("address", 50, timedelta(seconds=60), timedelta(hours=1), timedelta(hours=1))

# A subject that is locked is not touched, so that trying on does not make the pause longer; no row comes back then.
# The pause that this attempt would bring, if it fails, begins now.
_COUNT = text("""
INSERT INTO login_failures AS known (kind, subject, failures, last_at, locked_until)
VALUES (:kind, :subject, 1, :now, NULL)
ON CONFLICT (kind, subject) DO UPDATE SET
    failures = CASE WHEN known.last_at < :since THEN 1 ELSE known.failures + 1 END,
    locked_until = CASE WHEN known.last_at >= :since AND known.failures + 1 >= :free
        THEN :now + least(CAST(:pause AS interval) * power(2, least(known.failures + 1 - :free, 20)),
                          CAST(:longest AS interval)) END,
    last_at = :now
WHERE known.locked_until IS NULL OR known.locked_until <= :now
RETURNING failures
""")
_UNTIL = text("SELECT locked_until FROM login_failures WHERE kind = :kind AND subject = :subject")
_FORGET = text("DELETE FROM login_failures WHERE kind = :kind AND subject = :subject")
_TAKE_BACK = text("""
UPDATE login_failures SET failures = greatest(failures - 1, 0),
    locked_until = CASE WHEN failures - 1 < :free THEN NULL ELSE locked_until END
WHERE kind = :kind AND subject = :subject
""")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one account from one address."""

    account: bytes
    address: bytes

    @classmethod
    def of(cls, settings: Settings, email: str, address: str) -> "Attempt":
        key = settings.derive("login-failures").encode()
        account, source = (hmac.digest(key, text.encode(), hashlib.sha256) for text in (email, address))
        return cls(account, source)


async def count(database: Database, attempt: Attempt) -> None:
    """Counts a try; TooMany of type locked-out, with Retry-After, while the account or the address is to pause."""
    now = clock.machine_now()
    async with database.people() as session:
        rule, wait = ADDRESS, await _count(session, ADDRESS, attempt.address, now)
        if wait is None:
            rule, wait = ACCOUNT, await _count(session, ACCOUNT, attempt.account, now)
    if wait is not None:
        log.warning("login.locked_out", of=rule.kind)
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise TooMany(
            f"Too many tries that failed; wait {seconds} s, or set a new password with POST /v1/auth/forgot-password.",
            type="locked-out",
            retry_after_seconds=seconds,
        )


async def forgive(session: AsyncSession, attempt: Attempt) -> None:
    """The try was right: the account starts anew, the address gets this one back and no more."""
    await session.execute(_FORGET, {"kind": ACCOUNT.kind, "subject": attempt.account})
    await session.execute(_TAKE_BACK, {"kind": ADDRESS.kind, "subject": attempt.address, "free": ADDRESS.free})


async def forget_account(session: AsyncSession, settings: Settings, email: str) -> None:
    """The account starts anew: whoever has its letters has set another password."""
    await session.execute(_FORGET, {"kind": ACCOUNT.kind, "subject": Attempt.of(settings, email, "").account})


async def _count(session: AsyncSession, rule: Rule, subject: bytes, now: datetime) -> timedelta | None:
    """None if it may go on; else how long it has to wait."""
    if (await session.scalar(_COUNT, rule.values(subject, now))) is not None:
        return None
    until: datetime | None = await session.scalar(_UNTIL, {"kind": rule.kind, "subject": subject})
    return timedelta(seconds=1) if until is None else until - now
