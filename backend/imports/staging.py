"""A file's rows put in order beside memory: pieces of a product find each other wherever they stand.

The whole file is read into a table of SQLite on the disk before anything is written to the catalog: so an import that
is refused (too many rows) changed nothing, variations may come before their parents, a SKU is known to come twice, and
whoever goes on after a kill finds the same products in the same order.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from backend.imports.faults import Fault, shortened
from backend.imports.formats import recognise
from backend.imports.formats.base import Format, Piece
from backend.imports.formats.cells import Business, Cells, Heading
from backend.imports.reading.opening import Opened
from backend.imports.reading.records import Record, records

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -8000;
CREATE TABLE pieces (seq INTEGER PRIMARY KEY, grp TEXT NOT NULL, leads INT NOT NULL, body TEXT NOT NULL);
CREATE TABLE faults (seq INTEGER PRIMARY KEY, grp TEXT NOT NULL, row INT NOT NULL, body TEXT NOT NULL);
CREATE TABLE aliases (alias TEXT PRIMARY KEY, grp TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE skus (sku TEXT PRIMARY KEY, row INT NOT NULL) WITHOUT ROWID;
CREATE TABLE products (ordinal INTEGER PRIMARY KEY, grp TEXT NOT NULL UNIQUE);
"""
_ORDER = """
UPDATE pieces SET grp = (SELECT aliases.grp FROM aliases WHERE alias = pieces.grp)
    WHERE grp IN (SELECT alias FROM aliases);
UPDATE faults SET grp = (SELECT aliases.grp FROM aliases WHERE alias = faults.grp)
    WHERE grp IN (SELECT alias FROM aliases);
INSERT INTO products (grp) SELECT grp FROM (
    SELECT grp, row AS place FROM faults UNION ALL SELECT grp, json_extract(body, '$.row') FROM pieces
) GROUP BY grp ORDER BY min(place), grp;
CREATE INDEX pieces_grp ON pieces (grp);
CREATE INDEX faults_grp ON faults (grp);
"""
MOST_ROWS_OF_ONE = 2_048 + 250
"""Of one product: what the largest of Shopify's has, a row for each variant and each picture
(https://shopify.dev/changelog/the-product-variant-limit-is-now-2048-for-all-merchants)."""
_LONER = "\0row:"
"""Groups of rows that could not be told to belong to any."""


class TooManyRows(Exception):
    """The file has more rows than may be imported at once."""


@dataclass(slots=True)
class Staged:
    """One product of the file: what its rows say, and what is wrong with them."""

    pieces: list[Piece]
    faults: list[Fault]


@dataclass(slots=True)
class Reading:
    """How far the file has been read; looked at from another thread."""

    rows: int = 0
    bytes: int = 0
    products: int = 0
    unreadable: int = 0
    """Rows of which nobody knows what they sell: those that are broken, have too many cells, or name no product."""
    stopped: bool = False
    """Set by whoever waits for it to end early."""

    def stop(self) -> None:
        self.stopped = True


class Staging:
    """The table beside memory. For one thread at a time, and not to be closed under it."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def read(
        self,
        opened: Opened,
        business: Business,
        progress: Reading,
        *,
        most_rows: int,
        format: str | None = None,
        mapped: Mapping[str, str] | None = None,
    ) -> None:
        """All rows of the file. TooManyRows, UnknownFormat."""
        with closing(opened.lines()) as lines:
            top = next(records(lines, opened.delimiter))
            chosen, heading = recognise(top.cells, format, mapped)
            self._database.execute("BEGIN")
            for record in records(lines, opened.delimiter, len(top.cells)):
                record.row += top.row
                progress.rows += 1
                progress.bytes = lines.bytes_read
                if progress.rows > most_rows:
                    raise TooManyRows
                if progress.stopped:
                    break
                self._take(record, chosen, heading, business, progress)
            self._database.execute("COMMIT")
        self._database.executescript(_ORDER)
        progress.products = self._database.execute("SELECT count(*) FROM products").fetchone()[0]

    def products(self, after: int, many: int) -> list[tuple[int, Staged]]:
        """(ordinal, product) of those behind `after`: `many` of them at most, and fewer if they have many rows."""
        wanted = self._database.execute(
            "SELECT ordinal, grp, (SELECT count(*) FROM pieces WHERE pieces.grp = products.grp) FROM products"
            " WHERE ordinal > ? ORDER BY ordinal LIMIT ?",
            (after, many),
        )
        found: list[tuple[int, Staged]] = []
        room = MOST_ROWS_OF_ONE
        for ordinal, group, rows in wanted.fetchall():
            if rows > MOST_ROWS_OF_ONE:
                found.append((ordinal, self._too_large(group, rows)))
                continue
            if rows > room and found:
                break
            room -= rows
            pieces = self._database.execute("SELECT body FROM pieces WHERE grp = ? ORDER BY leads DESC, seq", (group,))
            faults = self._database.execute("SELECT body FROM faults WHERE grp = ? ORDER BY seq", (group,))
            staged = Staged([Piece(**json.loads(body)) for (body,) in pieces], _faults(faults))
            found.append((ordinal, staged))
        return found

    def _too_large(self, group: str, rows: int) -> Staged:
        """Rows that are too many for one product are not looked at, so that memory is bounded; what is wrong is the key
        that they share."""
        query = "SELECT min(json_extract(body, '$.row')) FROM pieces WHERE grp = ?"
        first = self._database.execute(query, (group,)).fetchone()[0]
        wrong = f"{rows} rows have this key, and no product has more than {MOST_ROWS_OF_ONE}"
        remedy = "none of them was imported; give each product a key (handle, parent, group) of its own"
        return Staged([], [Fault(first, 0, "", shortened(group), wrong, remedy)])

    def names(self, skus: list[str]) -> set[str]:
        """Those of these SKUs that the file names."""
        return {sku for sku in skus if self._database.execute("SELECT 1 FROM skus WHERE sku = ?", (sku,)).fetchone()}

    @property
    def names_none(self) -> bool:
        """Whether no SKU is in the file."""
        return self._database.execute("SELECT 1 FROM skus").fetchone() is None

    def _take(self, record: Record, format: Format, heading: Heading, business: Business, progress: Reading) -> None:
        faults: list[Fault] = []
        cells = Cells(heading, record, business, faults)
        piece = None if record.broken and len(record.cells) < 2 else format.piece(cells)
        unknown = piece is None and any(fault.level == "error" for fault in faults)
        wrong, remedy = record.broken, "close the quote, or write it twice"
        if not wrong and len(record.cells) > len(heading.written) and any(record.cells[len(heading.written) :]):
            wrong = f"there are {len(record.cells)} cells under {len(heading.written)} headings"
            remedy = "put quotes around cells with separators"
        if wrong:
            # What was read of it is not believed; but its product and its SKU may be in the file.
            faults.append(Fault(record.row, record.line, "", "", wrong, remedy))
        progress.unreadable += bool(wrong or unknown)
        if piece is not None and not self._keep(piece, cells, broken=bool(record.broken)):
            piece = None
        group = f"{_LONER}{record.row}" if piece is None else piece.group
        for fault in faults:
            self._database.execute(
                "INSERT INTO faults (grp, row, body) VALUES (?, ?, ?)",
                (group, fault.row, json.dumps(fault.as_row(), ensure_ascii=False)),
            )

    def _keep(self, piece: Piece, cells: Cells, *, broken: bool) -> bool:
        """Whether it belongs to a product: a row that stands alone and repeats a SKU leaves the first one in peace."""
        if piece.variant is not None and not broken:
            sku = piece.variant["sku"]
            first = self._database.execute("SELECT row FROM skus WHERE sku = ?", (sku,)).fetchone()
            if first is not None:
                cells.error("sku", f"row {first[0]} has this SKU already", "give each variant a SKU of its own")
                if not piece.whole:
                    return False
        if piece.variant is not None:
            self._database.execute("INSERT OR IGNORE INTO skus VALUES (?, ?)", (piece.variant["sku"], piece.row))
        for alias in piece.aliases:
            self._database.execute("INSERT OR IGNORE INTO aliases VALUES (?, ?)", (alias, piece.group))
        body = {name: getattr(piece, name) for name in piece.__slots__}
        self._database.execute(
            "INSERT INTO pieces (grp, leads, body) VALUES (?, ?, ?)",
            (piece.group, piece.leads, json.dumps(body, ensure_ascii=False)),
        )
        return True


def _faults(rows: Iterable[tuple[str]]) -> list[Fault]:
    return [Fault(**json.loads(body)) for (body,) in rows]
