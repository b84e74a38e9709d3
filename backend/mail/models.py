"""A letter: what is to be sent, what became of it, and whether the link in it was used."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, Record, Timed, new_id


class MailKind(StrEnum):
    VERIFY = "verify"
    RESET = "reset"
    INVITE = "invite"
    TAKEN = "taken"
    """Somebody signed up with an e-mail that has an account; its link is that of a reset."""


class MailStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Mail(Timed, Record):
    """One letter to one address. It belongs to a person or to an invitation and not to a tenant; `business_id` names
    the business on whose behalf it goes. Its link holds no stored secret: see `backend.mail.links`."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_due", "due_at", postgresql_where=text("status IN ('queued', 'sending')")),
        Index("ix_mails_user", "user_id", "kind"),
        Index("ix_mails_invitation", "invitation_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    words: Mapped[Json] = mapped_column(default=dict)
    """What the letter names: the business, who invites."""
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    business_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    invitation_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(Text, default=MailStatus.QUEUED)
    due_at: Mapped[Instant]
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[Instant | None]
    sent_at: Mapped[Instant | None]
    error_code: Mapped[str | None] = mapped_column(Text)
    """SMTP status, or what went wrong before there was one."""
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
