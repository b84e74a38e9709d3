"""When a wish cannot be met: which free slots come nearest. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.bookings.availability import Slot

_SAME_DAY = 3
_SAME_DAY_WITH_THEM = 2
_WITH_OTHERS = 2


def nearest(
    slots: Sequence[Slot], wanted: datetime, zone: ZoneInfo, preferred: UUID | None = None, limit: int = 5
) -> list[tuple[Slot, UUID]]:
    """At most `limit` slots with whom to take them, ascending: the nearest of the same day, then one each of the
    nearest other days at about the same hour. If somebody was preferred, two of them at most are with somebody else,
    the very time that was wished first."""
    if preferred is None:
        chosen = {slot: slot.staff[0] for slot in _spread(slots, wanted, zone, limit, _SAME_DAY)}
    else:
        with_them = [slot for slot in slots if preferred in slot.staff]
        others = [slot for slot in slots if preferred not in slot.staff]
        spare = max(limit - len(with_them), min(_WITH_OTHERS, len(others)))
        chosen = {slot: slot.staff[0] for slot in _spread(others, wanted, zone, min(spare, limit), _SAME_DAY)}
        chosen |= dict.fromkeys(_spread(with_them, wanted, zone, limit - len(chosen), _SAME_DAY_WITH_THEM), preferred)
    return sorted(chosen.items(), key=lambda item: item[0].start)


def _spread(slots: Iterable[Slot], wanted: datetime, zone: ZoneInfo, limit: int, same_day: int) -> list[Slot]:
    wish = wanted.astimezone(zone)

    def distance(slot: Slot) -> tuple[int, int, bool]:
        start = slot.start.astimezone(zone)
        minutes = start.hour * 60 + start.minute - wish.hour * 60 - wish.minute
        return abs((start.date() - wish.date()).days), abs(minutes), start < wish

    chosen: list[Slot] = []
    per_day: dict[object, int] = {}
    for slot in sorted(slots, key=distance):
        day = slot.start.astimezone(zone).date()
        if per_day.get(day, 0) < (same_day if day == wish.date() else 1) and len(chosen) < limit:
            per_day[day] = per_day.get(day, 0) + 1
            chosen.append(slot)
    return chosen
