"""What a run leaves behind: a report to read, and files for other programs."""

import io
import json
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from evals.reporting.document import SCHEMA
from evals.reporting.saved import read_run
from evals.running.files import write_json, write_junit
from evals.running.player import Heard
from evals.running.records import Records
from evals.running.results import Result, Run
from evals.running.scenario import Basis, Scenario
from evals.running.scoring import Finding
from evals.running.stage import StageFailed, adapt
from evals.running.suite import load_suite
from evals.running.terminal import print_run

MAIN = load_suite("main")
GOOD, BAD = MAIN.scenarios[:2]
SENT = {"deliveries": [], "sent_at": "2026-11-24T17:00:01Z", "turn_id": "t1"}


def result(scenario: Scenario, *, passed: bool, trial: int = 1) -> Result:
    step = scenario.chat[0]
    turn = {
        "tool_calls": [{"name": "place_order", "failed": not passed}],
        "rejected": [],
        "usage": [{"input_tokens": 900, "output_tokens": 100, "cost_micros": 2500}],
    }
    heard = [Heard(step, [{"id": "1", "author": "agent", "body": "¡Listo!\x00 <ok>", **SENT}])]
    findings = [Finding(Basis.STATE, passed, "orders: one; found none")]
    return Result(scenario, trial, findings, None, heard, Records(turns=[turn]), seconds=1.5, seed=6 + trial)


RUN = Run(
    "main",
    "offline",
    2,
    [
        result(GOOD, passed=True),
        result(GOOD, passed=True, trial=2),
        result(BAD, passed=True),
        result(BAD, passed=False, trial=2),
    ],
    9.0,
)


def test_a_run_passes_only_if_every_trial_does() -> None:
    assert not RUN.passed
    assert Run("main", "offline", 1, RUN.results[:3], 1.0).passed
    assert not Run("main", "offline", 1, [], 1.0).passed


def test_a_story_that_stopped_did_not_pass() -> None:
    stopped = Result(GOOD, 1, [], stopped="step 2: no payment link came")
    assert not stopped.passed
    assert stopped.reasons == ["step 2: no payment link came"]


def test_the_report_shows_who_failed_why_and_the_chat() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    print_run(console, RUN)
    text = console.export_text()
    assert "3 of 4 passed" in text
    assert "no 1/2" in text
    assert "✗ state: orders: one; found none" in text
    assert f"{BAD.customer.name}: " in text
    assert "place_order (failed)" in text
    assert "pass^1 75 % (95 %: " in text
    assert "pass^2 50 % (95 %: " in text
    assert "4,000 tokens, $0.0100" in text


def test_json_holds_every_result_with_its_reasons(tmp_path: Path) -> None:
    write_json(RUN, tmp_path / "deep" / "run.json")
    document = json.loads((tmp_path / "deep" / "run.json").read_text())
    assert document["schema"] == SCHEMA
    assert not document["passed"]
    assert [each["passed"] for each in document["results"]] == [True, True, True, False]
    assert document["results"][3]["reasons"] == ["state: orders: one; found none"]
    assert document["results"][0]["chat"][-1] == {
        "who": "agent", "words": "¡Listo!\x00 <ok>", "step": 1, "at": "2026-11-24T17:00:01Z", "turn": "t1",
    }  # fmt: skip


def test_what_is_written_as_json_is_read_as_the_same_run(tmp_path: Path) -> None:
    write_json(RUN, tmp_path / "run.json")
    run = read_run(tmp_path / "run.json")
    assert (run.suite, run.trials, run.passed, run.finished_at) == (
        "main",
        2,
        False,
        RUN.finished_at.replace(microsecond=0),
    )
    assert [(each.scenario, each.trial, each.tokens) for each in run.results] == [
        (GOOD.id, 1, 1000),
        (GOOD.id, 2, 1000),
        (BAD.id, 1, 1000),
        (BAD.id, 2, 1000),
    ]
    assert [call.name for call in run.results[0].turns[0].tool_calls] == ["place_order"]


def test_a_half_of_a_character_does_not_cost_the_file(tmp_path: Path) -> None:
    broken = Result(GOOD, 1, [], stopped="step 1: \ud800")
    write_json(Run("main", "offline", 1, [broken], 1.0), tmp_path / "run.json")
    write_junit(Run("main", "offline", 1, [broken], 1.0), tmp_path / "run.xml")
    assert read_run(tmp_path / "run.json").results[0].stopped == "step 1: \ud800"


def test_the_end_is_told_in_the_words_of_a_scenarios_file() -> None:
    records = Records(
        orders=[{"code": "A-1", "total": Decimal("1299.00"), "lines": {"X": 1}}],
        bookings=[{"starts": datetime(2026, 11, 26, 14, 0)}],
        stock={"X": -1},
    )
    told = Result(GOOD, 1, [], records=records).end_state
    assert told["orders"] == [{"total": 1299, "lines": {"X": 1}}]
    assert told["bookings"] == [{"starts": "2026-11-26 14:00"}]
    assert (told["stock"], told["cases"], told["in_charge"]) == ({"X": -1}, [], "agent")


def test_junit_is_xml_that_can_be_read_back(tmp_path: Path) -> None:
    write_junit(RUN, tmp_path / "run.xml")
    suite = ElementTree.parse(tmp_path / "run.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("4", "1")
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [GOOD.id, f"{GOOD.id}#2", BAD.id, f"{BAD.id}#2"]
    failure = cases[3].find("failure")
    assert failure is not None
    assert failure.text == "state: orders: one; found none"
    assert "agent: ¡Listo! <ok>" in (cases[0].findtext("system-out") or "")
    about = [(each.get("name"), each.get("value")) for each in cases[1].iterfind("properties/property")]
    assert about == [("language", GOOD.language), *(("tag", tag) for tag in GOOD.tags), ("seed", "8")]


def test_a_business_is_as_its_scenario_has_it() -> None:
    scenario = next(each for each in MAIN.scenarios if each.id == "last_pair_is_taken")
    document = MAIN.businesses[scenario.business]
    wanted = adapt(document, scenario, "mine")
    stock = {item["sku"]: item["stock"] for product in wanted["products"] for item in product["variants"]}
    assert (wanted["slug"], stock["MURA-9-VECONE"]) == ("mine", 2)
    assert wanted["settings"] == {"quiet_window_seconds": 0.0}
    assert document["slug"] == "deportes-sol"


def test_a_burst_gives_the_business_a_moment_to_listen() -> None:
    scenario = next(each for each in MAIN.scenarios if each.has_burst)
    assert adapt(MAIN.businesses[scenario.business], scenario, "mine")["settings"]["quiet_window_seconds"] > 0


def test_a_given_that_the_business_does_not_have_is_refused() -> None:
    scenario = GOOD.model_copy(update={"given": GOOD.given.model_copy(update={"hidden": ["Nada"]})})
    with pytest.raises(StageFailed, match="has no 'Nada'"):
        adapt(MAIN.businesses[GOOD.business], scenario, "mine")
