"""Files of the business: sending them."""

from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, tool


class SendFile(Arguments):
    file_ids: list[str] = Field(
        min_length=1, max_length=3, description="`id`s of files that the page lists under 'Files you may send'."
    )


@tool("write")
async def send_file(counter: Counter, arguments: SendFile) -> dict[str, Any]:
    """Writes. Sends the customer files of the business (a catalog, a price list), each as a message before yours.
    Only when the customer asks for what is in one, or when it answers better than words; not twice the same.
    What is in a file you know only by its caption and by what other tools say: state nothing else of it."""
    return await counter.ask("send_file", arguments.model_dump())
