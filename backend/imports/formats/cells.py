"""A row whose cells are read by our names of columns."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.accents import without_accents
from backend.imports.escaping import parted, unescaped
from backend.imports.faults import Fault, shortened
from backend.imports.reading import figures, html
from backend.imports.reading.figures import Unreadable
from backend.imports.reading.records import Record

LONGEST_LINE, LONGEST_PROSE = 300, 20_000
MOST_TAGS = 50
_THERE = frozenset(
    [
        *("1", "true", "yes", "si", "sí", "sim", "instock", "in stock", "available", "limited availability"),
        *("disponible", "en stock", "en existencia", "en existencias", "hay existencias"),
        *("disponível", "em estoque", "em stock"),
    ]
)
_GONE = frozenset(
    [
        *("0", "false", "no", "não", "nao", "outofstock", "out of stock", "sold out", "discontinued", "unavailable"),
        *("agotado", "sin existencias", "sin stock", "no disponible", "descontinuado"),
        *("esgotado", "indisponível", "sem estoque", "fora de estoque"),
    ]
)
MOST_SAID = 100
"""Things looked at in a cell that holds a list of addresses or prices."""
_ADDRESSES = re.compile(r"(?<![,;|\s])[,;|\s]++(?=https?://|file:)")
_OWN_FILE = re.compile(r"file:[0-9a-f-]{36}")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """The first row, understood."""

    places: Mapping[str, int]
    """Our names of columns, and where they stand."""
    written: Sequence[str]
    ignored: Sequence[str]
    """Headings that say nothing to us."""


@dataclass(frozen=True, slots=True)
class Business:
    """What amounts and days are read by."""

    currency: str
    zone: str


class Cells:
    """One row by our names of columns. What cannot be read becomes a fault, and counts as not said."""

    def __init__(self, heading: Heading, record: Record, business: Business, faults: list[Fault]) -> None:
        self._heading = heading
        self._record = record
        self._business = business
        self._faults = faults

    @property
    def row(self) -> int:
        return self._record.row

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self._heading.places

    def raw(self, name: str) -> str:
        """The cell as it is, empty if there is none."""
        place = self._heading.places.get(name)
        if place is None or place >= len(self._record.cells):
            return ""
        return unescaped(self._record.cells[place]).strip()

    def names(self, prefix: str, *, empty: bool = False) -> list[str]:
        """Columns of a pattern that are filled in this row, or all, without their prefix: `option:` gives Talla."""
        named = (name for name in self._heading.places if name.startswith(prefix))
        return [name[len(prefix) :] for name in named if empty or self.raw(name)]

    def line(self, name: str) -> str:
        """One line without markup, cut to 300 signs."""
        return self._cut(name, html.line(self.raw(name)), LONGEST_LINE)

    def prose(self, name: str) -> str:
        """Plain words, cut to 20,000 signs."""
        return self._cut(name, html.plain(self.raw(name)), LONGEST_PROSE)

    def words(self, name: str, separators: str = ",") -> list[str]:
        """A list within a cell, without repetitions; a separator behind a backslash is none."""
        lines = (html.line(part)[:LONGEST_LINE] for part in parted(self.raw(name), separators))
        found = list(dict.fromkeys(filter(None, lines)))
        if len(found) > MOST_TAGS:
            self.note(name, f"there are more than {MOST_TAGS}", f"the first {MOST_TAGS} were taken")
        return found[:MOST_TAGS]

    def addresses(self, *names: str) -> list[str]:
        """Addresses of pictures, by https or of the business's own files."""
        found: list[str] = []
        for name in names:
            said = _ADDRESSES.split(self.raw(name))
            if len(said) > MOST_SAID:
                self.note(name, f"there are more than {MOST_SAID} addresses", f"the first {MOST_SAID} were looked at")
            for address in said[:MOST_SAID]:
                address = address.strip(" ,;|")
                if address.startswith("http://"):
                    address = f"https{address[4:]}"
                if _OWN_FILE.fullmatch(address):
                    found.append(address)
                elif address and (len(address) > 2000 or not address.startswith("https://") or " " in address):
                    self.note(name, "this is no https address of a picture", "it was left out")
                elif address:
                    found.append(address)
        return list(dict.fromkeys(found))

    def entries(self, name: str) -> dict[str, Any]:
        """A JSON object of texts, or of such objects; empty where nothing is said."""
        text = self.raw(name)
        try:
            found: Any = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and all(isinstance(one, str) or _are_texts(one) for one in found.values()):
            return found
        self.error(name, "this is no JSON object of texts", 'write it as {"Material": "cotton"}')
        return {}

    def price(self, name: str) -> int | None:
        """Minor units; None where nothing is said."""
        text = self.raw(name)
        try:
            return figures.minor_units(text, self._business.currency) if text else None
        except Unreadable as fault:
            self.error(name, fault.wrong, fault.remedy)
            return None

    def count(self, name: str) -> int | None:
        """How many; None where nothing is said."""
        text = self.raw(name)
        try:
            number = figures.count(text) if text else None
        except Unreadable as fault:
            self.error(name, fault.wrong, fault.remedy)
            return None
        if number is not None and number < 0:
            self.note(name, "there cannot be fewer than none", "it was taken as 0")
            return 0
        return number

    def stock(self, counted: str, told: str) -> dict[str, Any]:
        """The fields `stock` or `in_stock` by a column that counts and one that says in words whether there are any."""
        number, word = self.count(counted), self.raw(told).lower().replace("_", " ")
        if word in _GONE:
            return {"stock": 0}
        if number is not None:
            return {"stock": number}
        if word in _THERE:
            return {"in_stock": True}
        if not word:
            return {}
        self.note(
            told, "this does not say that it is in stock", "none were taken to be there; write in stock, or how many"
        )
        return {"stock": 0}

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where nothing is said."""
        text = self.raw(name)
        try:
            return figures.flag(text) if text else None
        except Unreadable as fault:
            self.error(name, fault.wrong, fault.remedy)
            return None

    def instant(self, name: str, *, end: bool = False) -> datetime | None:
        """A moment; None where nothing is said."""
        return self.moment(name, self.raw(name), end=end)

    def moment(self, name: str, text: str, *, end: bool = False) -> datetime | None:
        """`instant` of a part of the cell."""
        try:
            return figures.instant(text, self._business.zone, end=end) if text else None
        except Unreadable as fault:
            self.error(name, fault.wrong, fault.remedy)
            return None

    def amount(self, name: str, text: str) -> int | None:
        """`price` of a part of the cell."""
        try:
            return figures.minor_units(text, self._business.currency) if text else None
        except Unreadable as fault:
            self.error(name, fault.wrong, fault.remedy)
            return None

    def error(self, name: str, wrong: str, remedy: str) -> None:
        """Something that keeps the product out."""
        self._faults.append(self._fault(name, wrong, remedy, "error"))

    def note(self, name: str, wrong: str, remedy: str) -> None:
        """Something that was taken differently."""
        self._faults.append(self._fault(name, wrong, remedy, "note"))

    def sku(self, name: str, group: str, values: Sequence[str]) -> str:
        """The row's SKU, or one made of the group and the values of the options, the same every time."""
        if given := self.line(name):
            return given
        made = "-".join(filter(None, (key_of(part) for part in (group, *values))))[:LONGEST_LINE] or f"row-{self.row}"
        self.note(name, "there is no SKU", f"{made} was made of the product's key and its options")
        return made

    def _fault(self, name: str, wrong: str, remedy: str, level: Any) -> Fault:
        place = self._heading.places.get(name)
        column = "" if place is None else self._heading.written[place]
        return Fault(self._record.row, self._record.line, column, shortened(self.raw(name)), wrong, remedy, level)

    def _cut(self, name: str, text: str, most: int) -> str:
        if len(text) > most:
            self.note(name, f"this is longer than {most} characters", "it was cut")
        return text[:most].rstrip()


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def plain_key(heading: str) -> str:
    """A heading without marks, case and surplus blanks: `\\ufeffTítulo ` is `titulo`."""
    letters = without_accents(heading.replace("\ufeff", ""))
    return " ".join(letters.replace("_", " ").casefold().split()).strip("'\" *")


def key_of(text: str) -> str:
    """A name as part of a SKU: `Botín Azul` is `botin-azul`."""
    return _NOT_IN_KEYS.sub("-", plain_key(text)).strip("-")
