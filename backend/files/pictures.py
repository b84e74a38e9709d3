"""Pictures that a business uploaded: `file:<id>` where an address of the web may stand as well."""

import mimetypes
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import tenant_of
from backend.errors import Unprocessable
from backend.files.carrying import refusal
from backend.files.kinds import INLINE
from backend.files.models import File

PREFIX = "file:"


def file_picture(written: str) -> str:
    """`file:<id>` in its one spelling; ValueError for what names no file."""
    try:
        return f"{PREFIX}{UUID(written.removeprefix(PREFIX))}"
    except ValueError:
        raise ValueError("must be file: and the id of a file, or an address") from None


def file_of(picture: str) -> UUID | None:
    """The file that a picture is; None for an address."""
    return UUID(picture.removeprefix(PREFIX)) if picture.startswith(PREFIX) else None


async def expect_pictures(session: AsyncSession, pictures: Iterable[str | None]) -> None:
    """Raises `Unprocessable` of type no-such-picture for a file that is not there, or is no picture."""
    wanted = [picture for picture in pictures if picture]
    expect_none_missing(await missing_pictures(session, wanted), wanted)


async def missing_pictures(session: AsyncSession, pictures: Iterable[str]) -> frozenset[str]:
    """Those of these that are files which are not there, or are no pictures."""
    wanted = {file_id for picture in pictures if (file_id := file_of(picture)) is not None}
    if not wanted:
        return frozenset()
    query = select(File.id).where(
        File.tenant_id == tenant_of(session), File.id.in_(wanted), File.content_type.in_(INLINE)
    )
    missing = wanted - set(await session.scalars(query))
    return frozenset(f"{PREFIX}{file_id}" for file_id in missing)


def expect_none_missing(missing: frozenset[str], pictures: Iterable[str]) -> None:
    """Raises `Unprocessable` of type no-such-picture if one of the pictures is missing."""
    if lost := missing.intersection(pictures):
        raise Unprocessable(
            "There are no such pictures: POST /v1/files takes them, and GET /v1/files lists them with their kinds.",
            type="no-such-picture",
            missing=sorted(lost),
        )


async def picture_to_send(session: AsyncSession, provider: str, pictures: Sequence[str]) -> dict[str, Any] | None:
    """The first of them that the channel carries, as a message's attachment; None if there is none."""
    for picture in pictures:
        file_id = file_of(picture)
        if file_id is None:
            kind = mimetypes.guess_type(picture.partition("?")[0])[0] or "image/jpeg"
            return {"url": picture, "content_type": kind, "name": None}
        file = await session.get(File, (tenant_of(session), file_id))
        if file is not None and refusal(provider, file.content_type, file.size) is None:
            return file.as_attachment()
    return None
