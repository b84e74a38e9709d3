"""Faults are put into functions that exist, and strike nobody but whom they are meant for."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from evals.mutation.fault import Call, Fault, missing, module_of
from evals.mutation.ground import Ground, label_of
from evals.mutation.matrix import catchers
from evals.mutation.planting import ROOT, Planter, environment, struck
from evals.mutation.registry import all_faults, expect_modules
from evals.mutation.whose import whose
from evals.running.suite import load_suite

FAULTS = all_faults()


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    made = Ground(tmp_path)
    made.prepare()
    return made


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_function_that_a_fault_replaces_is_there_and_awaited_as_before(fault: Fault) -> None:
    assert fault.plants
    for target, act in fault.plants.items():
        module = importlib.import_module(module_of(target))
        assert missing(target, module) is None
        original: Any = module
        for name in target.partition(":")[2].split("."):
            original = getattr(original, name)
        assert inspect.iscoroutinefunction(act) == inspect.iscoroutinefunction(original), target


def test_there_are_more_faults_than_promised_and_each_names_a_scenario_that_is_there() -> None:
    expect_modules()
    scenarios = load_suite("main").scenarios
    assert len(FAULTS) >= 24
    assert [fault.name for fault in FAULTS if not catchers(fault, scenarios)] == []


def test_a_fault_strikes_its_own_business_and_no_other(ground: Ground) -> None:
    mine, theirs, unmarked = uuid4(), uuid4(), uuid4()
    ground.settle(mine, label_of(7, "wrong-hour") + "-1-12")
    ground.settle(theirs, label_of(8, "") + "-1-13")
    ground.settle(unmarked, "deportes-sol")

    def doubled(call: Call, row: Any, number: int) -> int:
        call.reached()
        return 2 * int(call.original(row, number))

    home = ModuleType("home")
    function = struck(ground, {"wrong-hour": doubled}, home, lambda row, number: number + 1)
    asked = [function(SimpleNamespace(tenant_id=tenant), 20) for tenant in (mine, theirs, unmarked, uuid4())]
    assert asked == [42, 21, 21, 21]
    assert ground.times_reached("m7--wrong-hour") == 1
    assert ground.times_reached("m8--clean") == 0


async def test_of_two_faults_in_one_function_each_has_its_own_business(ground: Ground) -> None:
    first, second = uuid4(), uuid4()
    ground.settle(first, "m1--lost-answer-1-1")
    ground.settle(second, "m2--doubled-answer-1-2")

    async def lost(call: Call, row: Any) -> str:
        return "nothing"

    async def doubled(call: Call, row: Any) -> str:
        return 2 * str(await call.original(row))

    async def said(row: Any) -> str:
        return "hello"

    function = struck(ground, {"lost-answer": lost, "doubled-answer": doubled}, ModuleType("home"), said)
    assert inspect.iscoroutinefunction(function)
    told = [await function(SimpleNamespace(tenant_id=tenant)) for tenant in (first, second, uuid4())]
    assert told == ["nothing", "hellohello", "hello"]


def test_a_function_that_is_gone_is_a_loud_error(ground: Ground) -> None:
    fault = Fault("renamed", "Nothing any more.", ("booking",))
    fault.plant("home:old_name")(lambda call: None)
    with pytest.raises(LookupError, match="home:old_name: there is no such function any more"):
        Planter(ground, [fault]).plant(ModuleType("home"))


def test_a_process_that_is_started_with_the_faults_has_them_and_says_so(ground: Ground) -> None:
    asked = "import graphs.consent; print(graphs.consent.objection.__wrapped__.__name__)"
    started = subprocess.run(
        [sys.executable, "-c", asked], env=os.environ | environment(ground), cwd=ROOT, capture_output=True, text=True
    )
    assert started.stdout.strip() == "objection", started.stderr
    assert ground.is_planted("graphs.consent:objection")
    assert not ground.is_planted("graphs.observer:judge")


def test_the_business_is_found_in_whatever_names_one() -> None:
    tenant = uuid4()
    names = [
        SimpleNamespace(tenant_id=tenant),
        SimpleNamespace(_tenant_id=tenant),
        SimpleNamespace(info={"tenant_id": tenant}),
        SimpleNamespace(account=SimpleNamespace(tenant_id=tenant)),
        SimpleNamespace(business=SimpleNamespace(id=tenant)),
        SimpleNamespace(_bundle=SimpleNamespace(tenant=SimpleNamespace(id=tenant))),
        {"tenant": {"id": tenant}},
    ]
    assert [whose(("words", 3, name)) for name in names] == [tenant] * len(names)
    assert whose(("words", {"tenant": None}, None)) is None
