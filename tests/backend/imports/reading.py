"""A file read as the job reads it, without a catalog."""

from collections.abc import Iterator
from pathlib import Path

from backend.imports.drafting import Draft, draft
from backend.imports.formats.cells import Business
from backend.imports.reading.opening import open_file
from backend.imports.staging import MOST_ROWS_OF_ONE, Reading, Staged, Staging

SAMPLES = Path(__file__).parent / "samples"
MEXICO = Business("MXN", "America/Mexico_City")


def read(path: Path, folder: Path, *, most_rows: int = 1000, business: Business = MEXICO) -> list[Draft]:
    """The products of a file, in its order."""
    opened, seen = open_file(path)
    staging = Staging(folder / "staged")
    try:
        staging.read(opened, business, Reading(), most_rows=most_rows, format=seen.format)
        return [draft(staged) for staged in _all(staging)]
    finally:
        staging.close()


def _all(staging: Staging) -> Iterator[Staged]:
    after = 0
    while found := staging.products(after, 250):
        assert sum(len(staged.pieces) for _, staged in found) <= MOST_ROWS_OF_ONE
        after = found[-1][0]
        yield from (staged for _, staged in found)


def written(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    """A file with this content."""
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def complaints(drafts: list[Draft], level: str = "error") -> list[tuple[int, str, str]]:
    """(row, heading, what is wrong) of all, in the order of the file."""
    faults = [fault for one in drafts for fault in one.faults if fault.level == level]
    return sorted((fault.row, fault.column, fault.wrong) for fault in faults)
