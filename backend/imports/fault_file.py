"""What is wrong in a file, as a file."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.imports.lines import lines
from backend.imports.service import list_faults

HEADING = ("level", "row", "line", "column", "value", "wrong", "remedy")
_BATCH = 500


async def fault_lines(
    begin: Callable[[], AbstractAsyncContextManager[AsyncSession]], import_id: UUID
) -> AsyncIterator[str]:
    """Lines with a heading, in the order of the file; a page a transaction."""
    yield "\ufeff" + lines([HEADING])
    after: UUID | None = None
    while True:
        async with begin() as session:
            found = await list_faults(session, import_id, after, _BATCH)
        if found:
            yield lines([[str(getattr(fault, name)) for name in HEADING] for fault in found])
        if len(found) < _BATCH:
            return
        after = found[-1].id
