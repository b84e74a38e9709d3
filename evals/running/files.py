"""A run as files for other programs: JSON, and JUnit XML as CI servers read it."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from evals.running.results import Result, Run


def write_json(run: Run, file: Path) -> None:
    """Everything: `{"suite", "model", "trials", "passed", "seconds", "results": [...]}`."""
    document = {
        "suite": run.suite,
        "model": run.model,
        "trials": run.trials,
        "seed": run.seed,
        "passed": run.passed,
        "seconds": round(run.seconds, 3),
        "results": [result.as_json() for result in run.results],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n", "utf-8")


def write_junit(run: Run, file: Path) -> None:
    """One test case a trial; the chat is its output."""
    failed = [result for result in run.results if not result.passed]
    suite = ElementTree.Element(
        "testsuite",
        name=f"evals.{run.suite}",
        tests=str(len(run.results)),
        failures=str(len(failed)),
        time=f"{run.seconds:.3f}",
    )
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
    if not result.passed:
        failure = ElementTree.SubElement(case, "failure", message=_plain(result.reasons[0]))
        failure.text = _plain("\n".join(result.reasons))
    output = ElementTree.SubElement(case, "system-out")
    output.text = _plain("\n".join(f"{who}: {words}" for who, words in result.chat()))


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter >= " ")
