"""The offline model behind OpenAI's wires: a brain for simulated models that can sell and book, and costs nothing."""

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage, convert_to_messages

from agent.offline_model import answer
from evals.world.models.state import Json, ReplyIn, ToolCallIn


def offline_rules(request: Json) -> ReplyIn:
    """What the offline model answers to a request of Chat Completions or of the Responses API."""
    given = request.get("messages") or list(_messages(request.get("input", [])))
    tools = [str(tool.get("function", tool)["name"]) for tool in request.get("tools") or []]
    said = answer([_marked(message) for message in convert_to_messages(given)], tools)
    calls = [ToolCallIn(name=call["name"], arguments=call["args"], id=call["id"]) for call in said.tool_calls]
    return ReplyIn(content=str(said.text) or None, tool_calls=calls, tokens=(0, 0))


def _messages(items: Any) -> Iterator[Json]:
    """Items of the Responses API as messages of Chat Completions."""
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        if item.get("type") == "function_call":
            function = {"name": item["name"], "arguments": item["arguments"]}
            call = {"id": item["call_id"], "type": "function", "function": function}
            yield {"role": "assistant", "content": "", "tool_calls": [call]}
        elif item.get("type") == "function_call_output":
            yield {"role": "tool", "tool_call_id": item["call_id"], "content": _text(item["output"])}
        elif "role" in item:
            yield {"role": item["role"], "content": _text(item.get("content"))}


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content if isinstance(content, str) else json.dumps(content)


def _marked(message: BaseMessage) -> BaseMessage:
    """The wire has no mark for a tool that failed: results are JSON, complaints are sentences."""
    if isinstance(message, ToolMessage) and not str(message.text).lstrip().startswith(("{", "[")):
        return message.model_copy(update={"status": "error"})
    return message
