"""The first tables."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(_STATEMENTS.read_text())


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first tables; restore a backup instead")
