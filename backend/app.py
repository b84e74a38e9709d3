"""The web application: the one list of controllers, and what every request may ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.openapi.spec import Components, SecurityScheme

from backend import health, leases, overview
from backend.assist import routes as assist
from backend.audit import routes as audit
from backend.bell import Bell
from backend.bookings import routes as bookings
from backend.bookings import series_routes as booking_series
from backend.calendars import routes as calendars
from backend.catalog import routes as catalog
from backend.catalog import search_routes as catalog_search
from backend.catalog.search import SearchDoor
from backend.channels import routes as channels
from backend.contacts import routes as contacts
from backend.conversations import routes as conversations
from backend.database import Database
from backend.document.document import DocumentConfig
from backend.errors import HANDLERS
from backend.events import routes as events
from backend.events.chime import Chime, strike_after
from backend.events.live import Live
from backend.files import routes as files
from backend.files.store import open_store
from backend.hooks import routes as hooks
from backend.imports import routes as imports
from backend.incidents import routes as incidents
from backend.incidents.alarm import Alarm
from backend.knowledge import routes as knowledge
from backend.lessons import routes as lessons
from backend.limits import Limiter, Rates, tell_limits
from backend.media import routes as media
from backend.media.fetching import way_out
from backend.metrics import count_webhook
from backend.orders import routes as orders
from backend.outbound import Outbound
from backend.payments import routes as payments
from backend.playbooks import routes as playbooks
from backend.privacy import routes as privacy
from backend.questions import routes as questions
from backend.reminders import routes as reminders
from backend.replays import routes as replays
from backend.requests import headers
from backend.requests.answering import Answer
from backend.requests.middleware import RequestConventions
from backend.scenarios import routes as scenarios
from backend.schema_page import SchemaPage
from backend.scopes import DEPENDENCIES
from backend.settings import Settings, settings
from backend.team import routes as team
from backend.tenant_tools import routes as tenant_tools
from backend.tenants import routes as tenants
from backend.timetable import routes as timetable
from backend.usage import routes as usage
from backend.waiting_list import routes as waiting_list

CONTROLLERS: list[Any] = [
    controller
    for noun in (
        health,
        overview,
        team,
        tenants,
        contacts,
        channels,
        conversations,
        leases,
        catalog,
        catalog_search,
        orders,
        payments,
        bookings,
        booking_series,
        reminders,
        playbooks,
        lessons,
        privacy,
        audit,
        incidents,
        events,
        hooks,
        assist,
        usage,
        tenant_tools,
        replays,
        scenarios,
        questions,
        media,
        calendars,
        timetable,
        knowledge,
        waiting_list,
        files,
        imports,
    )
    for controller in noun.CONTROLLERS
]

_ASKED = ("Tendero-Business", "X-Request-Id", "Last-Event-ID")
_TOLD = ("RateLimit", "RateLimit-Policy")


def create_app(of: Settings | None = None) -> Litestar:
    """The application on `of`, or on the settings of this process."""
    chosen = of or settings()
    return Litestar(
        route_handlers=CONTROLLERS,
        dependencies=DEPENDENCIES,
        exception_handlers=HANDLERS,
        lifespan=[_closing],
        middleware=[RequestConventions],
        response_class=Answer,
        before_send=[count_webhook, tell_limits, headers.tell],
        cors_config=_cors(chosen),
        after_response=strike_after,
        state=State(resources(chosen)),
        request_max_body_size=chosen.max_body_bytes,
        openapi_config=DocumentConfig(
            title="Tendero",
            version="0.1.0",
            description="Sell and take bookings on WhatsApp with an AI agent. An API key, or a member's access token, "
            "goes into `Authorization: Bearer`; who has several businesses names one: `Tendero-Business: <slug>`.",
            path="/schema",
            use_handler_docstrings=True,
            render_plugins=[SchemaPage(path="/")],
            components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"bearer": []}],
        ),
        logging_config=None,
    )


def resources(chosen: Settings, database: Database | None = None) -> dict[str, Any]:
    """What the application's state holds for one run, by name: the settings, and what is opened on them. Whoever puts
    them into the state of an application that is to run again has them closed when that run ends. A database that
    was closed so, of the same settings, may be given for the next one: it knows its statements."""
    database, bell = database or Database(chosen), Bell(chosen.redis_url)
    return {
        "database": database,
        "settings": chosen,
        "bell": bell,
        "chime": Chime(bell),
        "live": Live(database, bell),
        "alarm": Alarm(database),
        "limiter": Limiter(chosen.redis_url, Rates.configured(chosen)),
        "outbound": Outbound(chosen.outbound_hosts),
        "media_outbound": way_out(chosen),
        "file_store": open_store(chosen),
        "search_door": SearchDoor(chosen),
    }


@asynccontextmanager
async def _closing(app: Litestar) -> AsyncIterator[None]:
    opened = app.state.dict()
    try:
        yield
    finally:
        opened["chime"].close()
        names = (
            "live",
            "alarm",
            "outbound",
            "media_outbound",
            "file_store",
            "search_door",
            "limiter",
            "bell",
            "database",
        )
        for name in names:
            await opened[name].close()


def _cors(chosen: Settings) -> CORSConfig | None:
    """Browsers on these origins may call the API with their cookies; none unless the settings name them."""
    if not chosen.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(chosen.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", *_ASKED],
        expose_headers=["ETag", "Idempotency-Replayed", "Retry-After", "X-Request-Id", *_TOLD],
        allow_credentials=True,
        max_age=600,
    )
