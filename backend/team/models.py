"""People, their memberships and sessions, and what was tried in their names.

`users`, `sessions` and `login_failures` belong to no tenant: they are seen through the door of people alone
(`Database.people`); a tenant sees of users the names and addresses of its own members.
"""

from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Boolean, Text

from backend.database import Instant, Record, TenantRecord, Timed, new_id, tenant_table

_ROLES = "role IN ('admin', 'manager', 'agent', 'viewer')"


class User(Timed, Record):
    """A person. `email` is lower case and unique over the installation."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    password: Mapped[str] = mapped_column(Text)
    """argon2id, in its encoded form with salt and cost."""
    email_verified_at: Mapped[Instant | None]
    platform_admin: Mapped[bool] = mapped_column(Boolean, default=False)


class Membership(TenantRecord):
    """A person's place in one business."""

    __tablename__ = "memberships"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "user_id"),
        Index("ix_memberships_user", "user_id"),
        CheckConstraint(_ROLES, name="role"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(Text)


class Invitation(TenantRecord):
    """Somebody is asked to join; open until accepted, revoked or expired. The letter's token is its proof."""

    __tablename__ = "invitations"
    __table_args__ = tenant_table(
        Index(
            "uq_invitations_open",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
        CheckConstraint(_ROLES, name="role"),
    )

    email: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[Instant]
    accepted_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class Session(Timed, Record):
    """One sign-in and the refresh tokens that follow from it; machine time throughout."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    generation: Mapped[int] = mapped_column(Integer, default=0)
    """Of the one refresh token that is good; tokens of earlier generations are spent."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of that token."""
    rotated_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    revoked_for: Mapped[str | None] = mapped_column(Text)
    """signed-out, reused, password, person."""
    device: Mapped[str] = mapped_column(Text)
    """What the browser calls itself, shortened, so that a person recognises it."""


class LoginFailure(Record):
    """How often in a row somebody tried in vain: for one account, or from one network address."""

    __tablename__ = "login_failures"
    __table_args__ = (PrimaryKeyConstraint("kind", "subject"),)

    kind: Mapped[str] = mapped_column(Text)
    """account or address."""
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed digest of the e-mail or address: the table names nobody, and accounts that do not exist count too."""
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[Instant]
    locked_until: Mapped[Instant | None]


class ApiKeyUse(Record):
    """When an API key was last used, to the hour. Apart from the key, since the lookup writes it for any tenant."""

    __tablename__ = "api_key_uses"

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    used_at: Mapped[Instant]
