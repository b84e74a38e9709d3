"""Products and services of the backend's catalog, as documents of the shelf `products`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from agent.search import writing
from agent.search.asking import Document, Facts, Text
from agent.search.columns import storable
from agent.search.feed import Connection, Source

LARGEST = 2**63 - 1


async def take(connection: Connection, items: Sequence[dict[str, Any]], run: int) -> None:
    """A batch of the feed, into the index."""
    await writing.write(connection, [document_of(item) for item in items], run)


async def sweep(connection: Connection, run: int) -> None:
    """Takes out what a whole pass did not see."""
    await writing.sweep(connection, "products", run)


CATALOG = Source("catalog", "/internal/catalog/changes", take, sweep)


def document_of(item: Mapping[str, Any]) -> Document:
    """Of an item of the feed; KeyError, TypeError or ValueError if it is not as agreed."""
    tenant_id, product_id = id_of(item["tenant_id"]), id_of(item["product_id"])
    revision = revision_of(item)
    if item["deleted"] or item["text"] is None:
        return Document(tenant_id, product_id, revision, None)
    text, facts = mapping_of(item["text"]), mapping_of(item.get("facts") or {})
    if not isinstance(text["name"], str):
        raise TypeError("a product has a name")
    options = _named(text.get("options"))
    attributes = _named(text.get("attributes"))
    labels = [
        *text.get("tags", ()),
        *(value for values in (*options.values(), *attributes.values()) for value in values),
        *text.get("synonyms", ()),
    ]
    translations = [
        (_clean(words.get("name")), _clean(words.get("description")))
        for words in map(mapping_of, mapping_of(text.get("translations") or {}).values())
    ]
    return Document(
        tenant_id,
        product_id,
        revision,
        Text(
            title=_clean(text["name"]),
            labels=(
                _clean(text.get("category")),
                *dict.fromkeys(clean for label in labels if (clean := _clean(label))),
            ),
            body=_clean(text.get("description")),
            brand=_clean(text.get("brand")) or None,
            codes=tuple(_clean(code) for code in (*text.get("skus", ()), *text.get("barcodes", ()))),
            translations=tuple(pair for pair in translations if any(pair)),
        ),
        Facts(
            kind=str(facts.get("kind", "product")),
            price_min=_price(facts.get("price_min")),
            price_max=_price(facts.get("price_max")),
            in_stock=bool(facts.get("in_stock", True)),
            brand=_clean(text.get("brand")) or None,
            categories=tuple(filter(None, [_clean(text.get("category"))])),
            attributes={
                name: (*attributes.get(name, ()), *options.get(name, ()))
                for name in dict.fromkeys([*attributes, *options])
            },
        ),
    )


def id_of(given: Any) -> str:
    """As the index knows it."""
    return str(UUID(str(given)))


def mapping_of(given: Any) -> Mapping[str, Any]:
    """Itself."""
    if not isinstance(given, Mapping):
        raise TypeError("not a mapping")
    return given


def revision_of(item: Mapping[str, Any]) -> int:
    """Of an item of any feed, as the index can keep it."""
    return min(max(_whole(item["revision"]), 0), LARGEST)


def _price(given: Any) -> int | None:
    return None if given is None else _whole(given)


def _whole(given: Any) -> int:
    if type(given) is not int:
        raise TypeError("not a whole number")
    return given


def _named(given: Any) -> dict[str, tuple[str, ...]]:
    """{name: value or values}; of a plain list of values the names are not known."""
    if not isinstance(given, Mapping):
        return {"": tuple(_clean(value) for value in given or ())}
    return {
        _clean(name): tuple(_clean(value) for value in (values if isinstance(values, list) else [values]))
        for name, values in given.items()
    }


def _clean(text: Any) -> str:
    return "" if text is None else storable(str(text)).strip()
