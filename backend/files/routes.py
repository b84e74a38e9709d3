"""Files over HTTP: the business's own calls, and the signed addresses at which providers fetch what is sent."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, HttpMethod, Request, Response, delete, get, patch, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend import limits
from backend.addresses import client_address
from backend.database import Database
from backend.errors import NotFound
from backend.fields import Limit, Page, page_of
from backend.files import service
from backend.files.addresses import read_token
from backend.files.bodies import read_body, stated_length
from backend.files.documented import Content, Upload
from backend.files.downloads import answer
from backend.files.receiving import LONGEST_NAME
from backend.files.schemas import FileChange, FilesUsage, FileView, NewFile, Purpose
from backend.files.store import FileStore
from backend.files.tool_routes import FileTools
from backend.files.uploading import upload
from backend.files.uses import expect_unused
from backend.knowledge.documents import read_picture_again
from backend.limits import Limiter
from backend.requests.middleware import STREAMED
from backend.scopes import TenantScope
from backend.settings import Settings

FileName = Annotated[str | None, QueryParameter(min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00]+$")]
Words = Annotated[str, QueryParameter(max_length=1000, pattern=r"^[^\x00]*$")]


class FileController(Controller):
    """Files of the business whose key it is."""

    path = "/v1/files"
    tags = ("files",)

    @post(opt={STREAMED: True}, request_max_body_size=None, operation_class=Upload)
    async def create(
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        file_store: NamedDependency[FileStore],
        name: FileName = None,
        purpose: FromQuery[Purpose] = "general",
        caption: Words = "",
        sendable: FromQuery[bool] = False,
    ) -> FileView:
        """Uploads a file: its bytes as the body under their own Content-Type, or a form with one part `file`, whose
        further fields (name, caption, purpose, sendable) count for more than the query's.

        What it is its bytes say. 413 for one that is too large, and `files-full`; 422 `unsupported-kind`,
        `unlike-declared`, `two-kinds`, `empty-file`, `no-file`, `several-files`. An Idempotency-Key stands for address,
        query, Content-Type and Content-Length. The same bytes are kept once.
        """
        body = await read_body(request)
        asked = {"name": name, "purpose": purpose, "caption": caption, "sendable": sendable}
        file = await upload(
            settings,
            file_store,
            tenant.transaction,
            tenant.tenant_id,
            body.name or name or "file",
            body.chunks,
            declared=body.declared,
            length=stated_length(request),
            described=lambda: NewFile.model_validate(asked | body.fields),
        )
        return FileView.of(file)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        purpose: FromQuery[Purpose | None] = None,
        sendable: FromQuery[bool | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[FileView]:
        """Files, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_files(session, purpose, sendable, cursor, limit + 1)
        return page_of([FileView.of(file) for file in found], limit)

    @get("/usage")
    async def usage(self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings]) -> FilesUsage:
        """What the files take, and what they may take."""
        async with tenant.transaction() as session:
            used = await service.usage(session)
        return FilesUsage(
            files=used.files,
            bytes=used.bytes,
            most_bytes=settings.files_tenant_bytes,
            most_bytes_each=settings.files_most_bytes,
        )

    @get("/{file_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], file_id: FromPath[UUID]) -> FileView:
        """One file."""
        async with tenant.transaction() as session:
            return FileView.of(await service.get_file(session, file_id))

    @get("/{file_id:uuid}/content", operation_class=Content)
    async def content(
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantScope],
        file_store: NamedDependency[FileStore],
        file_id: FromPath[UUID],
    ) -> Response[Any]:
        """Its bytes, or one range of them. Pictures may be shown where they stand, everything else is a download."""
        async with tenant.transaction() as session:
            file = await service.get_file(session, file_id)
        return await answer(request, file_store, file)

    @patch("/{file_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], file_id: FromPath[UUID], data: JSONBody[FileChange]
    ) -> FileView:
        """Changes the fields that are given; the bytes stay what they are. A document of a picture is read again for
        its caption. 422 `unlike-declared`."""
        async with tenant.transaction() as session:
            file = await service.change_file(session, file_id, data)
            if "caption" in data.model_fields_set:
                await read_picture_again(session, file)
            return FileView.of(file)

    @delete("/{file_id:uuid}")
    async def remove(
        self,
        tenant: NamedDependency[TenantScope],
        file_store: NamedDependency[FileStore],
        file_id: FromPath[UUID],
        force: FromQuery[bool] = False,
    ) -> None:
        """Deletes a file. 409 `file-in-use` says what needs it, unless `force`."""
        async with tenant.transaction() as session:
            file = await service.get_file(session, file_id, lock=True)
            if not force:
                await expect_unused(session, file_id)
            key = await service.remove_file(session, file)
        if key is not None:
            await file_store.delete(key)


@route(
    "/files/{token:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
    security=(),
    tags=("files",),
)
async def read_file(
    request: Request[Any, Any, Any],
    token: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limiter: NamedDependency[Limiter],
    file_store: NamedDependency[FileStore],
) -> Response[Any]:
    """A file, for whoever was given its address. One provider fetches for many customers, so a business's files are
    counted together and generously, and an address for what it asks in vain. 404 whatever is wrong with the token."""
    named = read_token(settings, token)
    bucket = f"file:{client_address(request, settings)}" if named is None else f"tenant:{named.tenant_id}:files"
    limits.expect(await limiter.hit(bucket))
    if named is None:
        raise NotFound("There is no file at this address, or no longer; ask whoever gave it to you for another.")
    async with database.tenant(named.tenant_id) as session:
        file = await service.get_file(session, named.file_id)
    return await answer(request, file_store, file, always_inline=True)


CONTROLLERS: list[Any] = [FileController, FileTools, read_file]
