"""What all formats have in common: a heading that is understood, and the piece of a product that a row tells of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from backend.imports.formats.cells import LONGEST_LINE, Cells, Heading, plain_key
from backend.imports.reading import html

MOST_IMAGES = 10


@dataclass(slots=True)
class Piece:
    """What one row says of a product. Fields that it does not speak of are left out of the mappings."""

    group: str
    """Rows of the same product have the same."""
    row: int
    leads: bool = False
    """Its words stand before those of other rows."""
    whole: bool = False
    """The rows of the group are all variants that there are; those that are stored and not named go."""
    product: dict[str, Any] = field(default_factory=dict)
    """Fields of `NewProduct`. Of attributes and translations each entry is by itself: an empty one goes, one that is
    not said stays."""
    all_attributes: bool = False
    """Those that it does not say go."""
    variant: dict[str, Any] | None = None
    """Fields of `NewVariant`; besides, `in_stock` where no number is told, and `choices` {place: value} of options
    whose names another row tells."""
    option_names: dict[str, str] = field(default_factory=dict)
    """{place: name}."""
    aliases: tuple[str, ...] = ()
    """Other names of the group, by which rows may speak of it."""


class Format(Protocol):
    """One way to write a catalog as a table."""

    name: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    """Our names of columns, and what headings call them."""
    required: tuple[tuple[str, ...], ...]
    """Of each of these at least one column."""
    telling: frozenset[str]
    """Columns of which at least one must be there to recognise the format by."""

    def further(self, heading: str) -> str | None:
        """Our name of a column that follows a pattern; None if there is none."""

    def piece(self, cells: Cells) -> Piece | None:
        """What a row says; None for a row to leave out."""


def understand(format: Format, headings: Sequence[str], mapped: Mapping[str, str]) -> Heading:
    """Which column is what; `mapped` is the caller's own {heading: our name}."""
    known = {plain_key(name): ours for ours, names in format.columns.items() for name in (ours, *names)}
    own = {plain_key(heading): ours for heading, ours in mapped.items()}
    places: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(headings):
        key = plain_key(heading)
        ours = own.get(key) or known.get(key) or format.further(heading.strip())
        if ours is None or (ours in places and key not in own):
            ignored.append(heading.strip())
        else:
            places[ours] = place
    return Heading(places, [heading.strip() for heading in headings], [name for name in ignored if name])


def path_of(text: str) -> str:
    """A category as a path, `Calzado > Botas`, however its parts are kept apart."""
    parts = [part for part in (html.line(part) for part in re.split("[>›»]", text)) if part]
    return " > ".join(parts)[:LONGEST_LINE]


def sale(amount: int | None, starts: datetime | None, ends: datetime | None) -> list[dict[str, Any]]:
    """A timed price as `NewVariant.prices` has it."""
    if amount is None:
        return []
    return [{"amount": amount, "starts_at": _iso(starts), "ends_at": _iso(ends)}]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
