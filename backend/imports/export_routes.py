"""The catalog as a file, over HTTP."""

from typing import Literal

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Stream

from backend.imports.exporting import as_plain, as_shopify
from backend.scopes import TenantScope


class ProductExportController(Controller):
    """All products."""

    path = "/v1/products"
    tags = ("catalog",)

    @get("/export.csv", media_type="text/csv; charset=utf-8")
    async def table(
        self, tenant: NamedDependency[TenantScope], format: FromQuery[Literal["plain", "shopify"]] = "plain"
    ) -> Stream:
        """Every product, a line for each variant: our template, which read again changes nothing but markup and double
        blanks within texts, or as Shopify reads it, with three options at most and without what has no column there.
        Cells that a spreadsheet would take for a formula begin with an apostrophe."""
        write = as_shopify if format == "shopify" else as_plain
        headers = {"Content-Disposition": f'attachment; filename="products-{format}.csv"'}
        return Stream(write(tenant.transaction), headers=headers)
