"""What a tool takes: a small, closed part of JSON schema, and whether arguments fit it.

Flat on purpose: every value is a bounded scalar or a bounded list of scalars, so that whatever a model sends has one
meaning and can be put into a template.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.fields import Line, OptionalLine, at_most

MOST_PARAMETERS = 20
LONGEST_TEXT = 2000
LARGEST = 2**53 - 1
GIVEN = ("contact_id", "conversation_id")
"""Placeholders that the backend fills in by itself, from the turn: no model says for whom it calls."""
_RESERVED = (*GIVEN, "proposal_id", "secret")

Scalar = Literal["string", "integer", "number", "boolean"]
Limit = Annotated[int | float, Field(ge=-LARGEST, le=LARGEST)]
_TAKES = {
    "string": {"enum", "minLength", "maxLength"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set[str](),
    "array": {"items", "minItems", "maxItems"},
}
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}


class _Value(BaseModel):
    """What strings and numbers may be limited by."""

    model_config = ConfigDict(extra="forbid")

    description: OptionalLine = ""
    enum: Annotated[list[Line], Field(min_length=1, max_length=50)] | None = None
    minLength: Annotated[int, Field(ge=0, le=LONGEST_TEXT)] | None = None
    maxLength: Annotated[int, Field(ge=1, le=LONGEST_TEXT)] | None = None
    minimum: Limit | None = None
    maximum: Limit | None = None

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        if isinstance(given, dict) and not given.keys() <= set(cls.model_fields):
            raise ValueError(
                f"leave out everything but {', '.join(cls.model_fields)}: patterns, formats, references "
                "and objects inside objects are not taken"
            )
        return given

    @model_validator(mode="after")
    def _fitting(self) -> "_Value":
        kind = str(getattr(self, "type", ""))
        odd = self.model_fields_set - {"type", "description"} - _TAKES[kind]
        if odd:
            raise ValueError(f"leave {', '.join(sorted(odd))} out: it is not for the type {kind}")
        for least, most in (("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems")):
            low, high = getattr(self, least, None), getattr(self, most, None)
            if low is not None and high is not None and low > high:
                raise ValueError(f"make {least} no more than {most}")
        return self


class Item(_Value):
    """What each element of a list is."""

    type: Scalar


class Parameter(_Value):
    """One argument: a string, number or boolean, or a list of them."""

    type: Literal["string", "integer", "number", "boolean", "array"]
    items: Item | None = None
    minItems: Annotated[int, Field(ge=0, le=50)] | None = None
    maxItems: Annotated[int, Field(ge=1, le=50)] | None = None

    @model_validator(mode="after")
    def _lists_say_of_what(self) -> "Parameter":
        if self.type == "array" and self.items is None:
            raise ValueError('say of what it is a list: {"items": {"type": "string"}}')
        return self


def _unreserved(name: str) -> str:
    if name in _RESERVED:
        raise ValueError(f"take another name: {', '.join(_RESERVED)} are given by the system")
    return name


ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_unreserved)]


class Parameters(BaseModel):
    """The schema of a tool's arguments."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["object"] = "object"
    properties: Annotated[dict[ParameterName, Parameter], at_most(MOST_PARAMETERS)] = {}
    required: Annotated[list[str], Field(max_length=MOST_PARAMETERS)] = []
    additionalProperties: Literal[False] = False

    @model_validator(mode="after")
    def _required_are_there(self) -> "Parameters":
        if not set(self.required) <= self.properties.keys():
            raise ValueError("declare in `properties` whatever `required` names")
        return self

    def wire(self) -> dict[str, Any]:
        """As JSON schema, every string and list with a bound."""
        properties = {name: _bounded(one.model_dump(exclude_none=True)) for name, one in self.properties.items()}
        required = list(dict.fromkeys(self.required))
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _bounded(schema: dict[str, Any]) -> dict[str, Any]:
    if not schema["description"]:
        del schema["description"]
    if schema["type"] == "string":
        schema.setdefault("maxLength", LONGEST_TEXT)
    if schema["type"] == "array":
        schema.setdefault("maxItems", 20)
        schema["items"] = _bounded(schema["items"])
    return schema


def fault(schema: dict[str, Any], arguments: dict[str, Any]) -> str | None:
    """The first thing wrong with the arguments, worded for whoever made them; None if they fit. Repeats no value."""
    properties: dict[str, Any] = schema["properties"]
    if missing := [name for name in schema["required"] if name not in arguments]:
        return f"Give {', '.join(missing)}."
    if any(name not in properties for name in arguments):
        return f"Give nothing but {', '.join(properties) or 'no arguments'}."
    for name, value in arguments.items():
        if wrong := _wrong(properties[name], value):
            return f"{name} must be {wrong}."
    return None


def _wrong(schema: dict[str, Any], value: Any) -> str | None:
    kind = schema["type"]
    if kind == "array":
        least, most = schema.get("minItems", 0), schema["maxItems"]
        if not isinstance(value, list) or not least <= len(value) <= most:
            return f"a list of {least} to {most} elements"
        inside = next((wrong for one in value if (wrong := _wrong(schema["items"], one))), None)
        return f"a list whose elements are each {inside}" if inside else None
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return f"of type {kind}"
    if isinstance(value, str):
        if _UNSTORABLE.search(value) or not schema.get("minLength", 0) <= len(value) <= schema["maxLength"]:
            return f"text of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
        if "enum" in schema and value not in schema["enum"]:
            return f"one of {', '.join(schema['enum'])}"
    elif kind != "boolean" and isinstance(value, int | float):
        low, high = schema.get("minimum", -LARGEST), schema.get("maximum", LARGEST)
        if not low <= value <= high:
            return f"between {low} and {high}"
    return None
