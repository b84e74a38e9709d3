"""The agent's tool: sending a file of the business to the customer."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend.bell import Bell
from backend.conversations.journal import ToolAnswer, ToolCall, write_once
from backend.files.sending import SendArguments, send
from backend.scopes import TurnScope


class FileTools(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/send_file", status_code=200)
    async def send_file(
        self, turn: NamedDependency[TurnScope], bell: NamedDependency[Bell], data: JSONBody[ToolCall[SendArguments]]
    ) -> ToolAnswer:
        """Write. Sends the customer up to three files that the business lets its agent send. 409 `person-in-charge`;
        422 `no-such-file`, `not-carried`."""
        answer = await write_once(turn, "send_file", data, lambda session: send(session, turn, data.arguments))
        await bell.ring("outbox")
        return answer
