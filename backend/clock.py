"""Business time: the one place the backend asks what time it is for its customers.

Due times, quiet windows, holds, reminders and expiries are compared with `now()` and reach SQL as bind parameters.
Leases, tokens, signatures, rates and back-off use machine time (`machine_now()`), which no virtual clock moves.

A twin world moves business time by writing an offset in seconds into the file named by `TENDERO_CLOCK_FILE`;
all of its processes read the same file.
"""

import contextlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_REREAD_SECONDS = 0.05


class Clock:
    """Machine time plus the offset found in `offset_file` (seconds as text; no file means no offset)."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta()
        self._read_at = -_REREAD_SECONDS

    def now(self) -> datetime:
        """Business time as an aware UTC datetime."""
        return machine_now() + self._current_offset()

    def _current_offset(self) -> timedelta:
        if self._file is None:
            return self._offset
        if time.monotonic() - self._read_at >= _REREAD_SECONDS:
            with contextlib.suppress(FileNotFoundError, ValueError):  # half-written or missing: keep the last one
                self._offset = timedelta(seconds=float(self._file.read_text() or 0))
            self._read_at = time.monotonic()
        return self._offset


def machine_now() -> datetime:
    """The machine's own time as an aware UTC datetime."""
    return datetime.now(UTC)


_file = os.environ.get("TENDERO_CLOCK_FILE")
_clock = Clock(Path(_file) if _file else None)


def now() -> datetime:
    """Business time of this process, UTC."""
    return _clock.now()
