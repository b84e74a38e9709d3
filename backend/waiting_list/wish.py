"""What somebody waits for, and whether a free slot is that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.bookings.availability import Slot
from backend.bookings.dates import Moment
from backend.bookings.hours import DAY_MINUTES, first_instant_from, local_day

MOST_DAYS = 31
"""How many days one wish may cover."""


@dataclass(frozen=True)
class Wish:
    """Starts on days first..last, both included, within [from, to) minutes of the day; with `staff_id`, if given."""

    first_day: date
    last_day: date
    from_minute: int = 0
    to_minute: int = DAY_MINUTES
    staff_id: UUID | None = None

    @classmethod
    def of_moment(cls, moment: Moment, staff_id: UUID | None = None) -> "Wish":
        """What was said about when: an hour is meant exactly, unless it was counted from now; at most 31 days."""
        first = moment.earliest.date()
        if moment.start is not None:
            minute = 0 if moment.about else moment.start.hour * 60 + moment.start.minute
            day = moment.start.date()
            return cls(day, day, minute, DAY_MINUTES if moment.about else minute + 1, staff_id)
        last = max(first, (moment.latest - timedelta(microseconds=1)).date())
        start, end = moment.window
        return cls(first, min(last, first + timedelta(days=MOST_DAYS - 1)), start, min(end, DAY_MINUTES), staff_id)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The instants [start, end) of its days."""
        after = self.last_day + timedelta(days=1)
        return (
            first_instant_from(datetime.combine(self.first_day, time()), zone),
            first_instant_from(datetime.combine(after, time()), zone),
        )

    def fits(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Whether the slot is what is waited for."""
        wall = slot.start.astimezone(zone)
        if not self.first_day <= wall.date() <= self.last_day:
            return False
        if not self.from_minute <= wall.hour * 60 + wall.minute < self.to_minute:
            return False
        return self.staff_id is None or self.staff_id in slot.staff

    def people(self, slot: Slot) -> Sequence[UUID]:
        """Who of the slot's people may be held."""
        return slot.staff if self.staff_id is None else (self.staff_id,)

    def over(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether its last day has passed."""
        return local_day(now, zone) > self.last_day
