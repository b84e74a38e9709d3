"""A trace of LangSmith as a scenario: from a file, and by its id from a server that speaks LangSmith's API."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from langsmith import Client
from litestar import Litestar, Request, get, post
from litestar.params import FromPath

from evals.cli import main
from evals.promoting.anonymous import Anonymiser
from evals.promoting.draft import PromotionRefused, keep
from evals.promoting.trace import draft_of, fetch, read_file
from evals.running.suite import read_scenario
from evals.world.serving import running

Json = dict[str, Any]
ROOT, MODEL, TOOL, TRACE = (f"0199aaaa-bbbb-7ccc-8ddd-eeeeffff000{at}" for at in range(4))
SYSTEM = '# Sol on WhatsApp\nCustomer: {"name": "Ana María Robles", "locale": "es-MX"}'


def _message(kind: str, content: str) -> Json:
    return {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", kind],
        "kwargs": {"content": content},
    }


SAID = [
    _message("SystemMessage", SYSTEM),
    _message("HumanMessage", "hola, soy Ana, mi correo es ana@example.com"),
    _message("AIMessage", "¡Hola, Ana! ¿Qué buscas?"),
    _message("HumanMessage", "[house note, not from the customer]\nYour draft was not sent"),
    _message("HumanMessage", "botas del 26, llámame al +52 55 1234 5678; tengo $1,299"),
]
RUNS: list[Json] = [
    {"id": ROOT, "name": "LangGraph", "run_type": "chain", "inputs": {"inbound": [{"body": "botas del 26"}]},
     "outputs": {}, "dotted_order": "1", "trace_id": ROOT, "session_id": TRACE},
    {"id": MODEL, "name": "ChatOpenAI", "run_type": "llm", "inputs": {"messages": [SAID]}, "parent_run_id": ROOT,
     "outputs": {"generations": [[{"message": _message("AIMessage", "Hay botas, Robles.")}]]}, "dotted_order": "1.2",
     "trace_id": ROOT, "session_id": TRACE},
    {"id": TOOL, "name": "search_products", "run_type": "tool", "inputs": {"input": "botas"},
     "outputs": {"output": "x"}, "parent_run_id": ROOT, "dotted_order": "1.1", "trace_id": ROOT, "session_id": TRACE},
]  # fmt: skip


def test_an_exported_run_tree_becomes_a_scenario_without_the_people(tmp_path: Path) -> None:
    exported = tmp_path / "run.json"
    exported.write_text(json.dumps({**RUNS[0], "child_runs": RUNS[1:]}))
    arguments = ["promote", "trace", str(exported), "--language", "es", "--business", "deportes-sol"]
    made = CliRunner().invoke(main, [*arguments, "--into", str(tmp_path / "suite"), "--name", "boots"])
    assert made.exit_code == 0, made.output
    file = tmp_path / "suite" / "boots.yaml"
    scenario = read_scenario(file)
    assert [step.says for step in scenario.chat] == [
        ["hola, soy «name», mi correo es «email»"],
        ["botas del 26, llámame al «phone»; tengo $1,299"],
    ]
    assert scenario.expect.tools.required == ["search_products"]
    text = file.read_text("utf-8")
    assert text.startswith("# FILL IN: the end as it should have been")
    assert "Hay botas, «name»." in text
    again = CliRunner().invoke(main, [*arguments, "--into", str(tmp_path / "suite"), "--name", "boots"])
    assert again.exit_code == 2
    assert "--force replaces it" in again.output


async def test_a_run_is_fetched_with_its_whole_trace() -> None:
    asked: list[Json] = []

    @get("/runs/{run:str}")
    async def one(run: FromPath[str]) -> Json:
        return next(each for each in RUNS if each["id"] == run)

    @post("/runs/query", status_code=200)
    async def query(request: Request[Any, Any, Any]) -> Json:
        asked.append(await request.json())
        first = "cursor" not in asked[-1]
        return {"runs": RUNS[1:] if first else RUNS[:1], "cursors": {"next": "more"} if first else {}}

    async with running(Litestar([one, query], openapi_config=None)) as url:
        client = Client(api_url=url, api_key="lsv2_test", auto_batch_tracing=False)
        runs = await asyncio.to_thread(fetch, client, MODEL)
        with pytest.raises(PromotionRefused, match="did not give the run"):
            await asyncio.to_thread(fetch, client, "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0009")
    assert [run["id"] for run in runs] == [ROOT, TOOL, MODEL]
    assert (asked[0]["trace"], asked[0]["session"]) == (ROOT, [TRACE])
    assert len(draft_of(runs, "deportes-sol", "es").chat) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is no JSON"),
        ("[]", "holds no run"),
        ('{"inputs": {"messages": []}}', "no customer speaks"),
        ("3", "holds no run"),
    ],
)
def test_what_is_no_trace_is_refused_and_nothing_is_written(tmp_path: Path, text: str, complaint: str) -> None:
    exported = tmp_path / "run.json"
    exported.write_text(text)
    with pytest.raises(PromotionRefused, match=complaint):
        keep(draft_of(read_file(exported), "deportes-sol", "es"), tmp_path / "suite")
    assert not (tmp_path / "suite").exists()


def test_a_draft_that_no_suite_would_load_is_refused(tmp_path: Path) -> None:
    draft = draft_of(RUNS, "no-such-shop", "es")
    with pytest.raises(PromotionRefused, match="there is no no-such-shop"):
        keep(draft, tmp_path / "suite")
    with pytest.raises(PromotionRefused, match="small letters"):
        keep(draft, tmp_path / "suite", "../up")
    assert not (tmp_path / "suite").exists()


def test_people_are_taken_out_and_what_a_shop_says_stays() -> None:
    without = Anonymiser(["Ana Robles"])
    assert without("Robles, CPF 123.456.789-09, pedido Q-7KM4XP") == "«name», CPF «code», pedido «code»"
    for kept in ("$12,999.00 el 26/11/2026", "talla 26, 3 piezas", "a las 14:00"):
        assert without(kept) == kept
