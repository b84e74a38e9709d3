"""Records of a delimited table (RFC 4180, and what programs make of it), one at a time.

A quote that is never closed would swallow all that follows. So a record that runs over several lines counts only if its
quotes close where they should and it has as many cells as the heading; else its first line alone is given up, and the
reading goes on behind it.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from backend.imports.reading.text import Lines

DELIMITERS = ",;\t|"
_MOST_LINES = 2_000
_MOST_CELL = 500_000


@dataclass(slots=True)
class Record:
    """One line of the table. `row` counts as a spreadsheet does, empty lines too, the heading being 1; `line` is the
    physical one."""

    row: int
    line: int
    cells: list[str]
    broken: str = ""
    """What is wrong with it as a whole; `cells` is then the best that can be made of its first line."""


class _TooLong(Exception):
    pass


class _Taken:
    """Lines on their way into the csv module, remembered so that they can be put back."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.seen: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.seen) >= _MOST_LINES:
            raise _TooLong
        line = next(self._lines)
        self.seen.append(line)
        return line


def records(lines: Lines, delimiter: str, width: int = 0) -> Iterator[Record]:
    """Every record that is not empty; `width` is the number of cells of the heading, 0 while it is unknown."""
    csv.field_size_limit(_MOST_CELL)
    row = 0
    while True:
        taken, first = _Taken(lines), lines.number + 1
        reader = csv.reader(taken, delimiter=delimiter, strict=True)
        wrong = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong):
            cells, wrong = [], "a quote is opened here and not closed where it should be"
        row += 1
        many = len(taken.seen) > 1
        if many and not wrong and width and len(cells) != width:
            wrong = "a quote is opened here and closed in another row"
        if wrong:
            lines.put_back(taken.seen[1:])
            cells = _loosely(taken.seen[0], delimiter)
            if not many and (not width or len(cells) == width):
                wrong = ""
        if not any(cell and not cell.isspace() for cell in cells):
            continue
        width = width or len(cells)
        yield Record(row, first, cells, wrong)


def _loosely(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)
