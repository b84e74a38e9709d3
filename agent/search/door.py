"""`POST /search`: the search as the backend asks it, for one tenant."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.search.asking import Filters, Found, Search
from agent.search.index import SearchIndex

MOST_PRICE = 2**62
LONGEST_QUERY = 2_000
MOST_HITS, FURTHEST = 100, 10_000

Value = Annotated[str, Field(max_length=300)]
"""As long as the records' own names and labels."""
Values = Annotated[tuple[Value, ...], Field(max_length=50)]
Price = Annotated[int, Field(ge=-MOST_PRICE, le=MOST_PRICE)]


class FiltersBody(BaseModel):
    """`asking.Filters` as JSON."""

    model_config = ConfigDict(extra="forbid")

    price_min: Price | None = None
    price_max: Price | None = None
    in_stock: bool = False
    kinds: Values = ()
    brands: Values = ()
    categories: Values = ()
    attributes: dict[Value, Values] = Field(default={}, max_length=20)


class SearchBody(BaseModel):
    """`asking.Search` as JSON."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: UUID
    query: str = Field(default="", max_length=LONGEST_QUERY)
    shelf: Literal["products", "knowledge"] = "products"
    filters: FiltersBody = FiltersBody()
    facets: Annotated[tuple[Value, ...], Field(max_length=20)] = ()
    like: UUID | None = None
    limit: int = Field(default=20, ge=1, le=MOST_HITS)
    offset: int = Field(default=0, ge=0, le=FURTHEST)
    explain: bool = False


def search_of(body: SearchBody) -> Search:
    """The question that the index takes."""
    return Search(
        tenant_id=str(body.tenant_id),
        query=body.query,
        shelf=body.shelf,
        filters=Filters(**body.filters.model_dump()),
        facets=tuple(dict.fromkeys(body.facets)),
        like=None if body.like is None else str(body.like),
        limit=body.limit,
        offset=body.offset,
        explain=body.explain,
    )


_FOUND = TypeAdapter(Found)
_SHOWN_FAULTS = 5


@post("/search", status_code=200)
async def search(request: Request[Any, Any, Any], index: NamedDependency[SearchIndex]) -> Response[bytes]:
    """What one tenant's shelf has for a question, `asking.Found` as JSON; a problem (RFC 9457) says what is wrong with
    the question."""
    try:
        body = SearchBody.model_validate_json(await request.body())
    except ValidationError as error:
        return Response(_problem(error), status_code=400, media_type="application/problem+json")
    return Response(_FOUND.dump_json(await index.find(search_of(body))), media_type="application/json")


def _problem(error: ValidationError) -> bytes:
    faults = error.errors(include_url=False, include_context=False, include_input=False)[:_SHOWN_FAULTS]
    told = [f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}" for fault in faults]
    return json.dumps(
        {"type": "malformed", "title": "The question cannot be read", "status": 400, "detail": f"{'; '.join(told)}."}
    ).encode()
