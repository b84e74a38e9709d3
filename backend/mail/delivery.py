"""Sending letters in three steps: lease the row, speak SMTP outside any transaction, record the outcome.

A letter whose outcome is unclear is sent again under the same Message-ID: twice is better than never here. Without
TENDERO_SMTP_URL nothing is claimed; what is queued is kept, and `python -m backend mails` shows it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from sqlalchemy import or_, select, update

from backend import clock
from backend.database import Database
from backend.mail.letters import compose
from backend.mail.models import Mail, MailStatus
from backend.settings import Settings

log = structlog.get_logger()

AT_ONCE = 8
CALL_SECONDS = 20.0
_LEASE = timedelta(seconds=60)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=30)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try; `code` is the SMTP status, or what went wrong before there was one."""

    status: MailStatus
    code: str | None = None


class Postman:
    """Sends letters for one process."""

    def __init__(self, database: Database, settings: Settings, call_seconds: float = CALL_SECONDS) -> None:
        self._database = database
        self._settings = settings
        self._call_seconds = call_seconds
        url = settings.smtp_url
        self._server = server_options(url.get_secret_value()) if url else None

    async def round(self) -> int:
        """Sends what is due, several at once; returns how many were tried. One letter's trouble is its own."""
        if self._server is None:
            return 0
        due = await self._claim()
        await asyncio.gather(*(self._deliver(mail) for mail in due))
        return len(due)

    async def _claim(self) -> Sequence[Mail]:
        now = clock.machine_now()
        waiting = (
            select(Mail.id)
            .where(
                Mail.status.in_((MailStatus.QUEUED, MailStatus.SENDING)),
                Mail.due_at <= now,
                or_(Mail.lease_until.is_(None), Mail.lease_until <= now),
            )
            .order_by(Mail.due_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(Mail)
            .where(Mail.id.in_(waiting))
            .values(status=MailStatus.SENDING, attempt=Mail.attempt + 1, lease_until=now + _LEASE, updated_at=now)
            .returning(Mail)
        )
        async with self._database.people() as session:
            return (await session.scalars(claimed)).all()

    async def _deliver(self, mail: Mail) -> None:
        if mail.expires_at <= clock.machine_now() or mail.used_at is not None:
            outcome = Outcome(MailStatus.FAILED, "expired")
        else:
            try:
                async with asyncio.timeout(self._call_seconds):
                    outcome = await self._send(mail)
            except TimeoutError:
                outcome = Outcome(MailStatus.QUEUED, "timeout")
            except Exception as error:
                log.error("mail.failed", mail=str(mail.id), error=type(error).__name__)
                outcome = Outcome(MailStatus.FAILED, type(error).__name__)
        await self._record(mail, outcome)

    async def _send(self, mail: Mail) -> Outcome:
        assert self._server is not None
        message = compose(self._settings, mail)
        try:
            await aiosmtplib.send(message, timeout=self._call_seconds, **self._server)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            return _refused(refusal.recipients[0].code)
        except aiosmtplib.SMTPAuthenticationError as refusal:
            return Outcome(MailStatus.QUEUED, f"login {refusal.code}")
        except aiosmtplib.SMTPResponseException as refusal:
            return _refused(refusal.code)
        except (aiosmtplib.SMTPException, OSError) as trouble:
            return Outcome(MailStatus.QUEUED, type(trouble).__name__)
        return Outcome(MailStatus.SENT)

    async def _record(self, mail: Mail, outcome: Outcome) -> None:
        now = clock.machine_now()
        pause = min(_FIRST_PAUSE * 2 ** min(mail.attempt - 1, 10), _LONGEST_PAUSE)
        async with self._database.people() as session:
            await session.execute(
                update(Mail)
                .where(Mail.id == mail.id, Mail.attempt == mail.attempt, Mail.status == MailStatus.SENDING)
                .values(
                    status=outcome.status,
                    error_code=outcome.code,
                    lease_until=None,
                    due_at=now + pause if outcome.status == MailStatus.QUEUED else mail.due_at,
                    sent_at=now if outcome.status == MailStatus.SENT else None,
                    updated_at=now,
                )
            )
        log.info("mail.recorded", mail=str(mail.id), kind=mail.kind, status=outcome.status.value, code=outcome.code)


def server_options(url: str) -> dict[str, Any]:
    """How aiosmtplib reaches `smtp://user:password@host:port` or `smtps://...`. Credentials never travel in the clear:
    with them STARTTLS is demanded, except from this very machine. ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("TENDERO_SMTP_URL must be like smtp://user:password@host:587 or smtps://host:465")
    implicit = parts.scheme == "smtps"
    demanded = parts.username is not None and parts.hostname not in _LOOPBACK
    return {
        "hostname": parts.hostname,
        "port": parts.port or (465 if implicit else 587),
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "use_tls": implicit,
        "start_tls": None if implicit else (True if demanded else None),
    }


def _refused(code: int) -> Outcome:
    """5xx is for good, 4xx for now (RFC 5321, 4.2.1)."""
    return Outcome(MailStatus.FAILED if code >= 500 else MailStatus.QUEUED, str(code))
