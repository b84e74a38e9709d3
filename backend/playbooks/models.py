"""A tenant's playbook: published versions, and the draft of the next one."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, JsonList, TenantRecord, tenant_table


class Parts:
    """The named parts of a playbook; see `backend.playbooks.sections.Sections`."""

    voice: Mapped[str] = mapped_column(Text, default="")
    policies: Mapped[str] = mapped_column(Text, default="")
    instructions: Mapped[str] = mapped_column(Text, default="")
    guidelines: Mapped[JsonList] = mapped_column(default=list)
    """[{"when", "then"}]."""
    lessons: Mapped[JsonList] = mapped_column(default=list)
    """Texts of the approved lessons in force."""


class Playbook(Parts, TenantRecord):
    """One version; the latest published one is in force from the next turn on."""

    __tablename__ = "playbooks"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "version"))

    version: Mapped[int]
    published_at: Mapped[Instant | None]
    published_by: Mapped[str | None] = mapped_column(Text)
    """"member:<user id>" or "key:<id>"; None for versions from before it was recorded."""
    note: Mapped[str] = mapped_column(Text, default="")
    """What whoever published it says about it."""
    restores: Mapped[int | None]
    """The earlier version that this one publishes anew."""


class PlaybookDraft(Parts, TenantRecord):
    """What may become the next version; a tenant has one at most."""

    __tablename__ = "playbook_drafts"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id"))

    base_version: Mapped[int]
    """The version in force that its author knew; 0: none."""
    saved_by: Mapped[str] = mapped_column(Text)
