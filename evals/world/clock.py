"""The virtual clock of a twin world: machine time plus one offset that every process of the world reads."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

CLOCK_FILE_VARIABLE = "TENDERO_CLOCK_FILE"


class WorldClock:
    """Business time of a world.

    The offset lives in a text file as seconds (``"86400.0"``); a missing or empty file means no offset. Writing
    replaces the file in one step, so that a reader in another process never sees half a number.
    Without a path the clock is the machine's and cannot be moved.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None

    @classmethod
    def from_environment(cls) -> "WorldClock":
        """The clock whose file is named by ``TENDERO_CLOCK_FILE``, or the machine's clock."""
        return cls(os.environ.get(CLOCK_FILE_VARIABLE) or None)

    def offset(self) -> timedelta:
        if self.path is None:
            return timedelta()
        try:
            text = self.path.read_text().strip()
        except FileNotFoundError:
            return timedelta()
        return timedelta(seconds=float(text or 0))

    def now(self) -> datetime:
        """The world's present instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset()

    def advance(self, by: timedelta) -> datetime:
        """Move the world forward (or back, if negative) and return its new present."""
        self._write(self.offset() + by)
        return self.now()

    def set(self, instant: datetime) -> datetime:
        """Make the world's present the given aware instant; it runs on from there.

        Raises ValueError for an instant without a zone.
        """
        if instant.tzinfo is None:
            raise ValueError("the world's clock takes aware instants only")
        self._write(instant - datetime.now(UTC))
        return self.now()

    def _write(self, offset: timedelta) -> None:
        if self.path is None:
            raise RuntimeError(f"a clock without a file cannot be moved; set {CLOCK_FILE_VARIABLE}")
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        fresh.write_text(f"{offset.total_seconds():.6f}")
        os.replace(fresh, self.path)
