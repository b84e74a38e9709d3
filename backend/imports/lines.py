"""Lines of tables that we write (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from backend.imports.escaping import escaped


def lines(rows: Iterable[Sequence[str]]) -> str:
    """The rows as lines, formulas escaped, NUL bytes left out."""
    written = io.StringIO()
    csv.writer(written).writerows([escaped(cell.replace("\0", "")) for cell in row] for row in rows)
    return written.getvalue()
