"""What every piece of a scenario's file is made of."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Language = Literal["es", "pt", "en"]


class Part(BaseModel):
    """A piece of a file; unknown fields are refused: a misspelt expectation would never be looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_or_more(value: Any) -> Any:
    """One text stands for a list of it."""
    return [value] if isinstance(value, str) else value


_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def _local(value: Any) -> Any:
    if isinstance(value, str) and not _LOCAL.fullmatch(value):
        raise ValueError('write local times as "2026-11-26 14:00"')
    return value


LocalTime = Annotated[datetime, BeforeValidator(_local)]
"""Wall time at the business."""
