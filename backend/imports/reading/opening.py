"""A file on the disk as a table: its encoding, the sign between its cells, and where its heading stands."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.imports.formats import UnknownFormat, recognise
from backend.imports.reading.records import DELIMITERS
from backend.imports.reading.text import HEAD_BYTES, Lines, NoTable, encoding_of, expect_text, head_as_text


@dataclass(frozen=True, slots=True)
class Seen:
    """What the beginning of a file tells."""

    format: str
    delimiter: str
    skipped: int
    """Lines before the heading: remarks, and `sep=;` of spreadsheets."""
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is to be read."""

    path: Path
    encoding: str
    delimiter: str
    skipped: int

    def lines(self) -> Lines:
        """From the heading on; `close` it."""
        lines = Lines(self.path, self.encoding)
        for _ in range(self.skipped):
            next(lines, None)
        return lines


def look(head: bytes, wanted: str | None = None, mapped: Mapping[str, str] | None = None) -> Seen:
    """What a file is by its first 64 KB. NoTable, UnknownFormat."""
    expect_text(head)
    text = head_as_text(head)
    skipped, rest, told = _heading_of(text)
    if not rest.strip():
        raise NoTable("an empty file")
    best: tuple[int, int, Seen] | None = None
    refused: UnknownFormat | None = None
    for delimiter in [told] if told else DELIMITERS:
        headings = _first(rest, delimiter)
        try:
            format, heading = recognise(headings, wanted, mapped)
        except UnknownFormat as fault:
            if refused is None or len(fault.found) > len(refused.found):
                refused = fault
            continue
        seen = Seen(format.name, delimiter, skipped, tuple(heading.ignored[:100]))
        mark = (len(heading.places), len(headings))
        if best is None or mark > best[:2]:
            best = (*mark, seen)
    if best is None:
        assert refused is not None
        raise refused
    return best[2]


def open_file(path: Path, wanted: str | None = None, mapped: Mapping[str, str] | None = None) -> tuple[Opened, Seen]:
    """A file to be read, and what it is. NoTable, UnknownFormat."""
    with path.open("rb") as handle:
        seen = look(handle.read(HEAD_BYTES), wanted, mapped)
    return Opened(path, encoding_of(path), seen.delimiter, seen.skipped), seen


def _heading_of(text: str) -> tuple[int, str, str]:
    """(lines before the heading, the text from it on, the delimiter if the file says it)."""
    skipped, told = 0, ""
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    while True:
        place = lines.tell()
        line = lines.readline()
        bare = line.strip().strip('"')
        if line and bare.lower().startswith("sep=") and len(bare) <= 5:
            told = bare[4:] or "\t"
        elif not line or (bare.strip(DELIMITERS) and not bare.startswith("#")):
            lines.seek(place)
            return skipped, lines.read(), told
        skipped += 1


def _first(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return text.partition("\n")[0].split(delimiter)
