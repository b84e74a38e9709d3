"""The body of an upload: the bytes themselves, or a form (multipart/form-data, RFC 7578), read while it arrives."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from litestar import Request
from litestar.enums import RequestEncodingType
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from backend.errors import Malformed, Unprocessable

_MOST_FIELD_BYTES = 4096
_MOST_PARTS = 20
_FIELDS = ("name", "caption", "purpose", "sendable")
_BOUNDARY = re.compile(r'boundary="?([^";,]{1,200})"?', re.IGNORECASE)


@dataclass(slots=True)
class Body:
    """A file on its way in. `fields` are complete when `chunks` has ended: a form may say them behind the file."""

    name: str
    declared: str
    chunks: AsyncIterator[bytes]
    fields: dict[str, str] = field(default_factory=dict)


async def read_body(request: Request[Any, Any, Any], fields: tuple[str, ...] = _FIELDS) -> Body:
    """What the request brings; a form may have these fields besides its file. Raises `Malformed`, and `Unprocessable`
    of type no-file for a form without one."""
    declared = request.headers.get("content-type", "")
    if not declared.lower().startswith(RequestEncodingType.MULTI_PART):
        return Body("", declared, request.stream())
    boundary = _BOUNDARY.search(declared)
    if boundary is None:
        raise Malformed("The Content-Type of a form names its boundary.")
    form = _Form(boundary[1], request.stream(), fields)
    return await form.up_to_its_file()


def stated_length(request: Request[Any, Any, Any]) -> int | None:
    """Bytes of the body as its sender says; None if it says nothing, or no length that there is."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 16 else None


class _Form:
    """Pulls a form's parts out of a stream, one file among them."""

    def __init__(self, boundary: str, chunks: AsyncIterator[bytes], known: tuple[str, ...]) -> None:
        try:
            self._parser = PushMultipartParser(boundary, max_segment_count=_MOST_PARTS)
        except MultipartError:
            raise Malformed("The boundary of the form cannot be read.") from None
        self._events = self._parsed(chunks)
        self._known = known
        self._fields: dict[str, str] = {}

    async def up_to_its_file(self) -> Body:
        """The fields before the file, and the file, which reads the rest."""
        part = await self._next_file()
        if part is None:
            raise Unprocessable("The form holds no file; send it in a part named `file`.", type="no-file")
        return Body(part.filename or "", part.content_type or "", self._content(), self._fields)

    async def _content(self) -> AsyncIterator[bytes]:
        async for event in self._events:
            if event is None:
                break
            if isinstance(event, bytes | bytearray):
                yield bytes(event)
        if await self._next_file() is not None:
            raise Unprocessable("One file at a time; send the others by themselves.", type="several-files")

    async def _next_file(self) -> MultipartSegment | None:
        """The next part that is a file, with the fields before it read; None at the end."""
        name, value = "", bytearray()
        async for event in self._events:
            if isinstance(event, MultipartSegment):
                if event.filename is not None or event.name == "file":
                    return event
                name, value = event.name or "", bytearray()
            elif event is not None:
                value += event
                if len(value) > _MOST_FIELD_BYTES:
                    raise Malformed(f"A field of the form may have {_MOST_FIELD_BYTES} bytes at most.")
            elif name not in self._known:
                raise Unprocessable(f"A form may have the fields file, {', '.join(self._known)}.", type="unknown-field")
            else:
                self._fields[name] = value.decode("utf-8", "replace")
        return None

    async def _parsed(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
        try:
            async for chunk in chunks:
                for event in self._parser.parse(chunk):
                    yield event
            self._parser.close()
        except MultipartError:
            raise Malformed("The form cannot be read: it breaks off, or is no multipart/form-data.") from None
