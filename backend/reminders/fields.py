"""Types of the settings about reminders."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_Wall = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def _apart(minutes: list[int]) -> list[int]:
    if len(set(minutes)) != len(minutes):
        raise ValueError("each reminder needs a time of its own")
    return sorted(minutes, reverse=True)


def _a_span(hours: tuple[str, str]) -> tuple[str, str]:
    if hours[0] == hours[1]:
        raise ValueError("must begin and end at different times; null switches quiet hours off")
    return hours


ReminderMinutes = Annotated[
    list[Annotated[int, Field(ge=5, le=43_200)]], Field(max_length=5, examples=[[1440, 120]]), AfterValidator(_apart)
]
"""Minutes before an appointment, five minutes to thirty days, the longest first."""
QuietHours = Annotated[tuple[_Wall, _Wall], Field(examples=[["21:00", "08:00"]]), AfterValidator(_a_span)]
"""Two wall times; over midnight if the second is earlier."""
