"""How a scenario ended, as plain JSON that two runs of it can be compared by."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from evals.running.records import Records

Json = dict[str, Any]
_SENT = frozenset({"sent", "delivered", "read"})


def end_state(records: Records) -> Json:
    """`{"orders", "payments", "bookings", "cases", "stock", "contact", "in_charge", "unsettled"}`.

    Only what a business would miss: nothing that is minted anew in each run (ids, codes, links), no words, and lists in
    an order that follows from what they hold. Money is text with two decimals, times are the business's wall time.
    """
    left = [turn for turn in records.turns if turn.get("turn", {}).get("status", "done") != "done"]
    ours = [message for message in records.messages if message["author"] != "contact"]
    unsent = [part for message in ours for part in message["deliveries"] if part["status"] not in _SENT]
    return {
        "orders": _listed(records.orders),
        "payments": _listed(records.payments),
        "bookings": _listed(records.bookings),
        "cases": _listed([{"status": case["status"], "reason": case["reason"]} for case in records.cases]),
        "stock": dict(sorted(records.stock.items())),
        "contact": _plain(records.contact),
        "in_charge": records.in_charge,
        "unsettled": {"turns": len(left), "messages": len(unsent)},
    }


def differences(before: Json, after: Json) -> list[str]:
    """What is not the same in two end states, a line for each place: `orders[0].status: 'paid' -> 'pending_payment'`.
    Empty if the runs ended alike."""
    return list(_apart("", before, after))


def _apart(place: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _apart(f"{place}.{key}".lstrip("."), before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for at in range(max(len(before), len(after))):
            pair = (items[at] if at < len(items) else None for items in (before, after))
            yield from _apart(f"{place}[{at}]", *pair)
    elif before != after:
        yield f"{place}: {_shown(before)} -> {_shown(after)}"


def _listed(items: list[Json]) -> list[Json]:
    return sorted((_plain({key: item[key] for key in item if key != "code"}) for item in items), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)
