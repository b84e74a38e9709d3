"""Files that a business uploaded, or that its jobs wrote."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import TenantRecord, tenant_table


class File(TenantRecord):
    """What is known of one file. Its bytes lie in the store under `blob`, which files of the same bytes share."""

    __tablename__ = "files"
    __table_args__ = tenant_table(
        CheckConstraint("size >= 0", name="size_not_negative"),
        Index("ix_files_sha256", "tenant_id", "sha256"),
        Index("ix_files_sendable", "tenant_id", "id", postgresql_where=text("sendable")),
    )

    name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    """What it is, by its bytes."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    sha256: Mapped[str] = mapped_column(Text)
    """In hexadecimal."""
    blob: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    """What it is for: general, picture, knowledge, import or report."""
    caption: Mapped[str] = mapped_column(Text, default="")
    """What it shows, for the agent and for whoever receives it."""
    sendable: Mapped[bool] = mapped_column(default=False)
    """Whether the agent may send it to customers."""

    def as_attachment(self) -> dict[str, Any]:
        """This file in a message. Its address is made when the message is sent, as it is good for a day."""
        return {"file_id": str(self.id), "content_type": self.content_type, "name": self.name, "size": self.size}
