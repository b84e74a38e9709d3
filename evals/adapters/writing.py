"""Writing a suite's folder: scenarios, the businesses they play in, when it begins, and the mapping."""

import itertools
import random
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import yaml

from evals.adapters.mapping import Fate, write_mapping
from evals.adapters.reading import InputRefused, check
from evals.running.scenario import Scenario

Json = dict[str, Any]
_FastDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LONGEST_ID = 60
_LONGEST_SLUG = 45
"""The runner appends the trial and a count, and a slug has 63 letters at most."""
EVERY = 100


class _Dumper(_FastDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        """Equal hours are written out each time: anchors are nothing for a reader."""
        return True


@dataclass(frozen=True)
class Adapted:
    """One task: its fate, and if it was mapped, its scenario and, if it has one of its own, its business."""

    fate: Fate
    scenario: Json | None = None
    business: Json | None = None


def identifier(*parts: str) -> str:
    """A scenario's id, which is its file's name: lower case letters, digits and underscores, whatever was given."""
    return re.sub(r"[^a-z0-9]+", "_", "_".join(parts).lower()).strip("_")[:_LONGEST_ID] or "task"


def slug(*parts: str) -> str:
    """A business's slug."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")[:_LONGEST_SLUG].strip("-") or "business"


def write_suite(
    folder: Path,
    origin: str,
    tasks: Iterable[Adapted],
    *,
    shared: Json | None = None,
    begins: datetime | None = None,
    some: int | None = None,
    seed: int = 1,
    report: Callable[[str], None] = lambda line: None,
) -> list[Fate]:
    """Write what was mapped (or `some` of it, drawn by `seed`) and tell the fate of everything. Raises `InputRefused`.

    One task is held at a time, or `some`, so a data set may be far larger than memory. `shared` is the business of all
    scenarios that bring none of their own; the whole begins at `begins`, or when suites do.
    """
    with _whole(folder) as place:
        if shared is not None:
            _write(place / "businesses" / f"{shared['slug']}.yaml", shared)
        fates = _write_tasks(place, tasks, some, random.Random(seed), report)
        _write(place / "suite.yaml", {"origin": origin} | ({"begins": begins.isoformat()} if begins else {}))
        write_mapping(place, origin, fates)
    return fates


def _write_tasks(
    folder: Path, tasks: Iterable[Adapted], some: int | None, chance: random.Random, report: Callable[[str], None]
) -> list[Fate]:
    """All that can be mapped as it comes, or `some`: each has the same chance, by reservoir sampling."""
    drawn: list[tuple[int, Adapted]] = []
    fates: list[Fate] = []
    used: set[str] = set()
    mapped = 0
    for place, task in enumerate(tasks):
        fates.append(task.fate)
        if place % EVERY == EVERY - 1:
            report(f"{place + 1:,} read, {mapped:,} mapped")
        if task.scenario is None:
            continue
        mapped += 1
        if some is None:
            fates[place] = _write_task(folder, task, used)
        elif len(drawn) < some:
            drawn.append((place, task))
        elif (at := chance.randrange(mapped)) < some:
            drawn[at] = (place, task)
    for place, task in sorted(drawn, key=lambda pair: pair[0]):
        fates[place] = _write_task(folder, task, used)
    return fates


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside it that takes its name at the end, if it holds a scenario; whatever fails leaves nothing."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputRefused(f"{folder} is there already; name a new folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(mkdtemp(prefix=".adapt-", dir=folder.parent))
    except OSError as fault:
        raise InputRefused(f"{folder}: cannot be written: {fault.strerror or type(fault).__name__}") from None
    except ValueError:
        raise InputRefused("a path must not hold null bytes") from None
    try:
        place.chmod(0o755)
        (place / "businesses").mkdir()
        yield place
        if len(list(place.glob("*.yaml"))) > 1:
            place.replace(folder)
    except OSError as fault:
        raise InputRefused(f"{folder}: cannot be written: {fault.strerror or type(fault).__name__}") from None
    finally:
        rmtree(place, ignore_errors=True)


def _write_task(folder: Path, task: Adapted, used: set[str]) -> Fate:
    """Two tasks of one id both get a file. Raises `InputRefused` for what no run could play."""
    assert task.scenario is not None
    name = _unused(str(task.scenario["id"]), "_", used)
    document = {key: value for key, value in task.scenario.items() if key != "id"}
    if task.business is not None:
        document["business"] = _unused(str(task.business["slug"]), "-", used)
        _write(folder / "businesses" / f"{document['business']}.yaml", task.business | {"slug": document["business"]})
    check(Scenario, {**document, "id": name}, f"task {task.fate.task}")
    _write(folder / f"{name}.yaml", document)
    return replace(task.fate, scenario=name)


def _unused(wanted: str, joint: str, used: set[str]) -> str:
    names = (wanted if count == 1 else f"{wanted}{joint}{count}" for count in itertools.count(1))
    name = next(each for each in names if each not in used)
    used.add(name)
    return name


def _write(file: Path, document: Json) -> None:
    words = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)
    file.write_text(words, "utf-8")
