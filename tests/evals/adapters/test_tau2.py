"""tau2-bench's retail tasks, from a small shop of our own in its format."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.running.scenario import Price
from evals.running.suite import Suite, load_suite
from tests.evals.adapters.made import adapted, fates, scenario

DATA = Path(__file__).parent / "tau2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tau2") / "suite"
    assert adapted("tau2", DATA, out).exit_code == 0
    return out


@pytest.fixture(scope="module")
def suite(folder: Path) -> Suite:
    return load_suite(str(folder))


def test_the_catalog_becomes_a_shop_with_prices_in_cents_and_stock_where_available(suite: Suite) -> None:
    shop = suite.businesses["tau2-retail"]
    kettle = shop["products"][0]
    assert kettle["name"] == "Marlin Kettle"
    assert [(each["sku"], each["price"], each["stock"]) for each in kettle["variants"]] == [
        ("70011", 3950, 10),
        ("70012", 4225, 10),
        ("70013", 4700, 0),
    ]
    assert kettle["variants"][0]["options"] == {"color": "green", "capacity": "1 liter"}


def test_every_task_has_one_fate_with_its_reason(folder: Path) -> None:
    found = fates(folder)
    assert {task: fate.outcome.value for task, fate in found.items()} == {
        "0": "partly",
        "1": "partly",
        "2": "whole",
        "3": "whole",
        "4": "not mapped",
        "5": "not mapped",
        "6": "not mapped",
        "7": "partly",
    }
    assert found["0"].reason == "handed to a person instead of done: cancellation of an order"
    assert found["4"].reason == "a figure must be told that only records of earlier orders hold"
    assert "every answer would pass" in found["5"].reason
    assert found["6"].reason == "acts that this adapter does not know: redeem_points"
    assert (found["7"].unscored, found["7"].basis) == (("exchange",), ("state", "words", "judged"))
    assert [task for task, fate in found.items() if not fate.scenario] == ["4", "5", "6"]


def test_a_change_of_an_earlier_order_must_end_with_a_person_and_nothing_sold(suite: Suite) -> None:
    cancelling = scenario(suite, "task_0")
    assert cancelling.customer.name == "Ines"
    assert scenario(suite, "task_2").customer.name == "Tom"
    assert cancelling.chat[0].says == [
        "I am Ines Duarte in zip code 97103. I bought the wrong kettle and want to cancel my order #W501."
    ]
    assert [step.answers for step in cancelling.chat] == [None, "any", "any"]
    assert [case.status for case in cancelling.expect.cases] == ["open"]
    assert cancelling.expect.in_charge == "person"
    assert not cancelling.expect.orders


def test_what_must_be_communicated_is_asked_for_where_the_catalog_holds_it(suite: Suite, folder: Path) -> None:
    assert scenario(suite, "task_2").expect.said == [Price(price=Decimal("39.5"))]
    assert fates(folder)["2"].basis == ("state", "words")
    assert scenario(suite, "task_7").expect.said == ["red"]


def test_some_are_drawn_by_a_seed_and_the_others_are_still_told(tmp_path: Path) -> None:
    def drawn(name: str, seed: str) -> list[str]:
        out = tmp_path / name
        assert adapted("tau2", DATA, out, "--some", "2", "--seed", seed).exit_code == 0
        assert len(fates(out)) == 8
        return [each.id for each in load_suite(str(out)).scenarios]

    again = [drawn(f"seed-{seed}", seed) for seed in "12345"]
    assert all(len(names) == 2 for names in again)
    assert len({tuple(names) for names in again}) > 1
    assert drawn("once-more", "3") == again[2]


def test_the_folder_is_found_in_a_copy_of_the_repository(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "copy" / "data" / "tau2" / "domains" / "retail")
    assert adapted("tau2", tmp_path / "copy", tmp_path / "out").exit_code == 0


def test_two_tasks_of_one_id_and_ids_that_are_paths_stay_inside_the_folder(tmp_path: Path) -> None:
    tasks = json.loads((DATA / "tasks.json").read_text())
    data = changed(tmp_path, [tasks[2] | {"id": "../../etc"}, tasks[2] | {"id": "../../etc"}, tasks[2] | {"id": 7}])
    assert adapted("tau2", data, tmp_path / "out").exit_code == 0
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names >= {"task_etc.yaml", "task_etc_2.yaml", "task_7.yaml"}


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"user_scenario": {"instructions": {"domain": "retail"}}}, "user_scenario.instructions"),
        ({"evaluation_criteria": None}, "evaluation_criteria: Input should be"),
        ({"evaluation_criteria": {"actions": [{"arguments": {}}]}}, "evaluation_criteria.actions.0.name: is missing"),
    ],
)
def test_a_task_of_another_shape_is_refused_with_its_field(tmp_path: Path, entry: Any, complaint: str) -> None:
    tasks = json.loads((DATA / "tasks.json").read_text())
    answer = adapted("tau2", changed(tmp_path, [tasks[0], tasks[1] | entry]), tmp_path / "out")
    assert answer.exit_code == 2
    assert f"tasks.json: task 2: {complaint}" in answer.output
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".adapt-*"))


def test_wrong_places_are_named_for_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "users.json").write_text("{}")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    for data, out, complaint in (
        (tmp_path / "nowhere", "out", "is no folder; give a copy of tau2-bench"),
        (tmp_path, "out", "holds no tasks.json with a db.json"),
        (tmp_path / "old", "out", "looks like the first tau-bench"),
        (DATA, "full", "is there already; name a new folder"),
    ):
        answer = adapted("tau2", data, tmp_path / out)
        assert answer.exit_code == 2
        assert complaint in " ".join(answer.output.split())
    assert (tmp_path / "full" / "mine.txt").read_text() == "keep"


def test_data_of_which_nothing_can_be_mapped_makes_no_suite(tmp_path: Path) -> None:
    tasks = json.loads((DATA / "tasks.json").read_text())
    answer = adapted("tau2", changed(tmp_path, tasks[4:7]), tmp_path / "out")
    assert answer.exit_code == 2
    assert "none of 3 tasks could be mapped" in answer.output
    assert not (tmp_path / "out").exists()


def test_a_database_of_another_domain_is_refused(tmp_path: Path) -> None:
    data = changed(tmp_path, [])
    (data / "db.json").write_text('{"flights": {}, "users": {}}')
    answer = adapted("tau2", data, tmp_path / "out")
    assert answer.exit_code == 2
    assert "db.json: products: is missing" in answer.output


def changed(tmp_path: Path, tasks: list[Any]) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(DATA / "db.json", data)
    (data / "tasks.json").write_text(json.dumps(tasks))
    return data
