"""The OpenAPI document, completed by rule for every route: names, summaries, problems, headers, examples.

What a route must bring itself is a docstring, whose first sentence is its summary.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPI
from pydantic import BaseModel

from backend.document import answers
from backend.document.examples import example_of, resolved
from backend.document.samples import ANSWERS, BODIES, TEXTS
from backend.permissions import OF_A_PERSON
from backend.requests.cursors import POSITIONS

Json = dict[str, Any]

_VERBS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(.+?[.;:])(\s|$)", re.DOTALL)


@dataclass
class DocumentConfig(OpenAPIConfig):
    """Makes Litestar's document one of ours."""

    def to_openapi_schema(self) -> OpenAPI:
        """The empty document that Litestar fills with routes."""
        empty = super().to_openapi_schema()
        return Document(**{field.name: getattr(empty, field.name) for field in fields(empty)})


@dataclass
class Document(OpenAPI):
    """An OpenAPI document that is complete when it is shown."""

    def to_schema(self) -> Json:
        """The document as plain JSON."""
        return completed(json.loads(json.dumps(super().to_schema(), default=_plain)))


def completed(document: Json) -> Json:
    """Adds to every operation what holds for all of them."""
    schemas: dict[str, Json] = document["components"].setdefault("schemas", {})
    schemas["Problem"] = answers.PROBLEM
    names: set[str] = set()
    for path, method, operation in operations(document):
        if path.startswith(answers.PUBLIC):
            operation["security"] = []
        operation["operationId"] = _name(path, operation["operationId"], names)
        _summarise(operation)
        _refuse(document, path, method, operation)
        if path.startswith("/v1/"):
            _keep_conventions(document, path, method, operation)
        _exemplify(path, operation, schemas)
    return document


def _plain(value: Any) -> Any:
    """Defaults are Python's values."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """(path, verb, operation) of the whole document."""
    for path, item in document["paths"].items():
        for method in _VERBS:
            if method in item:
                yield path, method, item[method]


def _name(path: str, given: str, taken: set[str]) -> str:
    """`contacts_show`, `conversations_take_over`: words of the address and the handler's name, which stay as long as
    those do. Where two routes would share a name, the later one says its parameters too."""
    words = [re.sub(r"[^\w{}]", "_", word) for word in path.strip("/").split("/") if word and word != "v1"]
    handler = re.sub(r"(?<!^)(?=[A-Z])", "_", given).lower()
    plain = "_".join(word for word in words if not _PARAMETER.fullmatch(word))
    whole = "_".join(_PARAMETER.sub(r"by_\1", word) for word in words)
    own = handler.rpartition(_tail(words))[2].strip("_")
    for name in (plain if plain.endswith(own) else f"{plain}_{own}", f"{whole}_{own}"):
        if name not in taken:
            break
    taken.add(name)
    return name


def _tail(words: list[str]) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words[-1]).strip("_")


def _summarise(operation: Json) -> None:
    said = " ".join((operation.get("description") or "").split())
    if said:
        sentence = _SENTENCE.match(said)
        operation["summary"] = (sentence[1] if sentence else said).rstrip(".;:")[:120]


def _refuse(document: Json, path: str, method: str, operation: Json) -> None:
    responses: Json = operation.setdefault("responses", {})
    generated = responses.get("400", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if generated.get("description") == "Validation Exception":
        del responses["400"]
    public = answers.is_public(operation, document)
    for status, response in answers.problems(method, path, operation, public=public):
        responses.setdefault(str(status), response)
    operation["responses"] = dict(sorted(responses.items()))


def _sparse(operation: Json, schemas: dict[str, Json]) -> Iterator[Json]:
    """The parameter that names fields, where a view is shown."""
    shown = resolved(operation["responses"]["200"]["content"]["application/json"]["schema"], schemas)
    items = resolved(shown.get("properties", {}).get("items", {}).get("items", {}), schemas)
    names = list(items.get("properties") or shown.get("properties") or ())
    if names:
        listed = ", ".join(f"`{name}`" for name in names)
        yield {**answers.FIELDS, "description": f"{answers.FIELDS['description']} {listed}."}


def _keep_conventions(document: Json, path: str, method: str, operation: Json) -> None:
    parameters: list[Json] = operation.setdefault("parameters", [])
    if not path.startswith(POSITIONS):
        parameters[:] = [answers.CURSOR if _is_cursor(parameter) else parameter for parameter in parameters]
    responses: Json = operation["responses"]
    streamed = "." in path
    if method == "get" and not streamed and "application/json" in responses.get("200", {}).get("content", {}):
        parameters += [*_sparse(operation, document["components"]["schemas"]), answers.IF_NONE_MATCH]
        responses["200"].setdefault("headers", {})["ETag"] = answers.ETAG
        responses["304"] = {"description": "It is as the caller has it.", "headers": {"ETag": answers.ETAG}}
    elif method != "get" and _has_resource(document, path, method):
        parameters.append(answers.IF_MATCH)
    known = path in answers.ONCE_FOR_SOMEBODY or not answers.is_public(operation, document)
    if method in ("post", "patch") and known:
        parameters.append(answers.IDEMPOTENCY_KEY)
    operation["responses"] = dict(sorted(responses.items()))


def _is_cursor(parameter: Json) -> bool:
    return (parameter["in"], parameter["name"]) == ("query", "cursor")


def _has_resource(document: Json, path: str, method: str) -> bool:
    shown = "get" in document["paths"][path]
    if method == "post" or not shown:
        shown = "get" in document["paths"].get(path[: path.rfind("}") + 1], {})
    return shown and path.split("/")[2] not in OF_A_PERSON


def _exemplify(path: str, operation: Json, schemas: dict[str, Json]) -> None:
    for media, content in (operation.get("requestBody") or {}).get("content", {}).items():
        if media == "application/json" and "schema" in content:
            named = BODIES.get(content["schema"].get("$ref", "").rpartition("/")[2])
            made = named or example_of(content["schema"], schemas, whole=False)
            content.setdefault("examples", {"example": {"value": made}})
    for status, response in operation["responses"].items():
        for media, content in (response.get("content") or {}).items():
            if not status.startswith("2") or "schema" not in content:
                continue
            if media == "application/json":
                made = ANSWERS.get(path) or example_of(content["schema"], schemas, whole=True)
            elif (made := TEXTS.get(media.partition(";")[0])) is None:
                continue
            content.setdefault("examples", {"example": {"value": made}})
