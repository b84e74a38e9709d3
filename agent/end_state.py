"""What a run left behind in the backend, held against what its scenario expects. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

MOST_CHARACTERS = 900
Row = TypeVar("Row", bound=BaseModel)


class Item(BaseModel):
    sku: str
    quantity: int = 1


class Order(BaseModel):
    status: str
    items: list[Item]

    def __str__(self) -> str:
        items = sorted(f"{item.quantity} × {item.sku}" for item in self.items)
        return f"{' + '.join(items)} ({self.status})"


class Booking(BaseModel):
    """One that was made: `start` on the business's wall, "2026-12-04T10:00"."""

    service: str
    staff: str = ""
    start: str
    status: str

    def __str__(self) -> str:
        return f"{self.service}, {self.start.replace('T', ' ')}, {self.staff} ({self.status})"


class WantedBooking(BaseModel):
    """One that is expected: `start` as the scenario says it, `at` what that means now ("2026-12-04T10:00", "10:00" of
    any day, None: nothing)."""

    service: str
    staff: str | None = None
    start: str | None = None
    at: str | None = None
    status: str

    def __str__(self) -> str:
        day = f" ({self.at.replace('T', ' ')})" if self.at and self.at != self.start else ""
        when = f"{self.start}{day}" if self.start else ""
        return f"{', '.join(filter(None, (self.service, when, self.staff)))} ({self.status})"

    @property
    def exactness(self) -> int:
        """So that whatever one booking alone can meet is met first."""
        return (self.at is not None) * len(self.at or "") + (self.staff is not None)

    def met_by(self, made: Booking) -> bool:
        """Whether this is the booking that was meant; a time of which nothing can be said today rules out none."""
        return (
            made.status == self.status
            and _same(made.service, self.service)
            and (self.staff is None or _same(made.staff, self.staff))
            and (self.at is None or self.at in (made.start, made.start.partition("T")[2]))
        )


class EndState(BaseModel):
    """What is expected; a part that is None is not looked at."""

    orders: list[Order] | None = None
    bookings: list[WantedBooking] | None = None
    handed_off: bool | None = None


class Left(BaseModel):
    """What is there after a run."""

    orders: list[Order] = []
    bookings: list[Booking] = []
    handed_off: bool = False


def differences(wanted: EndState, left: Left) -> dict[str, str]:
    """Each part that is expected, in words -> where the run's end differs from it; "" where it does not."""
    found: dict[str, str] = {}
    if wanted.orders is not None:
        found[_part("orders", wanted.orders)] = _rows("order", wanted.orders, left.orders, _same_order)
    if wanted.bookings is not None:
        exact = sorted(wanted.bookings, key=lambda one: one.exactness, reverse=True)
        found[_part("bookings", wanted.bookings)] = _rows("booking", exact, left.bookings, WantedBooking.met_by)
    if wanted.handed_off is not None:
        asked = "a person was asked for" if left.handed_off else "no person was asked for"
        name = "leaves a case for a person" if wanted.handed_off else "leaves no case for a person"
        found[name] = "" if wanted.handed_off == left.handed_off else asked
    return found


def _part(name: str, rows: Sequence[Any]) -> str:
    return f"leaves {name}: {'; '.join(map(str, rows)) or 'none'}"[:MOST_CHARACTERS]


def _rows(name: str, wanted: Sequence[Any], made: Sequence[Row], meets: Callable[[Any, Row], bool]) -> str:
    over, missing = list(made), []
    for one in wanted:
        fitting = next((row for row in over if meets(one, row)), None)
        if fitting is None:
            missing.append(one)
        else:
            over.remove(fitting)
    lines = [f"missing {name}: {one}" for one in missing] + [f"unexpected {name}: {row}" for row in over]
    return "; ".join(lines)[:MOST_CHARACTERS]


def _same_order(wanted: Order, made: Order) -> bool:
    return str(wanted) == str(made)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
