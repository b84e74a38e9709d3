"""The API's documentation at `/schema`: one page of plain HTML from the OpenAPI document.

The renderers at hand load scripts and fonts from other hosts; an installation without a network would show an empty
page.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

Json = dict[str, Any]

_VERBS = ("get", "post", "put", "patch", "delete")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
code,summary{font-family:ui-monospace,monospace}
summary{cursor:pointer;padding:.3rem 0}
summary b{display:inline-block;width:4.5rem}
details>div{margin:0 0 1rem 4.5rem}
table{border-collapse:collapse}
td,th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0;border-bottom:1px solid #ddd}
"""


class SchemaPage(OpenAPIRenderPlugin):
    """Every operation by tag, what it takes and answers, and every schema; no script, nothing from elsewhere."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        return "".join(_page(openapi_schema, self.get_openapi_json_route(request))).encode()


def _page(document: Json, json_address: str) -> Iterator[str]:
    info = document["info"]
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])} API</title>"
    yield f"<style>{_STYLE}</style><h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
    yield f"<p>{escape(info.get('description', ''))}</p>"
    yield f'<p>As OpenAPI, for tools: <a href="{escape(json_address)}">{escape(json_address)}</a></p>'
    for tag, operations in sorted(_by_tag(document).items()):
        yield f"<h2>{escape(tag)}</h2>"
        for verb, path, operation in operations:
            yield from _operation(verb, path, operation)
    yield "<h2>Schemas</h2>"
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        yield f'<details id="{escape(name)}"><summary>{escape(name)}</summary><div>'
        yield f"<p>{escape(schema.get('description', ''))}</p>{_fields(schema)}</div></details>"
    yield "</html>"


def _by_tag(document: Json) -> dict[str, list[tuple[str, str, Json]]]:
    found: dict[str, list[tuple[str, str, Json]]] = defaultdict(list)
    for path, operations in document.get("paths", {}).items():
        for verb in _VERBS:
            if operation := operations.get(verb):
                found[(operation.get("tags") or ["other"])[0]].append((verb, path, operation))
    return found


def _operation(verb: str, path: str, operation: Json) -> Iterator[str]:
    yield f"<details><summary><b>{verb.upper()}</b>{escape(path)}</summary><div>"
    yield f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
    rows = [
        (item["name"], f"{item['in']}, {_type(item.get('schema', {}))}", item.get("required"), item.get("description"))
        for item in operation.get("parameters") or []
    ]
    yield _table(rows)
    for media, content in (operation.get("requestBody") or {}).get("content", {}).items():
        yield f"<p>Takes <code>{escape(media)}</code>: {_type(content.get('schema', {}))}</p>"
    for status, response in operation.get("responses", {}).items():
        schemas = [_type(content.get("schema", {})) for content in (response.get("content") or {}).values()]
        yield f"<p>{escape(status)} {escape(response.get('description', ''))} {', '.join(schemas)}</p>"
    yield "</div></details>"


def _fields(schema: Json) -> str:
    required = schema.get("required") or []
    rows = [
        (name, _type(field), name in required, field.get("description"))
        for name, field in (schema.get("properties") or {}).items()
    ]
    return _table(rows) or f"<p>{_type(schema)}</p>"


def _table(rows: Sequence[tuple[str, str, bool | None, str | None]]) -> str:
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if needed else ' (optional)'}<td>{kind}<td>{escape(said or '')}"
        for name, kind, needed, said in rows
    )
    return f"<table>{cells}</table>" if cells else ""


def _type(schema: Json) -> str:
    """HTML: a link to a named schema, else its type, its choices and its parts."""
    if reference := schema.get("$ref"):
        name = escape(str(reference).rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    parts = [part for key in ("oneOf", "anyOf", "allOf") for part in schema.get(key) or []]
    if parts:
        return " or ".join(_type(part) for part in parts)
    if choices := schema.get("enum"):
        return " | ".join(f"<code>{escape(str(choice))}</code>" for choice in choices)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items') or {})}"
    kinds = schema.get("type") or "anything"
    kind = " or ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds)
    form = schema.get("format")
    return escape(f"{kind} ({form})" if form else kind)
