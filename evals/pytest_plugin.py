"""Scenarios as tests: `pytest -p evals.pytest_plugin --tendero-suite main -k booking`.

Each scenario is a test with its tags, its language and its business as markers; one world serves the session, and one
each worker of pytest-xdist. Collected are the suites of `--tendero-suite`, the folders of the ini option
`tendero_suites`, and `*.scenario.yaml` wherever pytest looks.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from evals.running.results import Result
    from evals.running.scenario import Scenario
    from evals.running.stagehand import Stagehand

T = TypeVar("T")
ENDING = ".scenario.yaml"
PLAY_SECONDS = 1800.0


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tendero", "scenarios of the twin world as tests")
    group.addoption(
        "--tendero-suite",
        action="append",
        default=[],
        metavar="SUITE",
        help="Run a suite: a name in evals/suites, or a folder; may be given more than once.",
    )
    group.addoption(
        "--tendero-model",
        default="offline",
        metavar="MODEL",
        help="Who plays the agent: offline (free), or a model such as openai:gpt-5-mini, which costs money.",
    )
    parser.addini("tendero_suites", "Folders whose *.yaml files are scenarios.", type="paths", default=[])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """A suite that is asked for is an argument like a path: alone, it is all that is collected."""
    from evals.running.suite import SuiteRefused, suite_place

    known = early_config.known_args_namespace
    for name in known.tendero_suite:
        try:
            place = str(suite_place(name).resolve())
        except SuiteRefused as refused:
            raise pytest.UsageError(str(refused)) from None
        if place not in known.file_or_dir:
            args.append(place)
            known.file_or_dir.append(place)
        early_config.stash.setdefault(_FOLDERS, set()).add(Path(place))


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(_FOLDERS, set()).update(Path(each).resolve() for each in config.getini("tendero_suites"))


def pytest_unconfigure(config: pytest.Config) -> None:
    if (house := config.stash.get(_OWN_HOUSE, None)) is not None:
        house.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    folders = parent.config.stash[_FOLDERS]
    asked_for = file_path.suffix == ".yaml" and (file_path in folders or file_path.parent in folders)
    if asked_for or file_path.name.endswith(ENDING):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """One YAML file."""

    def collect(self) -> Iterable["ScenarioItem"]:
        from evals.running.suite import SuiteRefused, read_scenario

        try:
            scenario = read_scenario(self.path)
        except SuiteRefused as refused:
            raise self.CollectError(str(refused)) from None
        yield ScenarioItem.from_parent(self, name=scenario.id, scenario=scenario)


class ScenarioItem(pytest.Item):
    """One scenario, played once."""

    def __init__(self, *, scenario: "Scenario", **given: Any) -> None:
        super().__init__(**given)
        self.scenario = scenario
        for tag in ("scenario", scenario.language, scenario.business, *scenario.tags):
            marker = re.sub(r"\W", "_", tag)
            self.config.addinivalue_line("markers", f"{marker}: of scenarios")
            self.add_marker(marker)
        self.extra_keyword_matches.update((scenario.business, scenario.language, *scenario.tags))
        self.user_properties.append(("title", scenario.title))

    def runtest(self) -> None:
        if HOUSE not in self.config.stash:
            house = House(partial(usual_world, self.config.getoption("--tendero-model")))
            self.config.stash[HOUSE] = self.config.stash[_OWN_HOUSE] = house
        result = self.config.stash[HOUSE].play(self.path, self.scenario)
        self.user_properties += [("turns", len(result.records.turns)), ("tokens", result.tokens)]
        self.add_report_section("call", "chat", _transcript(result))
        if not result.passed:
            raise ScenarioFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from evals.running.suite import SuiteRefused
        from evals.world.installation import InstallationFailed

        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        if isinstance(excinfo.value, InstallationFailed):
            return f"the installation did not start:\n{excinfo.value}"
        return str(excinfo.value) if isinstance(excinfo.value, SuiteRefused) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.name}: {self.scenario.title}"


class ScenarioFailed(Exception):
    """The reasons, then the chat and the tools that were used."""

    def __init__(self, result: "Result") -> None:
        used = [f"{call['name']}{' (failed)' if call.get('failed') else ''}" for call in result.records.calls]
        reasons = [f"✗ {reason}" for reason in result.reasons]
        lines = [result.scenario.title, *reasons, "", _transcript(result), "", f"tools: {', '.join(used) or 'none'}"]
        super().__init__("\n".join(lines))


class House:
    """One world in a thread of its own, started when the first scenario is played."""

    def __init__(self, opening: Callable[[dict[str, Any]], AbstractAsyncContextManager["Stagehand"]]) -> None:
        """`opening` starts the world; it gets the documents of businesses by slug, which grow as files are read."""
        self._opening = opening
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tendero-world", daemon=True)
        self._stack = AsyncExitStack()
        self._stage: Stagehand | None = None
        self.businesses: dict[str, Any] = {}
        """Documents by slug, those of the files that were played."""
        self._thread.start()

    def play(self, file: Path, scenario: "Scenario", trial: int = 1) -> "Result":
        """Raises InstallationFailed, SuiteRefused."""
        from evals.running.runner import beginning
        from evals.running.suite import load_suite

        suite = load_suite(str(file))
        for slug, document in suite.businesses.items():
            self.businesses.setdefault(slug, document)
        return self.do(self._play(scenario, trial, beginning(scenario, suite)))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Something in the world's own event loop, until it is done."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PLAY_SECONDS)

    def close(self) -> None:
        """Ends the world, and the thread."""
        self.do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def open(self) -> "Stagehand":
        """The world, started if it is not running yet; to be called in its own event loop."""
        if self._stage is None:
            self._stage = await self._stack.enter_async_context(self._opening(self.businesses))
        return self._stage

    async def _play(self, scenario: "Scenario", trial: int, begins: datetime) -> "Result":
        from evals.running.stagehand import Play

        stage = await self.open()
        stage.rewind(begins)
        return await stage.play(Play(scenario, trial, seed=trial))


@asynccontextmanager
async def usual_world(model: str, businesses: dict[str, Any]) -> AsyncIterator["Stagehand"]:
    """A world for one run of pytest. Raises InstallationFailed."""
    from evals.lifeline import scratch_folder
    from evals.running.runner import open_stage

    with scratch_folder("pytest") as folder:
        async with open_stage(businesses, folder, model) as stage:
            yield stage


def _transcript(result: "Result") -> str:
    return "\n".join(f"{who}: {words}" for who, words in result.chat()) or "nothing was said"


_FOLDERS = pytest.StashKey[set[Path]]()
HOUSE = pytest.StashKey[House]()
"""The world of this run; a plugin that has one open already may put it there in `pytest_configure`."""
_OWN_HOUSE = pytest.StashKey[House]()
