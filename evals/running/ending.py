"""How a scenario ended, as plain JSON that two runs of it can be compared by."""

from typing import Any

from evals.running.records import Records
from evals.running.told import plain

Json = dict[str, Any]
_SENT = frozenset({"sent", "delivered", "read"})


def end_state(records: Records) -> Json:
    """`{"orders", "payments", "bookings", "cases", "stock", "contact", "in_charge", "unsettled"}`.

    Only what a business would miss: nothing that is minted anew in each run (ids, codes, links), no words, and lists in
    an order that follows from what they hold. Money is in major units, times are the business's wall time.
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
        "contact": plain(records.contact),
        "in_charge": records.in_charge,
        "unsettled": {"turns": len(left), "messages": len(unsent)},
    }


def _listed(items: list[Json]) -> list[Json]:
    return sorted((plain({key: item[key] for key in item if key != "code"}) for item in items), key=repr)
