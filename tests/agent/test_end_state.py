"""What a run leaves behind is held against what is expected, and where it differs can be read."""

from typing import Any

import pytest

from agent.end_state import EndState, Left, differences
from agent.replay import Case, CaseTurn, Expect, Played, compare, met

CUT = {"service": "Corte", "status": "CONFIRMED"}
MADE = {**CUT, "staff": "Bia", "start": "2026-12-04T10:00"}
CAPS = {"status": "pending_payment", "items": [{"sku": "G-1", "quantity": 2}, {"sku": "A-1", "quantity": 1}]}


def wrong(wanted: dict[str, Any], left: dict[str, Any]) -> dict[str, str]:
    return differences(EndState.model_validate(wanted), Left.model_validate(left))


def test_what_is_left_out_is_not_looked_at_and_an_empty_list_wants_none() -> None:
    assert wrong({}, {"orders": [CAPS], "bookings": [MADE], "handed_off": True}) == {}
    assert wrong({"orders": []}, {"orders": [CAPS]}) == {
        "leaves orders: none": "unexpected order: 1 × A-1 + 2 × G-1 (pending_payment)"
    }


def test_orders_are_the_same_by_their_items_whatever_their_order() -> None:
    turned = {**CAPS, "items": CAPS["items"][::-1]}
    assert set(wrong({"orders": [turned]}, {"orders": [CAPS]}).values()) == {""}
    one = {**CAPS, "items": [{"sku": "G-1", "quantity": 1}]}
    assert wrong({"orders": [one]}, {"orders": [CAPS]}) == {
        "leaves orders: 1 × G-1 (pending_payment)": "missing order: 1 × G-1 (pending_payment); "
        "unexpected order: 1 × A-1 + 2 × G-1 (pending_payment)"
    }
    assert "missing order" in next(iter(wrong({"orders": [CAPS, CAPS]}, {"orders": [CAPS]}).values()))


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True),
        ({"service": "CORTE"}, True),
        ({"staff": "bia"}, True),
        ({"staff": "Ana"}, False),
        ({"start": "viernes 10:00", "at": "2026-12-04T10:00"}, True),
        ({"start": "viernes 10:00", "at": "2026-12-05T10:00"}, False),
        ({"start": "10:00", "at": "10:00"}, True),
        ({"start": "11:00", "at": "11:00"}, False),
        ({"start": "2020-01-01 10:00", "at": None}, True),
        ({"status": "CANCELLED"}, False),
        ({"service": "Tinte"}, False),
    ],
)
def test_a_booking_is_the_one_that_was_meant(more: dict[str, Any], fits: bool) -> None:
    [difference] = wrong({"bookings": [{**CUT, **more}]}, {"bookings": [MADE]}).values()
    assert (difference == "") == fits


def test_the_most_exact_of_the_expected_bookings_is_met_first() -> None:
    later = {**MADE, "start": "2026-12-05T10:00"}
    wanted = [CUT, {**CUT, "at": "10:00"}, {**CUT, "start": "viernes 10:00", "at": "2026-12-04T10:00"}]
    assert set(wrong({"bookings": wanted[1:]}, {"bookings": [MADE, later]}).values()) == {""}
    assert set(wrong({"bookings": [wanted[0], wanted[2]]}, {"bookings": [MADE, later]}).values()) == {""}


def test_a_case_for_a_person_is_part_of_the_end() -> None:
    assert wrong({"handed_off": False}, {"handed_off": True}) == {
        "leaves no case for a person": "a person was asked for"
    }
    assert wrong({"handed_off": True}, {}) == {"leaves a case for a person": "no person was asked for"}


def test_a_run_that_ends_in_the_wrong_state_fails_and_the_report_says_where() -> None:
    state = EndState.model_validate({"bookings": [{**CUT, "start": "10:00", "at": "10:00"}]})
    turn = CaseTurn(messages=[{"kind": "text", "body": "a las 10"}])
    case = Case(key="scenario:1", kind="scenario", turns=[turn], expect=Expect(state=state))
    right = Played(answers=["Listo."], outcomes=["answered"], left=Left.model_validate({"bookings": [MADE]}))
    bad = Played(answers=["Listo."], outcomes=["answered"])
    name = "leaves bookings: Corte, 10:00 (CONFIRMED)"
    assert (met(case, right), met(case, bad)) == ({name: True}, {name: False})
    found = compare(case, [bad, bad], [right, right])
    assert (found.moved, found.effect, found.why) == ("better", 1.0, [f"met now: {name}"])
    assert found.before is not None
    assert found.after is not None
    assert found.before.differences == ["missing booking: Corte, 10:00 (CONFIRMED)"] * 2
    assert found.after.differences == ["", ""]
    assert compare(case, [right], [bad]).moved == "worse"
    assert compare(case, [right], [right]).moved == "same"
