"""Reading a suite: a folder of scenarios, one YAML file each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from evals.running.scenario import Scenario

SUITES = Path(__file__).resolve().parent.parent / "suites"
BUSINESSES = Path(__file__).resolve().parent.parent / "world" / "businesses"
ABOUT = "suite.yaml"
"""What a folder says of itself as a whole."""
MOST_NAMED = 10


_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader written in C, where it is built in: ten times as fast on a catalog."""


class SuiteRefused(Exception):
    """A suite cannot be run; the text names each file and field, and what is wrong with it."""


@dataclass(frozen=True)
class Suite:
    """Scenarios in the order of their files."""

    name: str
    scenarios: tuple[Scenario, ...]
    businesses: dict[str, dict[str, Any]]
    """The documents of the businesses they play in, by slug."""
    begins: datetime | None = None
    """When its world begins, if not when all suites do."""

    def matching(self, pattern: str) -> "Suite":
        """Those whose id, title, business, language or a tag fits: a part of it, or with `*` all of it."""
        wanted = pattern.casefold()

        def fits(scenario: Scenario) -> bool:
            texts = (scenario.id, scenario.title, scenario.business, scenario.language, *scenario.tags)
            return any(
                fnmatch(text.casefold(), wanted) if "*" in wanted else wanted in text.casefold() for text in texts
            )

        return replace(self, scenarios=tuple(item for item in self.scenarios if fits(item)))


def load_suite(name: str, *, businesses: Path = BUSINESSES) -> Suite:
    """A suite by its name in `evals/suites/`, or by a path to a folder (or to one file). Raises `SuiteRefused`.

    A folder may bring `businesses/` of its own and say in `suite.yaml` when its world `begins`.
    """
    place = suite_place(name)
    files = sorted(file for file in place.glob("*.yaml") if file.name != ABOUT) if place.is_dir() else [place]
    if not files:
        raise SuiteRefused(f"{place} holds no scenario (*.yaml)")
    home = place if place.is_dir() else place.parent
    folders = (businesses, home / "businesses")
    documents = {slug: document for folder in folders for slug, document in _businesses(folder)}
    scenarios, faults = [], []
    for file in files:
        try:
            scenario = read_scenario(file)
        except SuiteRefused as refused:
            faults.append(str(refused))
            continue
        if scenario.business not in documents:
            named = ", ".join(sorted(documents)[:MOST_NAMED])
            faults.append(f"{file}: business: there is no {scenario.business}, only {named}")
        scenarios.append(scenario)
    if faults:
        raise SuiteRefused("\n".join(faults))
    used = {scenario.business: documents[scenario.business] for scenario in scenarios}
    return Suite(place.stem, tuple(scenarios), used, _begins(home / ABOUT))


def _businesses(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(folder.glob("*.yaml")):
        document = _read(file)
        if not isinstance(document, dict) or not isinstance(document.get("slug"), str):
            raise SuiteRefused(f"{file}: a business has a slug")
        yield document["slug"], document


def _begins(about: Path) -> datetime | None:
    if not about.is_file():
        return None
    document = _read(about)
    moment = document.get("begins") if isinstance(document, dict) else None
    if moment is None:
        return None
    try:
        begins = datetime.fromisoformat(str(moment))
    except ValueError:
        begins = None
    if begins is None or begins.tzinfo is None:
        raise SuiteRefused(f'{about}: begins: write an instant with its offset, such as "2026-11-24T11:00:00-06:00"')
    return begins


def suite_place(name: str) -> Path:
    """Where a suite is. Raises `SuiteRefused`."""
    place = Path(name) if Path(name).exists() else SUITES / name
    if not place.exists():
        known = ", ".join(sorted(each.name for each in SUITES.iterdir() if each.is_dir()))
        raise SuiteRefused(f"there is no suite {name}; these are there: {known}")
    return place


def read_scenario(file: Path) -> Scenario:
    """One file. Raises `SuiteRefused` with a line for each wrong field."""
    document = _read(file)
    if not isinstance(document, dict):
        raise SuiteRefused(f"{file}: a scenario is a list of fields such as title, business, chat")
    try:
        return Scenario.model_validate({"id": file.stem.removesuffix(".scenario"), **document})
    except ValidationError as wrong:
        lines = dict.fromkeys(f"{file}: {_place(error['loc'])}: {_complaint(error)}" for error in wrong.errors())
        raise SuiteRefused("\n".join(lines)) from None


def _read(file: Path) -> Any:
    try:
        return yaml.load(file.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - safe, whichever it is
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise SuiteRefused(f"{file}: not readable as YAML: {broken}") from None


def _place(location: tuple[int | str, ...]) -> str:
    """`chat[2].hears[0]`, counted from 1 as a reader does, without pydantic's names for the members of a union."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part + 1}]"
        elif part.islower() and part.isidentifier():
            path += f".{part}"
    return path.lstrip(".") or "the file"


def _complaint(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")
