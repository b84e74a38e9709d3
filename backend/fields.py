"""Field types that the schemas of several nouns share: words, money, weekly hours, zones."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Generic, Protocol, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from litestar.params import QueryParameter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

_ZONES = frozenset(available_timezones() - {"localtime", "Factory"})
_CURRENCIES = frozenset(list_currencies())
_WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LOCALE = re.compile(r"(es|pt|en)(-[A-Z]{2})?")


def _seen(words: str) -> str:
    if words and all(unicodedata.category(sign)[0] in "CZ" for sign in words):
        raise ValueError("must hold something that can be seen")
    return words


def _without_null_bytes(words: str) -> str:
    if "\0" in words:
        raise ValueError("must not hold null bytes")
    return words


def _zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("must be an IANA time zone such as America/Mexico_City")
    return name


def _currency(code: str) -> str:
    if code not in _CURRENCIES:
        raise ValueError("must be an ISO 4217 currency code such as MXN")
    return code


def _locale(tag: str) -> str:
    if not _LOCALE.fullmatch(tag):
        raise ValueError("must be es, pt or en, with an optional region such as es-MX")
    return tag


def _wall_time(time: str) -> str:
    if not _WALL_TIME.fullmatch(time):
        raise ValueError("must be a wall time such as 09:30")
    return time


def _closing_time(time: str) -> str:
    if time != "24:00" and not _WALL_TIME.fullmatch(time):
        raise ValueError("must be a wall time such as 09:30, or 24:00 for the end of the day")
    return time


def at_most(count: int) -> AfterValidator:
    """For mappings: so many entries. With `Field(max_length=...)` the web framework documents them as arrays."""

    def _few(entries: dict[str, Any]) -> dict[str, Any]:
        if len(entries) > count:
            raise ValueError(f"must have {count} entries at most")
        return entries

    return AfterValidator(_few)


clean = AfterValidator(_without_null_bytes)
"""Behind the constraints of a text: what comes behind it is said of items instead of characters."""
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), clean, AfterValidator(_seen)
]
"""A name or label, 1 to 300 characters, one of them to be seen."""
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), clean]
Prose = Annotated[str, StringConstraints(max_length=20_000), clean]
"""Free text, up to 20,000 characters."""
Writing = Annotated[str, StringConstraints(max_length=500_000), clean]
"""A document or a table that is sent as text."""
SearchWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), clean]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Locale = Annotated[str, AfterValidator(_locale)]
WallTime = Annotated[str, AfterValidator(_wall_time)]
ClosingTime = Annotated[str, AfterValidator(_closing_time)]
MinorUnits = Annotated[int, Field(ge=0, le=10**12)]
"""Money in the smallest unit of its currency: 12990 MXN is 129.90."""


_DAY_MINUTES = 1440


def _minutes(start: str, end: str) -> tuple[int, int]:
    """A range in minutes since its day's midnight; one that ends at or before its start runs into the next day."""
    first, last = (int(time[:2]) * 60 + int(time[3:]) for time in (start, end))
    return first, last if last > first else last + _DAY_MINUTES


def _in_order(ranges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    for earlier, later in pairwise(ranges):
        if _minutes(*earlier)[1] > _minutes(*later)[0]:
            raise ValueError(
                f"ranges of a day must be in order and must not overlap: {'-'.join(earlier)} and {'-'.join(later)}"
            )
    return ranges


DayHours = Annotated[list[tuple[WallTime, ClosingTime]], Field(max_length=6), AfterValidator(_in_order)]


class WeekHours(BaseModel):
    """Weekly hours in the business's zone, other days closed: `{"mon": [["09:00", "14:00"], ["16:00", "20:00"]]}`.

    A range ends at 24:00 at the latest, or runs into the next day if it ends at or before its start: `["22:00",
    "02:00"]`; `["08:00", "08:00"]` is 24 hours. It must not reach into a range of that next day.
    """

    model_config = ConfigDict(extra="forbid")

    mon: DayHours = []
    tue: DayHours = []
    wed: DayHours = []
    thu: DayHours = []
    fri: DayHours = []
    sat: DayHours = []
    sun: DayHours = []

    @model_validator(mode="after")
    def _nights_end_before_the_next_day_opens(self) -> "WeekHours":
        days = list(type(self).model_fields)
        for day, following in zip(days, [*days[1:], days[0]], strict=True):
            tonight, tomorrow = getattr(self, day)[-1:], getattr(self, following)[:1]
            for night, morning in zip(tonight, tomorrow, strict=False):
                if _minutes(*night)[1] - _DAY_MINUTES > _minutes(*morning)[0]:
                    raise ValueError(
                        f"{'-'.join(night)} of {day} reaches into {'-'.join(morning)} of {following}; "
                        "end the one where the other begins"
                    )
        return self

    def stored(self) -> dict[str, list[list[str]]]:
        """The JSON of `hours` columns: open days only, each range a list of two wall times."""
        return {day: [list(span) for span in spans] for day, spans in self.model_dump().items() if spans}


class Money(BaseModel):
    """An amount in minor units with its ISO 4217 currency."""

    amount: int
    currency: str


Limit = Annotated[int, QueryParameter(ge=1, le=200)]
"""How much of a list a caller may ask for at once."""
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None = None


class _Identified(Protocol):
    @property
    def id(self) -> UUID: ...


Listed = TypeVar("Listed", bound=_Identified)


def page_of(found: Sequence[Listed], limit: int) -> "Page[Listed]":
    """The first `limit` of what was found, of which one more was asked for: if it is there, the list goes on."""
    items = list(found[:limit])
    return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)
