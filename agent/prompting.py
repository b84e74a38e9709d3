"""What the vendor's model would read in a turn, for whoever tunes it: nothing is thought, sent or written."""

from typing import Any

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict

from agent.bundle import TurnBundle
from agent.database import Pool
from agent.erasing import read_thread
from agent.prompt_library import PromptLibrary
from agent.turn import turn_context
from graphs.vendor import this_turn


class PromptOrder(BaseModel):
    """`{"bundle": {...}}`: a turn as the backend leases it; `conversation.id` is empty for nobody's."""

    model_config = ConfigDict(extra="forbid")

    bundle: dict[str, Any]


class OfferedTool(BaseModel):
    """A tool as the model is told of it."""

    name: str
    description: str


class VendorReading(BaseModel):
    """The system message, as `graphs.vendor` puts it together, and the tools; the conversation itself follows it."""

    system: str
    tools: list[OfferedTool]


class PromptController(Controller):
    """For the backend, with the service token."""

    path = "/prompt"

    @post(status_code=200)
    async def assemble(
        self, pool: NamedDependency[Pool], prompts: NamedDependency[PromptLibrary], data: JSONBody[PromptOrder]
    ) -> VendorReading:
        """What the model would read of this turn, with the thread's summary if it has one."""
        bundle = TurnBundle.read(data.bundle)
        thread = await read_thread(pool, bundle.conversation.id) if bundle.conversation.id else {}
        context = turn_context(bundle, prompts)
        block = this_turn(str(thread.get("summary") or ""), context, thread.get("shown") or [])
        return VendorReading(
            system=f"{context.prompt}\n\n{block}".strip(),
            tools=[OfferedTool(name=tool.name, description=tool.description) for tool in context.tools],
        )
