"""What the backend must hold when a scenario has been played, as a shop owner writes it.

    {"orders": [{"items": [{"sku": "NAN-1", "quantity": 2}]}],
     "bookings": [{"service": "Corte", "start": "viernes 10:00"}], "handed_off": false}

A part that is left out is not looked at; an empty list says that there must be none.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.bookings.dates import Ambiguous, Moment, resolve, spoken
from backend.bookings.diary import Diary
from backend.errors import Unprocessable

MOST_ROWS, MOST_ITEMS = 10, 20
HOUR = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
"""A start that is no more than an hour means that hour of any day."""

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class ItemState(BaseModel):
    """So many of one variant."""

    model_config = ConfigDict(extra="forbid")

    sku: Short
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1


class OrderState(BaseModel):
    """An order with these items and no others. Nobody pays in a replay, so its payment is always pending."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["pending_payment"] = "pending_payment"
    items: Annotated[list[ItemState], Field(min_length=1, max_length=MOST_ITEMS)]


class BookingState(BaseModel):
    """A booking of a service. `start` in words, counted from the day of the replay: `mañana 10:00`, `viernes 10:00`, a
    date, or an hour alone, which may be on any day."""

    model_config = ConfigDict(extra="forbid")

    service: Short
    start: Short | None = None
    staff: Short | None = None
    status: Literal["CONFIRMED", "CANCELLED"] = "CONFIRMED"


class EndState(BaseModel):
    """What the chat leaves behind: all orders, all bookings, and whether a person was asked for."""

    model_config = ConfigDict(extra="forbid")

    orders: Annotated[list[OrderState], Field(max_length=MOST_ROWS)] | None = None
    bookings: Annotated[list[BookingState], Field(max_length=MOST_ROWS)] | None = None
    handed_off: bool | None = None


def expect_clear_starts(diary: Diary, state: EndState) -> None:
    """Unprocessable of type unclear-time for words that are no one day and hour."""
    for place, booking in enumerate(state.bookings or ()):
        if booking.start is None or HOUR.fullmatch(booking.start):
            continue
        found = _resolved(diary, booking.start)
        if isinstance(found, Moment) and found.start is not None:
            continue
        options = [spoken(one.start, diary.tenant.locale) for one in _options(found) if one.start is not None]
        meant = f"; it could be {' / '.join(options)}" if options else ""
        raise Unprocessable(
            f"expect.state.bookings[{place}].start: {booking.start!r} is not one day and hour still to come{meant}. "
            "Write it like 'tomorrow 10:00', 'friday 10:00', '2026-12-04 10:00', or an hour alone for any day.",
            type="unclear-time",
            options=options,
        )


def on_the_wall(diary: Diary, state: dict[str, Any]) -> dict[str, Any]:
    """The state with `at` beside each booking's `start`: "2026-12-04T10:00" on the business's wall, "10:00" of any day,
    or None where nothing can be said today."""
    bookings = state.get("bookings")
    if bookings is None:
        return state
    return {**state, "bookings": [{**one, "at": _at(diary, one.get("start"))} for one in bookings]}


def _at(diary: Diary, start: str | None) -> str | None:
    if start is None:
        return None
    if HOUR.fullmatch(start):
        return start.zfill(5)
    found = _resolved(diary, start)
    return found.start.isoformat(timespec="minutes") if isinstance(found, Moment) and found.start else None


def _resolved(diary: Diary, words: str) -> Moment | Ambiguous | None:
    return resolve(words, diary.local(diary.now), diary.tenant.locale, diary.tenant.hours)


def _options(found: Moment | Ambiguous | None) -> tuple[Moment, ...]:
    return found.options if isinstance(found, Ambiguous) else ()
