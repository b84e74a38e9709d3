"""Scoring: a right end passes, and each way of ending wrong fails for its own reason."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from evals.running.player import Heard
from evals.running.records import Records
from evals.running.scenario import Basis, Scenario
from evals.running.scoring import pass_hat, score

SALE = Scenario.model_validate(
    {
        "id": "sale",
        "title": "A sale",
        "business": "deportes-sol",
        "language": "es",
        "customer": {"name": "María"},
        "chat": [{"says": "sí, confirmo", "hears": [{"price": 649}], "never_hears": ["descuento"], "answers": 1}],
        "expect": {
            "orders": [{"status": "paid", "total": 649, "lines": {"BALL": 1}}],
            "payments": [{"status": "paid", "amount": 649}],
            "stock": {"BALL": -1},
            "contact": {"name": "María"},
            "tools": {
                "required": ["place_order", {"tool": "search_products", "having": {"query": "balón"}}],
                "forbidden": ["hand_off"],
            },
            "never_said": ["gratis"],
        },
    }
)
ORDER = {"code": "P-7KM4XP", "status": "paid", "total": Decimal(649), "lines": {"BALL": 1}, "delivery": None}
PAYMENT = {"status": "paid", "amount": Decimal(649)}
TEXT = "¡Listo! Tu pedido *P-7KM4XP* por $649.00"


def message(text: str = TEXT, status: str = "read", author: str = "agent") -> dict[str, Any]:
    return {"id": "m1", "author": author, "body": text, "deliveries": [{"status": status}]}


def turn(**changed: Any) -> dict[str, Any]:
    calls = [{"name": "search_products", "arguments": {"query": "balón", "limit": 5}}, {"name": "place_order"}]
    claim = {"kind": "money", "quote": "$649.00", "support": "evidence", "evidence_id": "e1"}
    plain = {"turn": {"status": "done"}, "tool_calls": calls, "claims": [claim], "evidence": [{"id": "e1"}]}
    return plain | changed


RIGHT = Records(
    orders=[ORDER],
    payments=[PAYMENT],
    stock={"BALL": -1},
    contact={"name": "María", "details": {"city": "Puebla"}},
    messages=[message()],
    turns=[turn()],
    prices=frozenset({Decimal(649)}),
    codes=frozenset({"P-7KM4XP"}),
)


def failed(records: Records, text: str = TEXT, received: int = 1, scenario: Scenario = SALE) -> list[str]:
    heard = [Heard(scenario.chat[0], [message(text)])]
    findings = score(scenario, records, heard, [text] * received)
    return [f"{finding.basis}: {finding.what}" for finding in findings if not finding.passed]


def test_a_right_end_passes() -> None:
    assert failed(RIGHT) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"orders": []}, "state: orders: {status: paid, total: 649, lines: {BALL: 1}} is not among none"),
        ({"orders": [ORDER, ORDER]}, "state: orders: {status: paid, total: 649, lines: {BALL: 1}}; there is also"),
        ({"orders": [ORDER | {"total": Decimal("64.90")}]}, "is not among {code: P-7KM4XP, status: paid, total: 64.90"),
        ({"orders": [ORDER | {"lines": {"BALL": 1, "SOCKS": 2}}]}, "lines: {BALL: 1, SOCKS: 2}"),
        ({"orders": [ORDER | {"status": "pending_payment"}]}, "status: pending_payment"),
        ({"payments": []}, "state: payments: {status: paid, amount: 649} is not among none"),
        ({"bookings": [{"status": "confirmed"}]}, "state: bookings: none; there is also {status: confirmed}"),
        ({"cases": [{"reason": "requested"}]}, "state: cases: none; there is also {reason: requested}"),
        ({"stock": {}}, "state: stock changes: {'BALL': -1}; found none"),
        ({"stock": {"BALL": -1, "SOCKS": -3}}, "'SOCKS': -3"),
        ({"in_charge": "person"}, "state: in charge: agent; found person"),
        ({"contact": {"name": "Ana"}}, "state: contact {name: María}; is {'name': 'Ana'}"),
        ({"turns": [turn(turn={"status": "quarantined"})]}, "state: every turn is done; not so: quarantined"),
        ({"messages": [message(status="failed")]}, "state: every outgoing message was sent; not so: failed"),
    ],
)
def test_a_wrong_state_fails(changed: dict[str, Any], reason: str) -> None:
    reasons = failed(replace(RIGHT, **changed))
    assert any(reason in each for each in reasons), reasons


def test_a_message_that_arrives_twice_fails() -> None:
    assert failed(RIGHT, received=2) == ["state: each part reached the phone once; 1 written, 2 received"]


def test_another_number_of_answers_fails() -> None:
    heard = [Heard(SALE.chat[0], [message(), message()])]
    findings = score(SALE, RIGHT, heard, [TEXT])
    assert [each.what for each in findings if not each.passed] == ["step 1 is answered 1 time(s); was 2"]


def test_where_any_number_of_answers_will_do_silence_does_too() -> None:
    step = SALE.chat[0].model_copy(update={"answers": "any", "hears": [], "never_hears": []})
    findings = score(SALE, RIGHT, [Heard(step, [])], [TEXT])
    assert [finding.what for finding in findings if not finding.passed] == []
    assert step.least_answers == 0


def test_a_tool_that_failed_does_not_count_as_called() -> None:
    calls = [{"name": "search_products", "arguments": {"query": "balón"}}, {"name": "place_order", "failed": True}]
    assert failed(replace(RIGHT, turns=[turn(tool_calls=calls)])) == [
        "tools: place_order is called; used were search_products"
    ]


def test_a_tool_called_with_other_arguments_fails() -> None:
    calls = [{"name": "search_products", "arguments": {"query": "red"}}, {"name": "place_order"}, {"name": "hand_off"}]
    assert failed(replace(RIGHT, turns=[turn(tool_calls=calls)])) == [
        "tools: search_products with {query: balón} is called; used were search_products, place_order, hand_off",
        "tools: hand_off is not called",
    ]


@pytest.mark.parametrize(
    "claim",
    [
        {"kind": "money", "quote": "$649.00", "support": "none", "evidence_id": None},
        {"kind": "money", "quote": "$649.00", "support": "evidence", "evidence_id": None},
        {"kind": "done", "quote": "$649.00", "support": "evidence", "evidence_id": "of another conversation"},
    ],
)
def test_a_claim_without_its_evidence_fails(claim: dict[str, Any]) -> None:
    reasons = failed(replace(RIGHT, turns=[turn(claims=[claim])]))
    assert reasons == ["claims: every claim has its evidence; not so: $649.00"]


def test_an_amount_that_the_business_does_not_know_fails_whatever_the_ledger_says() -> None:
    reasons = failed(replace(RIGHT, messages=[message("sale en $64.90")]))
    assert reasons == ["claims: every amount said is one of the business's; not so: 64.90"]


def test_a_code_that_does_not_exist_fails() -> None:
    reasons = failed(replace(RIGHT, messages=[message("tu cita es 9XK4WQ")]))
    assert reasons == ["claims: every code said exists; not so: 9XK4WQ"]


def test_words_missed_and_words_that_must_not_fall_fail() -> None:
    assert failed(RIGHT, text="con descuento, casi gratis") == [
        "words: after step 1 it says the price 649",
        "words: after step 1 it does not say “descuento”",
        "words: it never says “gratis”",
    ]


def test_only_what_a_scenario_is_scored_on_is_looked_at() -> None:
    words_only = SALE.model_copy(update={"scored_on": [Basis.WORDS]})
    assert failed(replace(RIGHT, orders=[]), scenario=words_only) == []


def test_times_are_told_as_they_are_written() -> None:
    wanted = {**SALE.model_dump(), "expect": {"bookings": [{"starts": "2026-11-26 14:00"}]}, "scored_on": ["state"]}
    scenario = Scenario.model_validate(wanted)
    found = {"starts": datetime(2026, 11, 27, 14, 0)}
    assert "state: bookings: {starts: 2026-11-26 14:00} is not among {starts: 2026-11-27 14:00}" in failed(
        Records(bookings=[found], messages=[message()]), scenario=scenario
    )


def test_pass_hat_is_the_chance_that_k_trials_all_pass() -> None:
    assert [pass_hat(4, 3, k) for k in (1, 2, 4)] == [0.75, 0.5, 0.0]
