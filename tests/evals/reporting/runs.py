"""Small runs to report on."""

from copy import deepcopy
from typing import Any

from evals.reporting.document import SCHEMA, RunDocument

Json = dict[str, Any]
CARD = {
    "id": "e1",
    "kind": "price",
    "subject": {"type": "product", "id": "p1", "name": "Veloz 3"},
    "value": {"amount": 129900, "currency": "MXN"},
    "source": "search_products",
}


def turn(**changes: Any) -> Json:
    """Why one answer was given: a claim with its evidence, a draft that was stopped before, a tool, a cost."""
    return {
        "id": "t1",
        "status": "done",
        "outcome": "answered",
        "seconds": 0.4,
        "claims": [
            {"kind": "money", "quote": "$1,299.00", "value": {}, "support": "evidence", "evidence": CARD},
            {"kind": "date", "quote": "mañana", "value": {}, "support": "customer", "evidence": None},
        ],
        "evidence": [CARD],
        "journal": [{"tool": "place_order", "arguments": {}, "result": {"code": "A-1"}}],
        "tool_calls": [
            {"name": "search_products", "arguments": {"query": "veloz"}, "failed": False, "ms": 12},
            {"name": "send_payment_link", "arguments": {}, "failed": True, "ms": 3},
        ],
        "verdicts": [{"passed": False, "by": ["ledger"], "claims": 1}, {"passed": True, "by": [], "claims": 2}],
        "rejected": [{"text": "Cuesta $999", "faults": ["$999 rests on nothing"], "by": ["ledger"]}],
        "usage": [{"provider": "offline", "model": "offline", "input_tokens": 900, "output_tokens": 100}],
    } | changes


def played(
    scenario: str, *, passed: bool = True, trial: int = 1, says: str = "Cuesta $1,299.00", **changes: Any
) -> Json:
    """One scenario, played once: a question, an answer, and an order at the end if it passed."""
    orders = [{"status": "paid", "total": 1299, "lines": {"VEL3": 1}}] if passed else []
    return {
        "scenario": scenario,
        "title": scenario.replace("_", " ").capitalize(),
        "digest": "d1",
        "business": "deportes-sol",
        "language": "es",
        "tags": ["order"],
        "customer": {"name": "María", "wants": "shoes"},
        "trial": trial,
        "seed": 7 + trial,
        "passed": passed,
        "stopped": None,
        "reasons": [] if passed else ["state: orders: {status: paid} is not among none"],
        "findings": [
            {"basis": "state", "passed": passed, "what": "orders: {status: paid}"},
            {"basis": "words", "passed": True, "what": "it says the price 1299"},
        ],
        "steps": [{"act": "says", "told": "cuánto cuesta?", "seconds": 0.5, "answers": 1}],
        "chat": [
            {"who": "customer", "words": "cuánto cuesta?", "step": 1, "at": "2026-11-24T17:00:00Z", "turn": "t1"},
            {"who": "agent", "words": says, "step": 1, "at": "2026-11-24T17:00:04Z", "turn": "t1"},
        ],
        "turns": [turn()],
        "expected": {"orders": [{"status": "paid"}], "tools": {"required": ["place_order"]}},
        "end_state": {"orders": orders, "stock": {}, "in_charge": "agent"},
        "tokens": 1000,
        "cost_micros": 2500,
        "seconds": 1.5,
        "staged": 0.2,
    } | changes


def saved(*results: Json, **changes: Any) -> Json:
    """A run as its file has it."""
    return {
        "schema": SCHEMA,
        "suite": "main",
        "model": "offline",
        "trials": max((each["trial"] for each in results), default=1),
        "finished_at": "2026-11-21T18:00:00+00:00",
        "timezones": {"deportes-sol": "America/Mexico_City"},
        "passed": all(each["passed"] for each in results),
        "seconds": 9.0,
        "results": deepcopy(list(results)),
    } | changes


def run_of(*results: Json, **changes: Any) -> RunDocument:
    """`saved`, read."""
    return RunDocument.model_validate(saved(*results, **changes))
