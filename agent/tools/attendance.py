"""Whether the customer comes."""

from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, tool


class ConfirmAttendance(Arguments):
    booking_code: str | None = Field(
        default=None, description="Only if they name one, or speak of another than the one they were reminded of."
    )


@tool("write")
async def confirm_attendance(counter: Counter, arguments: ConfirmAttendance) -> dict[str, Any]:
    """Writes. Notes that the customer comes, when they answer a reminder of a booking with a yes ("sí", "confirmo",
    "estarei lá", "I'll be there"). Such a yes is to the reminder and to nothing that was offered before it."""
    return await counter.ask("confirm_attendance", arguments.model_dump(exclude_none=True))
