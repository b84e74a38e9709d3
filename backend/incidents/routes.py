"""The event log over HTTP, for the operator."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from pydantic import BaseModel

from backend.fields import Limit, Page
from backend.incidents import service
from backend.incidents.models import Incident, Severity
from backend.scopes import PlatformScope

Words = Annotated[str | None, QueryParameter(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class IncidentView(BaseModel):
    """Something worth a look, of one tenant or of the whole installation."""

    id: UUID
    at: datetime
    tenant_id: UUID | None
    severity: Severity
    source: str
    kind: str
    message: str
    details: dict[str, Any]

    @classmethod
    def of(cls, incident: Incident) -> "IncidentView":
        return cls(
            id=incident.id,
            at=incident.at,
            tenant_id=incident.tenant_id,
            severity=Severity(incident.severity),
            source=incident.source,
            kind=incident.kind,
            message=incident.message,
            details=incident.details,
        )


class IncidentController(Controller):
    """What the operator of the installation should know."""

    path = "/v1/incidents"
    tags = ("platform",)

    @get()
    async def index(
        self,
        platform: NamedDependency[PlatformScope],
        severity: FromQuery[Severity | None] = None,
        source: Words = None,
        tenant_id: FromQuery[UUID | None] = None,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        search: Words = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[IncidentView]:
        """Incidents, newest first; `search` looks into kind and message."""
        wanted = service.Wanted(severity, source, tenant_id, since, until, search)
        async with platform.database.queue() as session:
            found = await service.list_incidents(session, wanted, cursor, limit + 1)
        shown = found[:limit]
        return Page(
            items=[IncidentView.of(incident) for incident in shown],
            next_cursor=str(shown[-1].id) if len(found) > limit else None,
        )


CONTROLLERS = [IncidentController]
