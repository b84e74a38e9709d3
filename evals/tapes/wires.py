"""The parts of a request that a reader knows, whichever provider's wire it is written for, and what an answer cost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
LISTS = frozenset({"messages", "input", "contents", "tools", "system"})
"""Fields of a request that hold messages or tools."""
_SYSTEM_ROLES = ("system", "developer")
_SYSTEM_FIELDS = ("instructions", "system", "systemInstruction", "system_instruction")
_READ = ("prompt_tokens", "input_tokens", "promptTokenCount")
_WRITTEN = ("completion_tokens", "output_tokens", "candidatesTokenCount")


@dataclass(frozen=True)
class Parts:
    """A request, taken apart."""

    system: str = ""
    messages: list[Json] = field(default_factory=list)
    tools: dict[str, Json] = field(default_factory=dict)
    """By name."""
    settings: Json = field(default_factory=dict)
    """Everything else: model, temperature, how hard to think."""

    @property
    def kind(self) -> tuple[bool, str]:
        """What tells the vendor's questions from those for a summary: whether tools are offered, and the heading."""
        return bool(self.tools), self.system.lstrip().partition("\n")[0][:40]


def parts_of(body: Any) -> Parts:
    """Of a body of OpenAI's (Chat Completions, Responses), Gemini's or Anthropic's API; of any other, its fields."""
    if not isinstance(body, dict):
        return Parts(settings={"body": body})
    given = body.get("messages", body.get("contents", body.get("input", [])))
    listed = given if isinstance(given, list) else [{"role": "user", "content": given}]
    messages = [one if isinstance(one, dict) else {"content": one} for one in listed]
    system = [words_of(body[name]) for name in _SYSTEM_FIELDS if name in body]
    while messages and messages[0].get("role") in _SYSTEM_ROLES:
        system.append(words_of(messages.pop(0)))
    known = {*_SYSTEM_FIELDS, "messages", "contents", "input", "tools"}
    settings = {key: value for key, value in body.items() if key not in known}
    return Parts("\n".join(system), messages, dict(_tools(body.get("tools"))), settings)


def _tools(given: Any) -> Iterator[tuple[str, Json]]:
    for tool in given if isinstance(given, list) else []:
        declared = tool.get("functionDeclarations", tool.get("function_declarations"))
        for one in declared if isinstance(declared, list) else [tool.get("function", tool)]:
            yield str(one.get("name", "?")), one


def words_of(value: Any) -> str:
    """Every text in a message, in order; what is no text as it stands in JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, map(words_of, value)))
    if isinstance(value, dict):
        fields = ("content", "parts", "text", "output")
        if told := [words_of(value[name]) for name in fields if value.get(name)]:
            return "\n".join(told)
        return "\n".join(words_of(each) for key, each in value.items() if key not in ("role", "type"))
    return "" if value is None else str(value)


def speaker_of(message: Json) -> str:
    """Who says it: user, assistant, tool ..."""
    return str(message.get("role") or message.get("type") or "message")


def tokens_in(answer: Any) -> tuple[int, int] | None:
    """Input and output tokens of an answer, or of the last of its events that tells; None if none does."""
    found: tuple[int, int] | None = None
    if isinstance(answer, list):
        for one in answer:
            found = tokens_in(one) or found
    elif isinstance(answer, dict):
        read, written = (next((answer[name] for name in names if name in answer), None) for names in (_READ, _WRITTEN))
        if isinstance(read, int):
            return read, written if isinstance(written, int) else 0
        for one in answer.values():
            if isinstance(one, dict | list):
                found = tokens_in(one) or found
    return found
