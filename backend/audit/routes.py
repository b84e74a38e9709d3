"""The audit trail over HTTP."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from backend.audit import service
from backend.audit.schemas import Action, ChangeView
from backend.fields import Limit, Page
from backend.scopes import TenantScope

Name = Annotated[str | None, QueryParameter(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class AuditController(Controller):
    """Who changed what in the tenant whose key it is."""

    path = "/v1/audit"
    tags = ("audit",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        table: Name = None,
        row_id: Name = None,
        actor: Name = None,
        action: FromQuery[Action | None] = None,
        request_id: Name = None,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        cursor: Annotated[int | None, QueryParameter(ge=1, le=2**62)] = None,
        limit: Limit = 50,
    ) -> Page[ChangeView]:
        """Changes, newest first, by table, row, actor, action, request and time (`since` included, `until` not)."""
        wanted = service.Wanted(table, row_id, actor, action, request_id, since, until)
        async with tenant.transaction() as session:
            found = await service.list_changes(session, wanted, cursor, limit + 1)
        shown = found[:limit]
        return Page(
            items=[ChangeView.of(entry) for entry in shown],
            next_cursor=str(shown[-1].sequence) if len(found) > limit else None,
        )


CONTROLLERS = [AuditController]
