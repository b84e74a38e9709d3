"""Imports over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from backend.fields import Limit, Page, page_of
from backend.files.bodies import read_body, stated_length
from backend.files.models import File
from backend.files.store import FileStore
from backend.files.uploading import upload
from backend.imports import service
from backend.imports.documented import Table
from backend.imports.export_routes import ProductExportController
from backend.imports.fault_file import fault_lines
from backend.imports.reading.text import HEAD_BYTES
from backend.imports.schemas import FaultView, FormatName, ImportView, Missing, NewImport
from backend.imports.template import template
from backend.requests.middleware import STREAMED
from backend.scopes import TenantScope
from backend.settings import Settings

_FIELDS = ("name", "format", "dry_run", "missing", "columns")
FileName = Annotated[str | None, QueryParameter(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
ColumnsJson = Annotated[
    str | None,
    QueryParameter(max_length=4000, pattern=r"^\{[^\x00]*\}$", examples=[Example(value='{"Artículo": "name"}')]),
]
Language = Literal["es", "pt", "en"]
_CHANGES = {"permission": "products:write"}
_READS = {"permission": "products:read"}


class ImportController(Controller):
    """Files of products on their way into the catalog."""

    path = "/v1/imports"
    tags = ("imports",)

    @post(status_code=202, opt={**_CHANGES, STREAMED: True}, request_max_body_size=None, operation_class=Table)
    async def create(
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        file_store: NamedDependency[FileStore],
        name: FileName = None,
        format: FromQuery[FormatName | None] = None,
        dry_run: FromQuery[bool] = False,
        missing: FromQuery[Missing] = "keep",
        columns: ColumnsJson = None,
    ) -> ImportView:
        """Imports a file of products: its bytes as the body, or a form with one part `file`, whose further fields
        (name, format, dry_run, missing, columns) count for more than the query's. A worker reads it; `GET` tells how
        far it is, the event `import.finished` that it ended.

        The format is known by the heading: products of Shopify or WooCommerce, a feed for Google or Meta, or our
        template. SKUs say which products are known. 409 `import-running`; 413; 422 `not-a-table`, `unknown-format` with
        `found` and `expected`.
        """
        asked = {"name": name, "format": format, "dry_run": dry_run, "missing": missing, "columns": columns}
        async with tenant.transaction() as session:
            await service.expect_idle(session)
        body = await read_body(request, _FIELDS)
        head = bytearray()
        begun: list[ImportView] = []

        async def begin(session: AsyncSession, file: File) -> None:
            given = {name: value for name, value in asked.items() if value is not None}
            wanted = NewImport.model_validate(given | body.fields)
            seen = service.seen_in(bytes(head), wanted)
            begun.append(ImportView.of(await service.begin(session, file, seen, wanted, tenant.actor)))

        await upload(
            settings,
            file_store,
            tenant.transaction,
            tenant.tenant_id,
            body.name or name or "products.csv",
            _remembered(body.chunks, head),
            given="text/csv",
            length=stated_length(request),
            purpose="import",
            then=begin,
        )
        return begun[0]

    @get(opt=_READS)
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[ImportView]:
        """Imports, newest first; kept for 90 days."""
        async with tenant.transaction() as session:
            found = await service.list_imports(session, cursor, limit + 1)
        return page_of([ImportView.of(row) for row in found], limit)

    @get("/template", opt=_READS, media_type="text/csv; charset=utf-8")
    async def template(
        self, tenant: NamedDependency[TenantScope], language: FromQuery[Language] = "es"
    ) -> Response[str]:
        """A file to fill in, with two products as an example."""
        headers = {"Content-Disposition": f'attachment; filename="products-{language}.csv"'}
        return Response(template(language), headers=headers, media_type="text/csv; charset=utf-8")

    @get("/{import_id:uuid}", opt=_READS)
    async def show(self, tenant: NamedDependency[TenantScope], import_id: FromPath[UUID]) -> ImportView:
        """One import: how far it is, and what came of it."""
        async with tenant.transaction() as session:
            return ImportView.of(await service.get_import(session, import_id))

    @get("/{import_id:uuid}/errors", opt=_READS)
    async def errors(
        self,
        tenant: NamedDependency[TenantScope],
        import_id: FromPath[UUID],
        level: FromQuery[Literal["error", "note"] | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[FaultView]:
        """What is wrong in the file, row by row: the first 10,000; `counts` of the import has them all."""
        async with tenant.transaction() as session:
            found = await service.list_faults(session, import_id, cursor, limit + 1, level)
        return page_of([FaultView.of(row) for row in found], limit)

    @get("/{import_id:uuid}/errors.csv", opt=_READS, media_type="text/csv; charset=utf-8")
    async def error_file(self, tenant: NamedDependency[TenantScope], import_id: FromPath[UUID]) -> Stream:
        """The same for spreadsheets: row, column, value, what is wrong, what to do."""
        async with tenant.transaction() as session:
            row = await service.get_import(session, import_id)
        headers = {"Content-Disposition": f'attachment; filename="errors-{row.id}.csv"'}
        return Stream(fault_lines(tenant.transaction, row.id), headers=headers)

    @post("/{import_id:uuid}/apply", status_code=202, opt=_CHANGES)
    async def apply(self, tenant: NamedDependency[TenantScope], import_id: FromPath[UUID]) -> ImportView:
        """Does for good what a dry run that is over has tried. 409 `import-not-checked`, `import-running`."""
        async with tenant.transaction() as session:
            return ImportView.of(await service.apply(session, import_id, tenant.actor))

    @post("/{import_id:uuid}/cancel", status_code=200, opt=_CHANGES)
    async def cancel(
        self,
        tenant: NamedDependency[TenantScope],
        file_store: NamedDependency[FileStore],
        import_id: FromPath[UUID],
    ) -> ImportView:
        """Ends it where it is. What it wrote so far stays, and `undo` takes it back. 409 `import-over`."""
        async with tenant.transaction() as session:
            row = await service.cancel(session, import_id)
            key = await service.release_file(session, import_id)
        if key is not None:
            await file_store.delete(key)
        return ImportView.of(row)

    @post("/{import_id:uuid}/undo", status_code=202, opt=_CHANGES)
    async def undo(self, tenant: NamedDependency[TenantScope], import_id: FromPath[UUID]) -> ImportView:
        """Takes back what it did: products that it made go, the others are as before. Those edited since stay, and
        `errors` names them. 409 `import-not-undoable`, `import-running`."""
        async with tenant.transaction() as session:
            return ImportView.of(await service.undo(session, import_id))


async def _remembered(chunks: AsyncIterator[bytes], head: bytearray) -> AsyncIterator[bytes]:
    """The chunks as they come, with the first of them kept to tell the format by."""
    async for chunk in chunks:
        head += chunk[: HEAD_BYTES - len(head)]
        yield chunk


CONTROLLERS = [ImportController, ProductExportController]
