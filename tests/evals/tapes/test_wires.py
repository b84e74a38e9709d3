"""Every provider's wire through the proxy: recorded from the simulators, then told by the tape alone."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from pydantic import SecretStr

from agent.models import Models
from agent.settings import Settings
from agent.tools.toolbox import describe
from evals.tapes.cassette import Tape, read_tape
from evals.tapes.marks import Casting, Marks, Play
from evals.tapes.proxy import Proxy
from evals.tapes.recording import Recorder, save
from evals.tapes.replaying import TapePlayer
from evals.world import models
from evals.world.serving import running

WIRES = ("openai:gpt-4.1-mini", "openai:gpt-5-mini", "google_genai:gemini-2.5-flash", "anthropic:claude-haiku-4-5")
PLAY = Play("buys", 1)
KEY = "sk-a-real-key-of-somebody-0001"
TOOLS = describe(["search_products"])


def _settings(casting: Casting, key: str = KEY) -> Settings:
    given = casting.environment()
    return Settings(
        service_token=SecretStr("t"),
        database_url=SecretStr("d"),
        openai_api_key=SecretStr(key),
        google_api_key=SecretStr(key),
        anthropic_api_key=SecretStr(key),
        openai_base_url=given["OPENAI_BASE_URL"],
        google_base_url=given["TENDERO_GOOGLE_BASE_URL"],
        anthropic_base_url=given["ANTHROPIC_BASE_URL"],
        model_pause_seconds=0.01,
    )


def _written(folder: Path) -> str:
    return "".join(file.read_text("utf-8") for file in folder.iterdir())


async def _chat(asking: Models, name: str, customer: str = "hola") -> list[Any]:
    """A chat of two questions; the model calls a tool in the first, and reads its own call in the second."""
    said = [SystemMessage("Vendes zapatillas."), HumanMessage(customer)]
    first, _ = await asking.ask([name], said, TOOLS, feature="vendor", patience_seconds=30)
    call = first.tool_calls[0]
    result = ToolMessage('{"items": []}', tool_call_id=call["id"], name=call["name"])
    second, usage = await asking.ask([name], [*said, first, result], TOOLS, feature="vendor", patience_seconds=30)
    return [call["name"], call["args"], second.text, usage.input_tokens, usage.cost_micros > 0]


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:coroutine 'ClientResponse.json' was never awaited:RuntimeWarning")
@pytest.mark.parametrize("name", WIRES)
async def test_a_wire_is_recorded_and_told_again_without_key_and_network(name: str, tmp_path: Path) -> None:
    proxy = Proxy(Marks([PLAY.scenario]))
    model = name.partition(":")[2]
    marked = f"{name}{PLAY.mark}"
    async with running(models.create_app()) as simulator, proxy.open() as url:
        known = {"openai": f"{simulator}/v1", "google_genai": simulator, "anthropic": simulator}
        casting = Casting(name, url, known)
        tape = Tape("main", name, "2026-11-21")
        recorder = proxy.desk = Recorder(tape, casting.upstreams)
        replies = [
            {"tool_calls": [{"name": "search_products", "arguments": {"query": "azul"}}]},
            {"content": "No hay."},
        ]
        async with httpx.AsyncClient(base_url=simulator, trust_env=False, timeout=60) as door:
            await door.post("/_world/replies", json=[*replies, {"status": 500}, *replies])
            asking = Models(_settings(casting))
            live = await _chat(asking, marked)
            again = await _chat(asking, marked, "otra vez")
            asked = (await door.get("/_world/requests")).json()
        await asking.aclose()
        await recorder.aclose()
        await save(tape, tmp_path)
    assert {one["_model"] for one in asked} == {model}
    assert KEY not in _written(tmp_path)
    assert [call.answer.status for call in tape.cassettes[PLAY].calls] == [200, 200, 500, 200, 200]
    assert all(call.answer.tokens for call in tape.cassettes[PLAY].calls if call.answer.status == 200)
    proxy = Proxy(Marks([PLAY.scenario]))
    player = proxy.desk = TapePlayer(read_tape(tmp_path))
    async with proxy.open() as url:
        asking = Models(_settings(Casting(name, url), "none"))
        assert [await _chat(asking, marked), await _chat(asking, marked, "otra vez")] == [live, again]
        await asking.aclose()
    assert player.finish([PLAY]) == []
    assert player.answered == 5
    assert proxy.strays == 0


async def test_a_stream_comes_again_event_by_event(tmp_path: Path) -> None:
    proxy = Proxy(Marks([PLAY.scenario]))
    body = {"model": f"m{PLAY.mark}", "stream": True, "messages": [{"role": "user", "content": "uno\ndos"}]}
    async with running(models.create_app()) as simulator, proxy.open() as url:
        casting = Casting(f"compatible:m@{simulator}/v1", url)
        door = next(door for door in casting.upstreams if door.startswith("compatible"))
        tape = Tape("main", casting.chain, "2026-11-21")
        recorder = proxy.desk = Recorder(tape, casting.upstreams)
        async with httpx.AsyncClient(
            base_url=f"{url}/{door}", headers={"authorization": "Bearer k"}, trust_env=False
        ) as client:
            live = await client.post("/chat/completions", json=body)
            proxy.desk = player = TapePlayer(tape)
            told = await client.post("/chat/completions", json=body)
            other = await client.post(
                "/chat/completions", json={**body, "messages": [{"role": "user", "content": "tres"}]}
            )
            stray = await client.post("/chat/completions", json={**body, "model": "m"})
        await recorder.aclose()
    assert told.headers["content-type"] == live.headers["content-type"]
    assert _words(told.text) == _words(live.text) == ["", "uno\n", "dos"]
    assert (other.status_code, stray.status_code, proxy.strays) == (404, 404, 1)
    [drift] = player.finish([PLAY])
    assert (drift.kind, drift.differences[0].where, drift.differences[0].now) == (
        "not on tape",
        "message 1 (user)",
        "tres",
    )


def _words(stream: str) -> list[str]:
    events = [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: {")]
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    return [delta["content"] for delta in deltas if "content" in delta]
