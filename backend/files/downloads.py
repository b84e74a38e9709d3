"""Answering with a file's bytes: all of them or one range (RFC 9110, 14), and never as a page that could run."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.response import Stream

from backend.errors import Problem
from backend.files import service
from backend.files.kinds import INLINE
from backend.files.models import File
from backend.files.store import FileStore
from backend.requests.preconditions import names

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class OutOfRange(Problem):
    """The file ends before the range begins."""

    status, title, type = 416, "The range cannot be served", "out-of-range"


async def answer(
    request: Request[Any, Any, Any], store: FileStore, file: File, *, always_inline: bool = False
) -> Response[Any]:
    """The file, as `GET` or `HEAD` asks for it. Raises `NotFound` of type bytes-missing; `OutOfRange`."""
    tag = f'"{file.sha256}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=300",
        "Content-Disposition": disposition(file.name, inline=always_inline or file.content_type in INLINE),
    }
    if names(request.headers.get("If-None-Match", ""), tag, weakly=True):
        return Response(None, status_code=304, headers=headers)
    part = None if request.headers.get("If-Range", tag) != tag else _range(request.headers.get("Range", ""), file.size)
    start, length = part or (0, file.size)
    headers["Content-Length"] = str(length)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    chunks = _nothing() if request.method == "HEAD" else await service.stream(store, file, start=start, length=length)
    status = 200 if part is None else 206
    return Stream(chunks, status_code=status, headers=headers, media_type=file.content_type)


def disposition(name: str, *, inline: bool) -> str:
    """RFC 6266: a plain name for old programs (and for Twilio, which takes no other: docs/messaging/guides/
    accepted-mime-types), and the real one."""
    stem, dot, suffix = name.rpartition(".")
    plain = _PLAIN.sub("-", stem if dot else suffix).strip("-")[:100] or "file"
    plain += f".{_PLAIN.sub('', suffix)[:10]}" if dot else ""
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """(start, length) of a single range; None for anything else, which is answered with the whole."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        start = size - length
    else:
        start = int(found[1])
        length = min(int(found[2]) if found[2] else size - 1, size - 1) - start + 1
    if start >= size or length <= 0:
        raise OutOfRange(f"The file has {size} bytes; ask for some of these.", size=size)
    return start, length


async def _nothing() -> AsyncIterator[bytes]:
    yield b""
