"""Contacts as files, over HTTP."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from backend.contacts.exporting import as_csv, as_json
from backend.contacts.listing import Archived, Wanted
from backend.contacts.schemas import ContactView
from backend.scopes import TenantScope

_LEAVES = {"permission": "exports:read"}
Tag = Annotated[str | None, QueryParameter(min_length=1, max_length=50, pattern=r"^[^\x00]+$")]


class ExportController(Controller):
    """Every contact, or those with a tag."""

    path = "/v1/contacts"
    tags = ("contacts",)

    @get("/export.csv", opt=_LEAVES, media_type="text/csv; charset=utf-8")
    async def table(
        self,
        tenant: NamedDependency[TenantScope],
        tag: Tag = None,
        archived: FromQuery[Archived] = "any",
    ) -> Stream:
        """For spreadsheets: a line for each contact, a column for each custom field."""
        wanted = Wanted(tag=tag, archived=archived, sort="created_at")
        return Stream(as_csv(tenant.transaction, wanted), headers={"Content-Disposition": _as("contacts.csv")})

    @get(
        "/export.json",
        opt=_LEAVES,
        media_type="application/json",
        responses={200: ResponseSpec(list[ContactView], generate_examples=False, description="Every one of them.")},
    )
    async def array(
        self,
        tenant: NamedDependency[TenantScope],
        tag: Tag = None,
        archived: FromQuery[Archived] = "any",
    ) -> Stream:
        """For programs: an array of contacts as `GET /v1/contacts/{contact_id}` shows them."""
        wanted = Wanted(tag=tag, archived=archived, sort="created_at")
        return Stream(as_json(tenant.transaction, wanted), headers={"Content-Disposition": _as("contacts.json")})


def _as(name: str) -> str:
    return f'attachment; filename="{name}"'
