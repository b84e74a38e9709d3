"""Runs in files: what can be read, and what is said of what cannot; the commands that read them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evals.reporting.command import compare, report
from evals.reporting.document import SCHEMA
from evals.reporting.saved import RunUnreadable, read_run
from tests.evals.reporting.runs import played, saved


def put(folder: Path, name: str, document: Any) -> str:
    file = folder / name
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(file)


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


GOOD = saved(played("one"))
CUT = json.dumps(GOOD)[:200]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (CUT, "is no JSON; a run is saved with: evals run --json run.json"),
        ("[" * 100_000, "is no JSON"),
        ("", "is no JSON"),
        ([1], "is no run of a suite"),
        ({"attacks": []}, "is no run of a suite"),
        (without(GOOD, "schema"), f"is from before runs had a schema, this version reads {SCHEMA}; play the suite"),
        (GOOD | {"schema": "tendero.evals.run/99"}, "is of the schema 'tendero.evals.run/99'"),
        (GOOD | {"results": []}, "holds no result"),
        (GOOD | {"results": [{"scenario": 4}]}, r"results\.0\.scenario: .* \(and \d+ more\); it was cut or edited"),
        (GOOD | {"finished_at": "yesterday"}, "finished_at: "),
    ],
)
def test_a_file_that_is_no_run_is_refused_with_what_is_wrong(tmp_path: Path, document: Any, said: str) -> None:
    with pytest.raises(RunUnreadable, match=f"run.json: {said}"):
        read_run(Path(put(tmp_path, "run.json", document)))


def test_a_file_that_is_not_there_or_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunUnreadable, match="No such file"):
        read_run(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunUnreadable, match="is no JSON"):
        read_run(tmp_path / "bytes.json")


def test_fields_of_later_versions_are_passed_over(tmp_path: Path) -> None:
    assert read_run(Path(put(tmp_path, "run.json", GOOD | {"colour": "blue"}))).suite == "main"


def test_compare_ends_with_1_if_something_regressed_and_with_0_otherwise(tmp_path: Path) -> None:
    good = put(tmp_path, "good.json", GOOD)
    bad = put(tmp_path, "bad.json", saved(played("one", passed=False)))
    worse = CliRunner().invoke(compare, [good, bad, "--html", str(tmp_path / "deep" / "page.html")])
    assert worse.exit_code == 1
    assert "1 got worse" in worse.output
    assert "state: orders: {status: paid} is not among none" in worse.output
    assert "1 regression, side by side" in (tmp_path / "deep" / "page.html").read_text()
    assert CliRunner().invoke(compare, [bad, good]).exit_code == 0
    assert CliRunner().invoke(compare, [bad, bad]).exit_code == 0


def test_commands_end_with_2_where_a_file_cannot_be_used(tmp_path: Path) -> None:
    good, broken = put(tmp_path, "good.json", GOOD), put(tmp_path, "broken.json", CUT)
    other = put(tmp_path, "other.json", saved(played("two")))
    for command, arguments, said in (
        (compare, [good, broken], "broken.json: is no JSON"),
        (compare, [good, other], "have none in common"),
        (report, [broken], "broken.json: is no JSON"),
        (report, [good, "--baseline", other], "have none in common"),
        (report, [good, "--html", str(tmp_path)], "is a directory"),
    ):
        answer = CliRunner().invoke(command, arguments)
        assert answer.exit_code == 2
        assert said in answer.output


def test_report_makes_a_page_of_a_saved_run_and_ends_with_0_whatever_it_found(tmp_path: Path) -> None:
    bad = put(tmp_path, "bad.json", saved(played("one", passed=False)))
    other = put(tmp_path, "other.json", saved(played("one"), model="openai:gpt-5-mini"))
    page = tmp_path / "page.html"
    answer = CliRunner().invoke(report, [bad, other, "--html", str(page)])
    assert answer.exit_code == 0
    assert "openai:gpt-5-mini" in page.read_text()
