"""What the API document says of bodies that are bytes."""

from dataclasses import dataclass

from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIResponse, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from backend.files.kinds import KINDS

_BYTES = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_FORM = Schema(
    type=OpenAPIType.OBJECT,
    required=["file"],
    properties={
        "file": _BYTES,
        "name": Schema(type=OpenAPIType.STRING, max_length=200),
        "caption": Schema(type=OpenAPIType.STRING, max_length=1000),
        "purpose": Schema(type=OpenAPIType.STRING, enum=["general", "picture", "knowledge", "import", "report"]),
        "sendable": Schema(type=OpenAPIType.BOOLEAN),
    },
)
_EXAMPLE: dict[str, Example | Reference] = {"example": Example(value="%PDF-1.7 ...")}
_FORM_EXAMPLE: dict[str, Example | Reference] = {
    "example": Example(value={"file": "%PDF-1.7 ...", "caption": "Catálogo de otoño", "sendable": True})
}


@dataclass
class Upload(Operation):
    """Takes a file."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            content={
                "application/octet-stream": OpenAPIMediaType(schema=_BYTES, examples=_EXAMPLE),
                "multipart/form-data": OpenAPIMediaType(schema=_FORM, examples=_FORM_EXAMPLE),
            },
        )


@dataclass
class Content(Operation):
    """Gives a file."""

    def __post_init__(self) -> None:
        content = {kind: OpenAPIMediaType(schema=_BYTES, examples=_EXAMPLE) for kind in KINDS}
        self.responses = {
            "200": OpenAPIResponse(description="The file.", content=dict(content)),
            "206": OpenAPIResponse(description="The range that was asked for.", content=dict(content)),
            "304": OpenAPIResponse(description="It is as the caller has it."),
            "416": OpenAPIResponse(description="The file ends before the range begins."),
        }
