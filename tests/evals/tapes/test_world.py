"""A tape in a whole world: recorded from a model at the wire, replayed, drifted, promoted, and run as tests."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evals import pytest_plugin
from evals.lifeline import scratch_folder
from evals.promoting.draft import keep
from evals.promoting.takeover import draft_of, fetch
from evals.pytest_plugin import HOUSE, House
from evals.running.chance import Chance
from evals.running.results import Result
from evals.running.stage import set_stage
from evals.running.stagehand import Stagehand
from evals.running.suite import read_scenario
from evals.tapes.cassette import Tape, read_tape
from evals.tapes.drift import Drift
from evals.tapes.marks import Casting, Marks, Play
from evals.tapes.proxy import Proxy
from evals.tapes.recording import Recorder, save
from evals.tapes.replaying import TapePlayer
from evals.world import models
from evals.world.models.rules import offline_rules
from evals.world.serving import running
from evals.world.twin import TwinWorld, twin_world

CHAT = """
title: Cuts on Thursday
business: salao-aurora
language: pt
tags: [booking, change-of-mind]
customer: {{name: Bia}}
chat:
  - says: quero marcar corte masculino para quinta às 14h
    hears: [{{time: 14:00}}]
  - says: sim, pode confirmar
expect:
  bookings: [{{status: {status}, service: Corte masculino, starts: 2026-11-26 14:00}}]
"""
NO_KEY = {"OPENAI_API_KEY": "sk-0123456789abcdef0123"}


@dataclass
class Studio:
    """One world whose only model is behind a proxy."""

    scratch: Path
    proxy: Proxy = field(default_factory=lambda: Proxy(Marks(["books", "breaks"])))
    casting: Casting | None = None
    world: TwinWorld | None = None

    @asynccontextmanager
    async def open(self, businesses: dict[str, Any]) -> AsyncIterator[Stagehand]:
        async with running(models.create_app(brain=offline_rules)) as simulator, self.proxy.open() as url:
            self.casting = Casting("openai:gpt-5-mini", url, {"openai": f"{simulator}/v1"})
            settings = {**self.casting.environment(), **NO_KEY, "TENDERO_FEED_SECONDS": "0.2"}
            async with twin_world(self.scratch, environment=settings) as world:
                self.world = world
                yield Stagehand(world, businesses, lambda result: None, cast=self.casting.cast)


@pytest.fixture
def studio() -> Iterator[tuple[Studio, House]]:
    with scratch_folder("tape-test") as scratch:
        studio = Studio(scratch)
        house = House(studio.open)
        yield studio, house
        house.close()


def test_a_tape_is_recorded_and_replayed_and_its_drift_told(
    studio: tuple[Studio, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    place, house = studio
    file = tmp_path / "books.yaml"
    file.write_text(CHAT.format(status="confirmed"))
    scenario, play = read_scenario(file), Play("books", 1)
    tape = Tape("main", "openai:gpt-5-mini", "2026-11-21")
    recorder: list[Recorder] = []

    def played(desk: Any) -> tuple[Result, list[Drift]]:
        place.proxy.desk = desk
        result = house.play(file, scenario)
        return result, desk.finish([play]) if isinstance(desk, TapePlayer) else []

    house.do(_warm(house, place, tape, recorder))
    live, _ = played(recorder[0])
    assert live.reasons == []
    house.do(save(tape, tmp_path / "tape"))
    assert len(tape.cassettes[play].calls) >= 3
    assert "sk-0123" not in (tmp_path / "tape" / "books.1.yaml").read_text("utf-8")

    again, drifts = played(TapePlayer(read_tape(tmp_path / "tape")))
    assert drifts == []
    assert _end(again) == _end(live)

    document = house.businesses["salao-aurora"]
    house.businesses["salao-aurora"] = {**document, "instructions": "Fala sempre do café da casa."}
    _, drifts = played(TapePlayer(read_tape(tmp_path / "tape")))
    house.businesses["salao-aurora"] = document
    assert {drift.kind for drift in drifts} == {"changed"}
    changes = {difference for drift in drifts for difference in drift.differences}
    assert all(change.where.startswith("system prompt line ") for change in changes)
    assert any("café da casa" in change.now for change in changes)

    longer = read_tape(tmp_path / "tape")
    longer.cassettes[play].calls.append(longer.cassettes[play].calls[-1])
    _, drifts = played(TapePlayer(longer))
    assert [(drift.kind, drift.call) for drift in drifts] == [("never asked", len(longer.cassettes[play].calls))]

    place.proxy.desk = recorder[0]
    _promoted(place, house, scenario, tmp_path / "promoted")
    _run_as_tests(house, tmp_path)
    house.do(recorder[0].aclose())

    cut = read_tape(tmp_path / "tape")
    cut.cassettes[play].calls.pop()
    _, drifts = played(TapePlayer(cut))
    assert {drift.kind for drift in drifts} == {"not on tape"}


async def _warm(house: House, place: Studio, tape: Tape, recorder: list[Recorder]) -> None:
    await house.open()
    assert place.casting is not None
    recorder.append(Recorder(tape, place.casting.upstreams))


def _end(result: Result) -> Any:
    kept = result.records
    bookings = [{key: value for key, value in booking.items() if key != "code"} for booking in kept.bookings]
    return bookings, kept.orders, kept.cases, [call["name"] for call in kept.calls], result.reasons


def _promoted(place: Studio, house: House, scenario: Any, folder: Path) -> None:
    """A person answers a customer; their takeover becomes a scenario of a suite."""
    world = place.world
    assert world is not None
    assert place.casting is not None
    cast = place.casting.cast(scenario, 1)

    async def take_over() -> tuple[Any, str]:
        document = house.businesses["salao-aurora"]
        stage = await set_stage(world, document, cast, Chance(scenario.id, 1), slug="salao-promoted")
        customer = world.customer(stage.business, "Bia", "+5511987654321")
        await customer.write("oi, sou a Bia, meu telefone é 11 98765-4321, fazem penteado de noiva?")
        await customer.receive(1, 30)
        [conversation] = await stage.business.all("/v1/conversations")
        for action, body in (("take-over", {}), ("messages", {"text": "Fazemos sim, a partir de R$ 350 no sábado."})):
            answer = await stage.business.api.post(f"/v1/conversations/{conversation['id']}/{action}", json=body)
            answer.raise_for_status()
        return conversation["id"], stage.business.api.headers["Authorization"].removeprefix("Bearer ")

    conversation, key = house.do(take_over())
    kept, locale = fetch(world.installation.backend, key, conversation, None)
    file = keep(draft_of(kept, locale, "salao-aurora"), folder)
    text = file.read_text("utf-8")
    made = read_scenario(file)
    assert made.language == "pt"
    assert [words.startswith("oi") for words in made.chat[0].says or []] == [True]
    assert "350" in made.chat[0].hears
    assert text.startswith("# FILL IN: a person answered step 1: Fazemos sim")
    for person in ("Bia", "98765"):
        assert person not in text


def _run_as_tests(house: House, folder: Path) -> None:
    """A passing and a failing scenario in a run of pytest of their own, in the world that is there."""
    suite = folder / "suite"
    suite.mkdir()
    (suite / "books.yaml").write_text(CHAT.format(status="confirmed"))
    (suite / "breaks.scenario.yaml").write_text(CHAT.format(status="cancelled"))
    (folder / "pytest.ini").write_text("[pytest]\n")

    class Lender:
        def __init__(self) -> None:
            self.told: dict[str, Any] = {}
            self.marks: set[str] = set()

        def pytest_configure(self, config: pytest.Config) -> None:
            config.stash[HOUSE] = house

        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
            self.marks |= {mark.name for item in items for mark in item.iter_markers()}

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.when == "call":
                self.told[report.nodeid.rpartition("::")[2]] = (report.outcome, str(report.longrepr or ""))

    lender, junit = Lender(), folder / "junit.xml"
    status = pytest.main(
        ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-c", str(folder / "pytest.ini"),
         "--strict-markers", f"--junit-xml={junit}", "--tendero-suite", str(suite), "-k", "booking"],
        plugins=[pytest_plugin, lender],
    )  # fmt: skip
    assert status == 1
    assert lender.told["books"][0] == "passed"
    outcome, reason = lender.told["breaks"]
    assert outcome == "failed"
    assert "✗ state: bookings" in reason
    assert "customer: sim, pode confirmar" in reason
    assert {"pt", "booking", "change_of_mind", "salao_aurora"} <= lender.marks
    assert 'tests="2"' in junit.read_text("utf-8")
