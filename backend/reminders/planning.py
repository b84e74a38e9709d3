"""When reminders of an appointment are due, and whether a late one may still go. Pure: instants in, instants out.

"Before" is elapsed time, like every duration of appointments: 1440 minutes before are 24 hours, also over a change of
clocks. Quiet hours are wall time of the business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.bookings.hours import first_instant_from

NEAREST = timedelta(minutes=60)
"""What quiet hours put off is this long before the appointment, or goes before they begin."""
BEFORE_QUIET = timedelta(minutes=15)
"""So much before they begin, since a sweep may be late."""
FRESH = timedelta(hours=2)
"""What was just agreed is not repeated: not within a twelfth of the time ahead, nor within this."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is reminded, every day from `begins` to `ends`, over midnight if that is earlier."""

    begins: time
    ends: time
    zone: ZoneInfo

    @classmethod
    def of(cls, hours: Sequence[str] | None, zone: ZoneInfo) -> "Quiet | None":
        """As the tenant's setting has them: ("21:00", "08:00")."""
        return cls(time.fromisoformat(hours[0]), time.fromisoformat(hours[1]), zone) if hours else None

    def around(self, instant: datetime) -> tuple[datetime, datetime] | None:
        """The quiet hours [begin, end) in which an instant lies."""
        today = instant.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.begins < self.ends else day + timedelta(days=1)
            begins = first_instant_from(datetime.combine(day, self.begins), self.zone)
            ends = first_instant_from(datetime.combine(last, self.ends), self.zone)
            if begins <= instant < ends:
                return begins, ends
        return None


def planned(starts_at: datetime, minutes: Sequence[int], now: datetime, quiet: Quiet | None) -> dict[int, datetime]:
    """{minutes before: due} of an appointment that is agreed now. What is due already, or so soon that it would repeat
    what was just said, is left out; of several that fall on the same instant the nearest is kept."""
    start, due = starts_at.astimezone(UTC), dict[datetime, int]()
    for ahead in sorted(minutes, reverse=True):
        lead = timedelta(minutes=ahead)
        at = _outside(quiet, start - lead, start)
        if at >= now + min(FRESH, lead / 12):
            due[at] = ahead
    return {ahead: at for at, ahead in due.items()}


def latest(starts_at: datetime, minutes_before: int) -> datetime:
    """Until when a reminder that is late may go: a quarter of its time ahead is left."""
    return starts_at.astimezone(UTC) - timedelta(minutes=minutes_before) / 4


def sendable(now: datetime, starts_at: datetime, minutes_before: int, quiet: Quiet | None) -> datetime | None:
    """When a reminder that is due may go: `now`, the end of the quiet hours, or None since that is too late."""
    until = latest(starts_at, minutes_before)
    span = quiet.around(now) if quiet else None
    at = span[1] if span else now
    return at if at <= (min(until, starts_at.astimezone(UTC) - NEAREST) if span else until) else None


def _outside(quiet: Quiet | None, due: datetime, starts_at: datetime) -> datetime:
    span = quiet.around(due) if quiet else None
    if span is None:
        return due
    begins, ends = span
    return ends if ends <= starts_at - NEAREST else begins - BEFORE_QUIET
