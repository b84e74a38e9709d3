"""The simulated model provider, driven through langchain-openai."""

import base64
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from evals.world.models.files import file_saying


def model(url: str, **options: Any) -> ChatOpenAI:
    return ChatOpenAI(model="simulated", base_url=f"{url}/v1", api_key="key", max_retries=0, timeout=2, **options)


async def script(url: str, *replies: dict[str, Any]) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
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
    async with httpx.AsyncClient(timeout=60) as client:
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


async def test_a_voice_note_is_transcribed_by_what_it_says_or_by_script(model_url: str) -> None:
    client = openai.AsyncOpenAI(base_url=f"{model_url}/v1", api_key="key", max_retries=0)
    voice = ("voice.ogg", file_saying("hola", "audio/ogg"), "audio/ogg")
    heard = await client.audio.transcriptions.create(file=voice, model="gpt-4o-mini-transcribe")
    assert heard.text == "hola"
    assert getattr(heard.usage, "input_tokens", 0) > 0
    timed = await client.audio.transcriptions.create(file=voice, model="whisper-1")
    assert getattr(timed.usage, "seconds", 0) > 0
    await script(model_url, {"content": "adiós"}, {"status": 500})
    assert (await client.audio.transcriptions.create(file=voice, model="whisper-1")).text == "adiós"
    with pytest.raises(openai.InternalServerError):
        await client.audio.transcriptions.create(file=voice, model="whisper-1")
    with pytest.raises(openai.BadRequestError):
        await client.audio.transcriptions.create(file=("virus.exe", b"MZ", None), model="whisper-1")
    await client.close()


@pytest.mark.parametrize(
    ("content", "kind", "taken"),
    [
        (file_saying("un balón", "image/jpeg"), "image/jpeg", True),
        (b"<html>", "image/jpeg", False),
        (file_saying("x", "image/png"), "image/jpeg", False),
        (b"\x00\x00", "image/bmp", False),
    ],
)
async def test_a_picture_is_judged_and_answered_by_what_it_says(
    model_url: str, content: bytes, kind: str, taken: bool
) -> None:
    shown = {"type": "image", "base64": base64.b64encode(content).decode(), "mime_type": kind}
    asked = [HumanMessage([{"type": "text", "text": "?"}, shown])]
    for vision in (model(model_url), model(model_url, use_responses_api=True)):
        if taken:
            assert (await vision.ainvoke(asked)).text == "un balón"
        else:
            with pytest.raises(openai.BadRequestError):
                await vision.ainvoke(asked)
