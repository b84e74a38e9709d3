"""What a person decided about a question that the agent could not answer; the questions themselves are observations."""

from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, TenantRecord, tenant_table


class QuestionStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    """The business has written down what answers it."""
    DISMISSED = "dismissed"


class QuestionState(TenantRecord):
    """A question that somebody settled; one that nobody did has no row."""

    __tablename__ = "question_states"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "key"))

    key: Mapped[str] = mapped_column(Text)
    """The telling words of it, sorted, with hyphens: `envio-monterrey`; see `question_key` of migration 0019."""
    status: Mapped[str] = mapped_column(Text)
    fact_key: Mapped[str | None] = mapped_column(Text)
    """The fact that answers it."""
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[Instant]
