"""The chain of models over real wire formats: who is asked, with what, and what happens when nobody answers well."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pytest_httpx import HTTPXMock

from agent.model_clients import plain
from agent.model_names import ModelName, UnknownModel
from agent.models import MOST_TRIES, Models
from agent.settings import Settings
from agent.tools.toolbox import describe
from graphs.ports import ModelSilent

LOCAL = "compatible:qwen3@http://models.test/v1"
OTHER = "compatible:llama@http://other.test/v1"
ASKED = [SystemMessage("Vendes zapatillas."), HumanMessage("hola, busco zapatillas")]
TOOLS = describe(["search_products", "place_order"])


def settings_with(**changes: Any) -> Settings:
    return Settings.model_validate(
        {
            "service_token": "token",
            "AGENT_DATABASE_URL": "postgresql://nowhere/none",
            "model_seconds": 60.0,
            "model_pause_seconds": 0.01,
            **changes,
        }
    )


def completion(content: str | None = None, calls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """An answer of the Chat Completions API."""
    message = {"role": "assistant", "content": content, "tool_calls": calls}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "qwen3",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 30, "total_tokens": 1230},
    }


def call_of(name: str, arguments: str) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}


async def ask(models: Models, *chain: str, patience: float = 60.0) -> Any:
    return await models.ask(chain, ASKED, TOOLS, feature="vendor", patience_seconds=patience)


async def built(httpx_mock: HTTPXMock, *chain: str, **changes: Any) -> Models:
    """Each model of the chain has answered once: imports take seconds, which are no part of what is measured."""
    models = Models(settings_with(**changes))
    for name in chain:
        host = name.rpartition("@")[2]
        httpx_mock.add_response(url=f"{host}/chat/completions", json=completion("Hola"))
        await ask(models, name)
    return models


async def test_an_openai_compatible_url_gets_messages_and_tools_and_brings_calls(httpx_mock: HTTPXMock) -> None:
    calls = [call_of("search_products", '{"query": "zapatillas"}')]
    httpx_mock.add_response(url="http://models.test/v1/chat/completions", json=completion(None, calls))
    answer, usage = await ask(Models(settings_with()), LOCAL)
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [
        ("search_products", {"query": "zapatillas"})
    ]
    request = httpx_mock.get_requests()[0]
    sent = json.loads(request.content)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert {tool["function"]["name"] for tool in sent["tools"]} == {"search_products", "place_order"}
    assert request.headers["authorization"] == "Bearer none"
    assert (usage.provider, usage.model, usage.input_tokens, usage.output_tokens) == ("compatible", "qwen3", 1200, 30)


async def test_gpt_5_reasons_through_the_responses_api(httpx_mock: HTTPXMock) -> None:
    output = {"type": "message", "id": "m1", "role": "assistant", "status": "completed"}
    text = {"type": "output_text", "text": "¡Hola! ¿Qué talla?", "annotations": []}
    httpx_mock.add_response(
        url="https://api.openai.com/v1/responses",
        json={
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": "gpt-5-mini",
            "status": "completed",
            "output": [output | {"content": [text]}],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": 1000,
                "output_tokens": 100,
                "total_tokens": 1100,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 50},
            },
        },
    )
    models = Models(settings_with(OPENAI_API_KEY="sk-of-the-test", reasoning_effort="medium"))
    answer, usage = await ask(models, "openai:gpt-5-mini")
    assert answer.content == "¡Hola! ¿Qué talla?"
    sent = json.loads(httpx_mock.get_requests()[0].content)
    assert sent["reasoning"] == {"effort": "medium"}
    assert sent["store"] is False
    assert usage.cost_micros == 1000 * 0.25 + 100 * 2


async def test_a_failing_model_is_followed_by_the_next_and_rests(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url="http://models.test/v1/chat/completions", status_code=500, is_reusable=True)
    httpx_mock.add_response(url="http://other.test/v1/chat/completions", json=completion("Hola"), is_reusable=True)
    models = Models(settings_with())
    for _ in range(3):
        answer, usage = await ask(models, LOCAL, OTHER)
        assert (answer.text, usage.model) == ("Hola", "llama")
    failed = [request for request in httpx_mock.get_requests() if request.url.host == "models.test"]
    assert len(failed) == MOST_TRIES, "later turns do not wait for it again"


async def test_a_hanging_model_costs_its_time_and_no_more(httpx_mock: HTTPXMock) -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    models = await built(httpx_mock, LOCAL, OTHER, model_seconds=3.0)
    httpx_mock.add_callback(hang, url="http://models.test/v1/chat/completions")
    httpx_mock.add_response(url="http://other.test/v1/chat/completions", json=completion("Hola"))
    answer, _ = await ask(models, LOCAL, OTHER)
    assert answer.text == "Hola"


@pytest.mark.parametrize("said", ["", "   ", None])
async def test_a_model_that_says_nothing_is_followed_by_the_next(httpx_mock: HTTPXMock, said: str | None) -> None:
    httpx_mock.add_response(url="http://models.test/v1/chat/completions", json=completion(said), is_reusable=True)
    httpx_mock.add_response(url="http://other.test/v1/chat/completions", json=completion("Hola"))
    answer, _ = await ask(Models(settings_with()), LOCAL, OTHER)
    assert answer.text == "Hola"


@pytest.mark.parametrize("hiccup", [{"json": completion("")}, {"text": "<html>upstream unavailable</html>"}])
async def test_a_hiccup_of_the_only_model_is_asked_again(httpx_mock: HTTPXMock, hiccup: dict[str, Any]) -> None:
    url = "http://models.test/v1/chat/completions"
    httpx_mock.add_response(url=url, **hiccup)
    httpx_mock.add_response(url=url, json=completion("Hola"))
    answer, _ = await ask(Models(settings_with()), LOCAL)
    assert answer.text == "Hola"
    httpx_mock.add_response(url=url, **hiccup, is_reusable=True)
    with pytest.raises(ModelSilent):
        await ask(Models(settings_with()), LOCAL)
    assert len(httpx_mock.get_requests()) == 2 + MOST_TRIES


async def test_garbled_arguments_are_left_to_the_graph(httpx_mock: HTTPXMock) -> None:
    calls = [call_of("search_products", '{"query": ')]
    httpx_mock.add_response(url="http://models.test/v1/chat/completions", json=completion(None, calls))
    answer, _ = await ask(Models(settings_with()), LOCAL)
    assert [call["name"] for call in answer.invalid_tool_calls] == ["search_products"]


async def test_silence_of_the_whole_chain_is_said(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ConnectError("refused"), is_reusable=True)
    with pytest.raises(ModelSilent):
        await ask(Models(settings_with()), LOCAL, OTHER)
    with pytest.raises(ModelSilent):
        await ask(Models(settings_with()), "openai:gpt-5-mini")  # no key is set


@pytest.mark.parametrize("name", ["gpt-5", "openai:", "compatible:qwen3", "mistral:large"])
def test_a_malformed_name_says_so(name: str) -> None:
    with pytest.raises(UnknownModel):
        ModelName.parse(name)


def test_the_chain_follows_the_keys_and_ends_offline() -> None:
    assert settings_with().model_chain == ["offline"]
    assert settings_with(OPENAI_API_KEY="", model="").model_chain == ["offline"], "a line without a value is no key"
    both = settings_with(OPENAI_API_KEY="a", ANTHROPIC_API_KEY="b")
    assert [name.partition(":")[0] for name in both.model_chain] == ["openai", "anthropic"]
    assert settings_with(model="compatible:x@http://y, offline").model_chain == ["compatible:x@http://y", "offline"]


def test_an_answer_is_kept_as_text_and_calls() -> None:
    """Blocks of one provider are not readable for another, and would swell the checkpoint."""
    blocks: list[str | dict[Any, Any]] = [{"type": "reasoning", "id": "r"}, {"type": "text", "text": "Hola"}]
    kept = plain(AIMessage(blocks, additional_kwargs={"x": 1}, response_metadata={"headers": {}}))
    assert (kept.content, kept.additional_kwargs, kept.response_metadata) == ("Hola", {}, {})


async def test_a_chain_that_hangs_is_given_up_when_patience_ends(httpx_mock: HTTPXMock) -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    chain = (LOCAL, OTHER, "compatible:third@http://third.test/v1")
    models = await built(httpx_mock, *chain)
    asked = len(httpx_mock.get_requests())
    httpx_mock.add_callback(hang, is_reusable=True)
    begun = time.monotonic()
    with pytest.raises(ModelSilent):
        await ask(models, *chain, patience=3.0)
    assert 3.0 <= time.monotonic() - begun < 50.0, "a model of its own may take 60 s"
    assert [request.url.host for request in httpx_mock.get_requests()[asked:]] == ["models.test"]
