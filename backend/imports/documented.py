"""What the API document says of a table that is sent."""

from dataclasses import dataclass

from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

_BYTES = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_FORM = Schema(
    type=OpenAPIType.OBJECT,
    required=["file"],
    properties={
        "file": _BYTES,
        "name": Schema(type=OpenAPIType.STRING, max_length=200),
        "format": Schema(type=OpenAPIType.STRING, enum=["shopify", "woocommerce", "google", "plain"]),
        "dry_run": Schema(type=OpenAPIType.BOOLEAN),
        "missing": Schema(type=OpenAPIType.STRING, enum=["keep", "hide"]),
        "columns": Schema(type=OpenAPIType.STRING, description='JSON: `{"Artículo": "name"}`.'),
    },
)
_TABLE = "sku,name,price\nG-1,Gorra,199.00\n"
_EXAMPLE: dict[str, Example | Reference] = {"example": Example(value=_TABLE)}
_FORM_EXAMPLE: dict[str, Example | Reference] = {"example": Example(value={"file": _TABLE, "dry_run": True})}


@dataclass
class Table(Operation):
    """Takes a table."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            content={
                "text/csv": OpenAPIMediaType(schema=_BYTES, examples=_EXAMPLE),
                "multipart/form-data": OpenAPIMediaType(schema=_FORM, examples=_FORM_EXAMPLE),
            },
        )
