"""A run as files for other programs: JSON, and JUnit XML as CI servers read it."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from evals.reporting.document import SCHEMA
from evals.running.results import Result, Run

Json = dict[str, Any]
_NOT_OF_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_document(run: Run) -> Json:
    """Everything: `{"schema", "suite", "model", "trials", "passed", "seconds", "results": [...]}`, as
    `evals/reporting/document.py` reads it."""
    return {
        "schema": SCHEMA,
        "suite": run.suite,
        "model": run.model,
        "trials": run.trials,
        "seed": run.seed,
        "finished_at": run.finished_at.isoformat(timespec="seconds"),
        "pattern": run.pattern,
        "timezones": run.timezones,
        "passed": run.passed,
        "seconds": round(run.seconds, 3),
        "results": [result.as_json() for result in run.results],
    }


def write_json(run: Run, file: Path) -> None:
    """`as_document`, in a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_document(run), ensure_ascii=False, indent=1, default=str) + "\n"
    file.write_text(text, "utf-8", errors="backslashreplace")


def write_junit(run: Run, file: Path) -> None:
    """One test case a trial; the chat is its output."""
    failed = [result for result in run.results if not result.passed]
    suite = ElementTree.Element(
        "testsuite",
        name=f"evals.{run.suite}",
        tests=str(len(run.results)),
        failures=str(len(failed)),
        time=f"{run.seconds:.3f}",
        timestamp=run.finished_at.isoformat(timespec="seconds"),
    )
    _properties(suite, [("model", run.model), ("trials", str(run.trials))])
    for result in run.results:
        _case(suite, result)
    file.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)


def _case(suite: ElementTree.Element, result: Result) -> None:
    name = result.scenario.id if result.trial == 1 else f"{result.scenario.id}#{result.trial}"
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"{suite.get('name')}.{result.scenario.business}", name=name
    )
    case.set("time", f"{result.seconds:.3f}")
    scenario = result.scenario
    tags = [("tag", tag) for tag in scenario.tags]
    _properties(case, [("language", scenario.language), *tags, ("seed", str(result.seed))])
    if not result.passed:
        failure = ElementTree.SubElement(case, "failure", message=_plain(result.reasons[0]))
        failure.text = _plain("\n".join(result.reasons))
    output = ElementTree.SubElement(case, "system-out")
    output.text = _plain("\n".join(f"{who}: {words}" for who, words in result.chat()))


def _properties(element: ElementTree.Element, pairs: list[tuple[str, str]]) -> None:
    properties = ElementTree.SubElement(element, "properties")
    for name, value in pairs:
        ElementTree.SubElement(properties, "property", name=name, value=_plain(value))


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_OF_XML.sub("", text)
