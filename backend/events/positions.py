"""Where a reader stands in a tenant's events, and the cursor that says so to the outside."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backend import clock
from backend.errors import Unprocessable

_CURSOR = re.compile(r"[A-Za-z0-9_-]{4,80}")
_INSIDE = re.compile(r"(\d{1,19})\.(\d{1,19})\.(\d{1,10})")
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Behind the event (transaction, sequence); everything up to it was read."""

    transaction: int
    sequence: int

    def cursor(self) -> str:
        """For the outside: opaque, and dated, so that one older than what is kept is noticed."""
        at = int(clock.now().timestamp())
        inside = f"{self.transaction}.{self.sequence}.{at}".encode()
        return base64.urlsafe_b64encode(inside).decode().rstrip("=")


OLDEST = Position(0, 0)


def position_of(cursor: str, keep_days: int) -> Position:
    """Raises `Unprocessable` for what is no cursor of ours, and of type cursor-expired where events behind it may have
    been pruned."""
    found = _INSIDE.fullmatch(_decoded(cursor))
    if found is None:
        raise Unprocessable("`cursor` must be one that an earlier answer gave; leave it out to start.")
    transaction, sequence, at = (int(part) for part in found.groups())
    if transaction > _MOST or sequence > _MOST:
        raise Unprocessable("`cursor` must be one that an earlier answer gave; leave it out to start.")
    if datetime.fromtimestamp(at, UTC) < clock.now() - timedelta(days=keep_days):
        raise Unprocessable(
            f"Events are kept for {keep_days} days and this cursor is older; read the lists anew and start from "
            "the oldest event.",
            type="cursor-expired",
        )
    return Position(transaction, sequence)


def _decoded(cursor: str) -> str:
    if not _CURSOR.fullmatch(cursor):
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
