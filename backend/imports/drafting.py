"""The pieces of a product put together: words of its first row, variants in the order of the file, pictures of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.imports.faults import Fault
from backend.imports.formats.base import MOST_IMAGES, Piece
from backend.imports.staging import Staged

MOST_VARIANTS = 200
_SHORTEST_NAME = 4
_UNSAID: tuple[Any, ...] = (None, "", [], {})
"""What a first row leaves open for further ones; that something is not visible is said."""


@dataclass(slots=True)
class Draft:
    """What the file says of one product; fields that it does not speak of are left out."""

    row: int
    whole: bool = False
    product: dict[str, Any] = field(default_factory=dict)
    all_attributes: bool = False
    variants: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """{SKU: row}."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(fault.level == "error" for fault in self.faults)

    def error(self, row: int, wrong: str, remedy: str, column: str = "", value: str = "") -> None:
        """Something that keeps it out."""
        self.faults.append(Fault(row, 0, column, value, wrong, remedy))

    def note(self, row: int, wrong: str, remedy: str, column: str = "", value: str = "") -> None:
        """Something that was taken differently."""
        self.faults.append(Fault(row, 0, column, value, wrong, remedy, "note"))


def draft(staged: Staged) -> Draft:
    """One product of a file."""
    pieces, faults = staged.pieces, staged.faults
    row = min([piece.row for piece in pieces] + [fault.row for fault in faults])
    made = Draft(row, whole=any(piece.whole for piece in pieces), faults=list(faults))
    made.all_attributes = any(piece.all_attributes for piece in pieces)
    _words(made, pieces)
    names: dict[str, str] = {}
    for piece in pieces:
        names = piece.option_names | names
    for piece in pieces:
        if piece.variant is not None:
            _variant(made, piece, dict(piece.variant), names)
    taken = {name for variant in made.variants for name in variant.get("options", {})}
    if attributes := made.product.get("attributes"):
        made.product["attributes"] = {name: value for name, value in attributes.items() if name not in taken}
    if pieces and not made.variants and not made.failed:
        made.error(row, "nothing that can be bought belongs to this product", "add a row with a SKU and a price")
    elif len(made.variants) > MOST_VARIANTS:
        made.error(row, f"it has more than {MOST_VARIANTS} variants", "make two products of it")
    return made


def _words(made: Draft, pieces: list[Piece]) -> None:
    given = [piece.product.pop("images") for piece in pieces if "images" in piece.product]
    names = [piece.product["name"] for piece in pieces if piece.product.get("name")]
    for piece in pieces:
        _fill(made.product, piece.product)
    if given:
        found = list(dict.fromkeys(image for images in given for image in images))
        if len(found) > MOST_IMAGES:
            made.note(made.row, f"there are more than {MOST_IMAGES} pictures", f"the first {MOST_IMAGES} were taken")
        made.product["images"] = found[:MOST_IMAGES]
    if len(set(names)) > 1:
        made.product["name"] = _shared(names)


def _fill(said: dict[str, Any], further: Mapping[str, Any]) -> None:
    for name, value in further.items():
        held = said.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            _fill(held, value)
        elif held in _UNSAID:
            said[name] = value


def _shared(names: list[str]) -> str:
    """What names of variants have in common: `Botín azul 38` and `Botín negro 38` are a `Botín`."""
    shared: list[str] = []
    for words in zip(*(name.split() for name in names), strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    common = " ".join(shared).rstrip(" -–,/(|:")
    return common if len(common) >= _SHORTEST_NAME else names[0]


def _variant(made: Draft, piece: Piece, variant: dict[str, Any], names: dict[str, str]) -> None:
    choices = variant.pop("choices", None)
    if choices is not None:
        variant["options"] = {names.get(place, f"option {place}"): value for place, value in choices.items()}
    if variant["sku"] in made.rows:
        return
    made.rows[variant["sku"]] = piece.row
    made.variants.append(variant)
