"""Schema-Guided Dialogue's booking services, from a few dialogues of our own in its format."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from evals.running.scenario import BookingState, Taken
from evals.running.suite import Suite, load_suite
from tests.evals.adapters.made import adapted, fates, scenario

DATA = Path(__file__).parent / "sgd"
BOOKED = "sgd_services_1_1_00000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sgd") / "suite"
    assert adapted("sgd", DATA, out).exit_code == 0
    return out


@pytest.fixture(scope="module")
def suite(folder: Path) -> Suite:
    return load_suite(str(folder))


def test_every_dialogue_has_one_fate_with_its_reason(folder: Path) -> None:
    assert {task: (fate.outcome.value, fate.reason) for task, fate in fates(folder).items()} == {
        "1_00000": ("whole", ""),
        "1_00001": ("partly", "no part of a booking here: number_of_seats"),
        "1_00002": ("not mapped", "Hotels: no booking of somebody's hour"),
        "1_00003": ("not mapped", "several services in one chat"),
        "1_00004": ("not mapped", "nothing is booked in it"),
        "1_00005": ("not mapped", "no service calls: get the release of July 2020"),
        "1_00006": ("whole", ""),
    }


def test_the_world_begins_on_the_day_on_which_the_data_is_held(suite: Suite) -> None:
    assert suite.begins == datetime.fromisoformat("2019-03-01T06:00-08:00")
    assert suite.matching("restaurants").begins == suite.begins


def test_what_was_booked_must_be_booked_and_what_was_asked_for_told(suite: Suite) -> None:
    booked = scenario(suite, BOOKED)
    assert booked.expect.bookings == [
        BookingState(status="confirmed", staff="Marta Leal", starts=datetime(2019, 3, 2, 10))
    ]
    assert booked.expect.said == ["12 Willow Street"]
    assert [step.says for step in booked.chat][-1] == ["Thank you, bye!"]


def test_providers_become_staff_and_what_is_known_of_them_facts(suite: Suite) -> None:
    business = suite.businesses[scenario(suite, BOOKED).business]
    assert [each["name"] for each in business["staff"]] == ["Marta Leal"]
    assert [each["name"] for each in business["services"]] == ["Stylist appointment"]
    facts = {fact["key"]: fact["text"] for fact in business["facts"]}
    assert facts["address"] == "Street address: Marta Leal: 12 Willow Street."
    assert facts["contact"] == "Phone number: Marta Leal: 503-555-0142."


def test_kinds_of_providers_become_services_of_their_own(suite: Suite) -> None:
    business = suite.businesses[scenario(suite, "sgd_services_4_1_00006").business]
    done_by = {each["key"]: each["name"] for each in business["services"]}
    assert {each["name"]: done_by[each["services"][0]] for each in business["staff"]} == {
        "Joel Amsel": "Psychologist",
        "Rosa Lindt": "Family Counselor",
    }


def test_an_hour_that_was_refused_is_taken_by_somebody_else(suite: Suite) -> None:
    refused = scenario(suite, "sgd_restaurants_2_1_00001")
    assert refused.given.taken == [
        Taken(service="Table reservation", staff="Blue Heron", starts=datetime(2019, 3, 4, 19))
    ]
    assert [each.starts for each in refused.expect.bookings] == [datetime(2019, 3, 4, 20)]
    assert [fact["key"] for fact in suite.businesses[refused.business]["facts"]] == ["about_location", "contact"]


@pytest.mark.parametrize(
    ("day", "hour", "reason"),
    [
        ("2019-03-01", "05:00", "the hour is over when the chat begins"),
        ("2019-06-01", "10:00", "further ahead than an agenda is open"),
        ("2019-03-02", "10:05", "no start of an appointment here: every 15 minutes from 06:00 to 22:30"),
        ("2019-03-02", "noon", "a booking without a readable day, hour or name"),
    ],
)
def test_an_hour_that_no_agenda_here_has_is_not_mapped(tmp_path: Path, day: str, hour: str, reason: str) -> None:
    dialogues = json.loads((DATA / "dialogues_001.json").read_text())
    wrong = json.loads(json.dumps(dialogues[0]).replace("2019-03-02", day).replace("10:00", hour))
    data = changed(tmp_path, [dialogues[6], wrong | {"dialogue_id": "wrong"}])
    assert adapted("sgd", data, tmp_path / "out").exit_code == 0
    assert fates(tmp_path / "out")["wrong"].reason == reason


def test_a_dialogue_whose_only_booking_was_refused_is_not_mapped(tmp_path: Path) -> None:
    dialogues = json.loads((DATA / "dialogues_001.json").read_text())
    refused = json.loads(json.dumps(dialogues[0]).replace("NOTIFY_SUCCESS", "NOTIFY_FAILURE"))
    data = changed(tmp_path, [dialogues[6], refused | {"dialogue_id": "refused"}])
    assert adapted("sgd", data, tmp_path / "out").exit_code == 0
    assert fates(tmp_path / "out")["refused"].reason.startswith("its only booking was refused")


def test_dialogues_of_several_files_and_equal_ids_keep_a_business_each(tmp_path: Path) -> None:
    data = tmp_path / "dev"
    shutil.copytree(DATA, data)
    shutil.copy(data / "dialogues_001.json", data / "dialogues_002.json")
    assert adapted("sgd", tmp_path, tmp_path / "out").exit_code == 0
    suite = load_suite(str(tmp_path / "out"))
    assert len(suite.scenarios) == len(suite.businesses) == 6


def test_a_dialogue_of_another_shape_is_refused_with_its_field(tmp_path: Path) -> None:
    answer = adapted("sgd", changed(tmp_path, [{"dialogue_id": "1", "services": ["Services_1"]}]), tmp_path / "out")
    assert answer.exit_code == 2
    assert "dialogues_001.json: dialogue 1: turns: is missing" in answer.output


def test_a_folder_without_the_data_is_told_what_it_should_hold(tmp_path: Path) -> None:
    answer = adapted("sgd", tmp_path, tmp_path / "out", "--split", "test")
    assert answer.exit_code == 2
    assert "holds no schema.json with dialogues_001.json beside it" in " ".join(answer.output.split())


def changed(tmp_path: Path, dialogues: list[Any]) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(DATA / "schema.json", data)
    (data / "dialogues_001.json").write_text(json.dumps(dialogues))
    return data
