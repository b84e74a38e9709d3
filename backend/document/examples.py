"""Examples for the OpenAPI document, made from its schemas, so that none of them can grow old.

An example of a request has what is required, and the first field of those where nothing is; one of an answer has
every field. Values follow the field's own `examples`, `default` or choices, then its name, format and limits.
"""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_ID = "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f"
_FORMATS: Mapping[str, str] = {
    "uuid": _ID,
    "date-time": "2026-08-07T15:00:00Z",
    "date": "2026-08-07",
    "time": "09:30:00",
    "email": "ana@example.com",
    "uri": "https://example.com/hooks",
    "duration": "PT15M",
    "binary": "...",
}
_NAMES: Mapping[str, Any] = {
    "timezone": "America/Mexico_City",
    "currency": "MXN",
    "locale": "es-MX",
    "slug": "tienda-luna",
    "sku": "TEN-38-AZ",
    "start": "2026-08-07T09:00:00-06:00",
    "from": "2026-08-07",
    "to": "2026-08-08",
    "phone": "+5215512345678",
    "sender": "+5215512345678",
    "address": "whatsapp:+14155238886",
    "url": "https://example.com/hooks",
    "password": "tres-tristes-tigres",
    "price": 129900,
    "amount": 129900,
    "duration_minutes": 30,
    "name": "Tenis azules",
    "text": "Hola, ¿tienen talla 38?",
    "next_cursor": "WzEsIjA5YjJkNGU2ZjgxMCIsIjAxOTg5ZjNlLTdjMWEtN2Q0ZS05YjFmLTNhNWM3ZTlkMWIyZiJd",
}


def example_of(schema: Json, schemas: Mapping[str, Json], *, whole: bool, name: str = "", depth: int = 0) -> Any:
    """A value that fits `schema`; references lead into `schemas`. `whole`: with every field."""
    schema = resolved(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("oneOf", "anyOf"):
        if key in schema:
            parts = [resolved(part, schemas) for part in schema[key]]
            chosen = next((part for part in parts if part.get("type") != "null"), parts[0])
            limits = {at: value for at, value in schema.items() if at not in ("oneOf", "anyOf", "default", "type")}
            return example_of({**chosen, **limits}, schemas, whole=whole, name=name, depth=depth)
    if "allOf" in schema:
        merged: Json = {}
        for part in schema["allOf"]:
            merged |= resolved(part, schemas)
        return example_of(merged, schemas, whole=whole, name=name, depth=depth)
    kind = _kind(schema)
    if kind == "object":
        return _object(schema, schemas, whole, depth)
    if kind == "array":
        return _array(schema, schemas, whole, name, depth)
    if kind in ("integer", "number"):
        return _number(schema, name)
    if kind == "boolean":
        return schema.get("default", True)
    return _string(schema, name) if kind == "string" else None


def resolved(schema: Json, schemas: Mapping[str, Json]) -> Json:
    """The schema behind a reference."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(schema: Json) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "null")
    if isinstance(kinds, list):
        return str(next((kind for kind in kinds if kind != "null"), "null"))
    return str(kinds)


def _object(schema: Json, schemas: Mapping[str, Json], whole: bool, depth: int) -> Json:
    properties: Json = schema.get("properties") or {}
    wanted = list(properties) if whole and depth < 5 else list(schema.get("required") or ())
    if not wanted and depth == 0:
        wanted = list(properties)[:1]
    return {
        key: example_of(properties[key], schemas, whole=whole, name=key, depth=depth + 1)
        for key in wanted
        if key in properties
    }


def _array(schema: Json, schemas: Mapping[str, Json], whole: bool, name: str, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        ends = ("09:00", "14:00")
        return [ends[at] if len(schema["prefixItems"]) == 2 else None for at in range(len(schema["prefixItems"]))]
    items = schema.get("items") or {}
    count = max(schema.get("minItems", 0), 1 if whole and depth < 5 else 0)
    return [example_of(items, schemas, whole=whole, name=name, depth=depth + 1) for _ in range(count)]


def _number(schema: Json, name: str) -> int | float:
    named = _NAMES.get(name, schema.get("default", 1))
    value: int | float = named if isinstance(named, int | float) else 1
    if "minimum" in schema:
        value = max(value, schema["minimum"])
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        value = schema["exclusiveMinimum"] + 1
    return min(value, schema["maximum"]) if "maximum" in schema else value


def _string(schema: Json, name: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    named = _NAMES.get(name, schema.get("default") or "texto")
    value = named if isinstance(named, str) else "texto"
    if len(value) < schema.get("minLength", 0):
        value = value.ljust(schema["minLength"], "o")
    return value[: schema.get("maxLength", len(value))]
