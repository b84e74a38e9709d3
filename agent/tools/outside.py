"""Tools that a business declared by itself: HTTP calls to other systems, which the backend makes.

What they answer is untrusted. It comes marked so, brings no evidence, and the backend lets nothing irreversible follow
it in the same turn.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import ConfigDict

from agent.tools.base import Arguments, Counter, Tool
from graphs.ports import ToolDescription

PREFIX = "ext_"
_FAILED = frozenset({"refused", "failed", "unclear"})


class AnyArguments(Arguments):
    """The backend has the schema, and checks them."""

    model_config = ConfigDict(extra="allow", str_strip_whitespace=False)


def accepted(told: Iterable[ToolDescription]) -> list[ToolDescription]:
    """Those whose names cannot be taken for one of ours."""
    return [one for one in told if one.name.startswith(PREFIX)]


def tool_outside(told: ToolDescription) -> Tool:
    """The tool of such a description."""

    async def run(counter: Counter, arguments: AnyArguments) -> dict[str, Any]:
        given = {name: value for name, value in arguments.model_dump().items() if value is not None}
        answer = await counter.ask("call_tenant_tool", {"tool": told.name, "arguments": given})
        return {**answer, "failed": answer["result"].get("status") in _FAILED}

    return Tool(name=told.name, description=told.description, effect=told.effect, arguments=AnyArguments, run=run)
