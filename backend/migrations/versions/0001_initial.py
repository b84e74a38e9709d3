"""The first tables."""

from collections.abc import Sequence
from importlib import import_module

from alembic import op

from backend.tables import metadata

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _statements(module: str, name: str) -> tuple[str, ...]:
    try:
        found: tuple[str, ...] = getattr(import_module(module), name)
    except ModuleNotFoundError:
        return ()
    return found


def upgrade() -> None:
    for statement in _statements("backend.bookings.ddl", "STATEMENTS"):
        op.execute(statement)
    metadata.create_all(op.get_bind())
    for statement in _statements("backend.catalog.ddl", "TRIGGERS"):
        op.execute(statement)


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
