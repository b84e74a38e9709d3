"""How a scenario ended: the same for two runs that ended alike."""

import json
from datetime import datetime
from decimal import Decimal

from evals.running.chance import Chance
from evals.running.ending import end_state
from evals.running.records import Records

CUT = {"status": "confirmed", "service": "Corte", "staff": "Bruno", "starts": datetime(2026, 11, 26, 14)}


def records(code: str, status: str = "paid") -> Records:
    order = {"code": code, "status": status, "total": Decimal("1299"), "lines": {"B": 1, "A": 2}, "delivery": None}
    case = {"status": "open", "reason": "requested", "summary": f"About {code}."}
    return Records(orders=[order], bookings=[{"code": code, **CUT}], cases=[case], stock={"B": -1, "A": -2})


def test_what_is_minted_anew_in_each_run_is_left_out() -> None:
    assert end_state(records("K7P2QX")) == end_state(records("M4R9TZ"))
    assert "K7P2QX" not in json.dumps(end_state(records("K7P2QX")))


def test_the_order_in_which_things_were_listed_does_not_matter() -> None:
    one, two = {"status": "paid", "amount": Decimal(1)}, {"status": "expired", "amount": Decimal(2)}
    assert end_state(Records(payments=[one, two])) == end_state(Records(payments=[two, one]))


def test_chance_follows_from_scenario_and_seed_alone() -> None:
    assert Chance("a", 8).phone == Chance("a", 8).phone
    assert len({Chance("a", 8).phone, Chance("a", 9).phone, Chance("b", 8).phone}) == 3
    assert Chance("a", 8).dice("persona").random() != Chance("a", 8).dice("weather").random()
