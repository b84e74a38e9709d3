"""What a variant costs at an instant, and until when: the one place that says so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Stored = Sequence[Mapping[str, Any]]
"""Timed prices as they lie in the database: {"amount", "starts_at", "ends_at"}, instants as ISO 8601 in UTC or None."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A price that holds now. Amounts in minor units."""

    amount: int
    regular: int | None = None
    """What is asked without the sale that holds; None if there is none."""
    until: datetime | None = None
    """The next instant at which it may be another one; None if none is planned."""


def asked_at(price: int, timed: Stored, now: datetime) -> Asked:
    """What is asked at `now`: the lowest of the timed prices that hold, else the variant's own price."""
    if not timed:
        return Asked(price)
    holding = [span["amount"] for span in timed if _holds(span, now)]
    amount = min(holding, default=price)
    return Asked(amount, price if amount < price else None, next_change(timed, now))


def next_change(timed: Stored, now: datetime) -> datetime | None:
    """The first instant after `now` at which a timed price starts or ends."""
    return min((edge for edge in _edges(timed) if edge > now), default=None)


def soonest(instants: Iterable[datetime | None], otherwise: datetime) -> datetime:
    """The earliest of those that are given, and of `otherwise`."""
    return min((at for at in instants if at is not None and at < otherwise), default=otherwise)


def _holds(span: Mapping[str, Any], now: datetime) -> bool:
    starts, ends = _instant(span["starts_at"]), _instant(span["ends_at"])
    return (starts is None or starts <= now) and (ends is None or now < ends)


def _edges(timed: Stored) -> Iterator[datetime]:
    for span in timed:
        for name in ("starts_at", "ends_at"):
            if (edge := _instant(span[name])) is not None:
                yield edge


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
