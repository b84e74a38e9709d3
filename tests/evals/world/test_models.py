"""The simulated model provider, driven through langchain-openai."""

from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


def model(url: str, **options: Any) -> ChatOpenAI:
    return ChatOpenAI(model="simulated", base_url=f"{url}/v1", api_key="key", max_retries=0, timeout=2, **options)


async def script(url: str, *replies: dict[str, Any]) -> None:
    async with httpx.AsyncClient() as client:
        (await client.post(f"{url}/_world/replies", json=list(replies))).raise_for_status()


@tool
def search_products(query: str) -> str:
    """Search the catalog."""
    return query


async def test_an_empty_queue_repeats_the_user(model_url: str) -> None:
    answer = await model(model_url).ainvoke([("system", "Eres vendedor"), ("human", "¿Hay tenis?")])
    assert answer.content == "¿Hay tenis?"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["total_tokens"] > 0


async def test_scripted_tool_calls_come_in_order_plain_and_streamed(model_url: str) -> None:
    call = {"tool_calls": [{"name": "search_products", "arguments": {"query": "tenis"}}]}
    await script(model_url, call, call, {"content": "Tengo dos\ntipos"})
    vendor = model(model_url).bind_tools([search_products])
    plain = await vendor.ainvoke("busca tenis")
    assert [(item["name"], item["args"]) for item in plain.tool_calls] == [("search_products", {"query": "tenis"})]
    gathered: AIMessageChunk | None = None
    async for chunk in vendor.astream("busca tenis"):
        assert isinstance(chunk, AIMessageChunk)
        gathered = chunk if gathered is None else gathered + chunk
    assert gathered is not None
    assert gathered.tool_calls[0]["args"] == {"query": "tenis"}
    assert "".join([str(chunk.content) async for chunk in vendor.astream("x")]) == "Tengo dos\ntipos"
    async with httpx.AsyncClient() as client:
        requests = (await client.get(f"{model_url}/_world/requests")).json()
    assert [request["tools"][0]["function"]["name"] for request in requests] == ["search_products"] * 3


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status": 429, "retry_after": 1}, openai.RateLimitError),
        ({"status": 500}, openai.InternalServerError),
        ({"fault": "drop"}, openai.APIConnectionError),
        ({"seconds": 3, "content": "tarde"}, openai.APITimeoutError),
    ],
)
async def test_a_failing_model_raises_what_the_real_one_does(
    model_url: str, reply: dict[str, Any], error: type[Exception]
) -> None:
    await script(model_url, reply)
    with pytest.raises(error):
        await model(model_url).ainvoke("hola")
    assert (await model(model_url).ainvoke("otra vez")).content == "otra vez"


async def test_garbage_is_no_answer(model_url: str) -> None:
    await script(model_url, {"fault": "garbage"})
    with pytest.raises((TypeError, AttributeError, ValueError, openai.APIError)):
        await model(model_url).ainvoke("hola")
