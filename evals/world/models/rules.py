"""The offline model behind a wire: a brain for the simulated Chat Completions, so that a model that costs nothing can
hang, refuse or fail like one that is bought."""

from langchain_core.messages import BaseMessage, ToolMessage, convert_to_messages

from agent.offline_model import answer
from evals.world.models.state import Json, ReplyIn, ToolCallIn


def offline_rules(request: Json) -> ReplyIn:
    """What the offline model answers to a request of Chat Completions."""
    tools = [str(tool["function"]["name"]) for tool in request.get("tools") or []]
    said = answer([_marked(message) for message in convert_to_messages(request.get("messages", []))], tools)
    calls = [ToolCallIn(name=call["name"], arguments=call["args"], id=call["id"]) for call in said.tool_calls]
    return ReplyIn(content=str(said.text) or None, tool_calls=calls, tokens=(0, 0))


def _marked(message: BaseMessage) -> BaseMessage:
    """The wire has no mark for a tool that failed: results are JSON, complaints are sentences."""
    if isinstance(message, ToolMessage) and not str(message.text).lstrip().startswith(("{", "[")):
        return message.model_copy(update={"status": "error"})
    return message
