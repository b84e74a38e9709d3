"""What is wrong with a row, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

LONGEST_VALUE = 80
_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """An error keeps its product out of the catalog as a whole; a note tells what was taken differently."""

    row: int
    """As a spreadsheet counts, the heading being 1."""
    line: int
    """The physical line of the file."""
    column: str
    """Its heading as the file has it; empty for the row as a whole."""
    value: str
    wrong: str
    remedy: str
    level: Literal["error", "note"] = "error"

    def as_row(self) -> dict[str, object]:
        """For storing."""
        return {name: getattr(self, name) for name in self.__slots__}


def shortened(value: str) -> str:
    """Enough of a value to recognise it by."""
    flat = " ".join(value[:_LOOKED_AT].split())
    whole = len(flat) <= LONGEST_VALUE and len(value) <= _LOOKED_AT
    return flat if whole else f"{flat[: LONGEST_VALUE - 1]}…"
