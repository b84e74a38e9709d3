"""What the file says laid over what the catalog holds: a product as it should be stored, or why it cannot be."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from backend.catalog.models import Product, Variant
from backend.catalog.schemas import NewProduct, NewVariant
from backend.errors import in_words
from backend.imports.drafting import Draft
from backend.imports.faults import shortened

ENOUGH = 999
"""In stock, of something that nobody counts."""
Image = dict[str, Any]
"""A product as JSON of `NewProduct`, with all fields: what `before` and `after` an import are compared by."""

_FIELDS = [name for name in NewProduct.model_fields if name != "variants"]
_VARIANT_FIELDS = list(NewVariant.model_fields)


def image_of(product: Product, variants: Sequence[Variant]) -> Image:
    """A stored product."""
    image: Image = {name: getattr(product, name) for name in _FIELDS}
    image["variants"] = [{name: getattr(variant, name) for name in _VARIANT_FIELDS} for variant in variants]
    return image


def image_of_new(product: NewProduct) -> Image:
    """A product as it will be stored."""
    made: Image = json.loads(product.model_dump_json())
    made["translations"] = {
        language: {name: text for name, text in words.items() if text is not None}
        for language, words in made.get("translations", {}).items()
    }
    return made


def same(one: Image, other: Image) -> bool:
    """Whether nothing is to be written."""
    return normal(one) == normal(other)


def normal(image: Image) -> str:
    """A text that is equal for equal products, however their JSON is written."""
    bare = {name: _bare(value) for name, value in image.items() if name != "variants"}
    bare["variants"] = [{name: _bare(value) for name, value in one.items()} for one in image["variants"]]
    return json.dumps(bare, sort_keys=True, ensure_ascii=False, default=str)


def laid_over(draft: Draft, stored: Image | None) -> NewProduct | None:
    """The product as it should be; None after an error, which is then in the draft."""
    wanted = dict(stored or {}) | draft.product
    for name in ("attributes", "translations"):
        kept = {} if stored is None or (name == "attributes" and draft.all_attributes) else stored.get(name, {})
        wanted[name] = _merged(kept, draft.product.get(name, {}))
    if stored is not None:
        if not draft.product.get("name"):
            wanted["name"] = stored["name"]
    elif not wanted.get("name"):
        draft.error(draft.row, "no row tells the product's name", "write it in a column `name` (nombre, nome)")
        return None
    known = {variant["sku"]: variant for variant in (stored or {}).get("variants", [])}
    variants = [_variant(draft, variant, known.get(variant["sku"])) for variant in draft.variants]
    if draft.whole:
        gone = [sku for sku in known if sku not in draft.rows]
        if gone:
            draft.note(draft.row, f"variants that the file has not: {shortened(', '.join(gone))}", "they are removed")
    else:
        places = {variant["sku"]: variant for variant in variants}
        variants = [places.pop(sku, variant) for sku, variant in known.items()] + list(places.values())
    if draft.failed:
        return None
    wanted["variants"] = variants
    return _checked(draft, wanted)


def _merged(stored: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Entries laid over those that are stored; empty ones go."""
    merged = dict(stored)
    for name, value in said.items():
        held = stored.get(name, {})
        merged[name] = _merged(held, value) if isinstance(value, dict) and isinstance(held, dict) else value
    return {name: value for name, value in merged.items() if value}


def _variant(draft: Draft, said: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    in_stock = said.get("in_stock")
    variant = dict(known or {}) | {name: value for name, value in said.items() if name != "in_stock"}
    if in_stock:
        variant["stock"] = (known or {}).get("stock") or ENOUGH
    if known is None and "price" not in variant:
        draft.error(draft.rows[said["sku"]], "there is no price", "write what it costs", value=shortened(said["sku"]))
    return variant


def _checked(draft: Draft, wanted: dict[str, Any]) -> NewProduct | None:
    while True:
        try:
            return NewProduct.model_validate(wanted)
        except ValidationError as error:
            if not _mended(draft, wanted, error):
                return None


def _mended(draft: Draft, wanted: dict[str, Any], error: ValidationError) -> bool:
    """What is not worth a product is left out with a note: barcodes and pictures. Whether anything else is wrong."""
    mended = True
    for fault in sorted(error.errors(include_url=False, include_context=False), key=lambda one: str(one["loc"])):
        place = fault["loc"]
        said = in_words(fault["msg"])
        row = draft.row
        holder: Any = wanted
        if len(place) > 1 and place[0] == "variants" and isinstance(place[1], int):
            holder = wanted["variants"][place[1]]
            row = draft.rows.get(holder["sku"], draft.row)
        name = str(place[2] if holder is not wanted and len(place) > 2 else place[0] if place else "")
        value = shortened(str(fault.get("input", "")))
        if name in ("barcode", "image") and holder is not wanted and holder.get(name) is not None:
            holder[name] = None
            draft.note(row, said, "it was left out", name, value)
        elif name == "images" and len(place) > 1 and isinstance(place[1], int):
            bad = wanted["images"][place[1]] if place[1] < len(wanted["images"]) else None
            wanted["images"] = [image for image in wanted["images"] if image != bad]
            draft.note(row, said, "it was left out", name, value)
            return mended
        else:
            draft.error(row, said, "correct it", name, value)
            mended = False
    return mended


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_bare(one) for one in value]
    return value or None
