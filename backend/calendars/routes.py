"""Calendars over HTTP: the business's own calls, and the door of calendar programs."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, HttpMethod, Request, Response, delete, get, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend import limits
from backend.addresses import client_address
from backend.calendars import feeds, links
from backend.calendars.diary_events import diary_events
from backend.calendars.publishing import book_of
from backend.calendars.schemas import DiaryEvents, FeedView, LinkCreated, LinkView, NewFeed, NewLink
from backend.calendars.writing import MEDIA_TYPE, tag_of, written
from backend.database import Database
from backend.errors import NotFound
from backend.fields import Limit, Page, page_of
from backend.limits import Limiter
from backend.requests.preconditions import names
from backend.scopes import TenantScope
from backend.settings import Settings


class LinkController(Controller):
    """Secret addresses at which calendar programs read bookings."""

    path = "/v1/calendar-links"
    tags = ("calendars",)

    @post()
    async def create(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], data: JSONBody[NewLink]
    ) -> LinkCreated:
        """A further link, whose `url` is shown this once. 404; 409 `too-many-links`."""
        async with tenant.transaction() as session:
            link, token = await links.create_link(session, data)
            told = LinkView.of(link).model_dump()
        return LinkCreated(**told, url=links.address_of(settings.public_url, token))

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[LinkView]:
        """Links, newest first; never their addresses."""
        async with tenant.transaction() as session:
            found = await links.list_links(session, cursor, limit + 1)
        return page_of([LinkView.of(link) for link in found], limit)

    @get("/{link_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], link_id: FromPath[UUID]) -> LinkView:
        """One link."""
        async with tenant.transaction() as session:
            return LinkView.of(await links.get_link(session, link_id))

    @delete("/{link_id:uuid}", opt={"while_suspended": True})
    async def revoke(self, tenant: NamedDependency[TenantScope], link_id: FromPath[UUID]) -> None:
        """Takes a link back: from the next read on its address is unknown."""
        async with tenant.transaction() as session:
            await links.revoke_link(session, link_id)


class FeedController(Controller):
    """Calendars outside in which staff are busy too."""

    path = "/v1/calendar-feeds"
    tags = ("calendars",)

    @post()
    async def create(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], data: JSONBody[NewFeed]
    ) -> FeedView:
        """A calendar to read every quarter of an hour, by its secret address (https or webcal). 404; 409
        `too-many-feeds`; 422 `address-not-allowed`."""
        async with tenant.transaction() as session:
            return FeedView.of(await feeds.create_feed(session, settings, data))

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[FeedView]:
        """Calendars, newest first, with what became of the last look at each; never their addresses."""
        async with tenant.transaction() as session:
            found = await feeds.list_feeds(session, cursor, limit + 1)
        return page_of([FeedView.of(feed) for feed in found], limit)

    @get("/{feed_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], feed_id: FromPath[UUID]) -> FeedView:
        """One calendar."""
        async with tenant.transaction() as session:
            return FeedView.of(await feeds.get_feed(session, feed_id))

    @post("/{feed_id:uuid}/refresh", status_code=200)
    async def refresh(self, tenant: NamedDependency[TenantScope], feed_id: FromPath[UUID]) -> FeedView:
        """Has it read again at `due_at`: now, or a minute after the last time."""
        async with tenant.transaction() as session:
            return FeedView.of(await feeds.refresh_feed(session, feed_id))

    @delete("/{feed_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], feed_id: FromPath[UUID]) -> None:
        """Removes a calendar with its busy times."""
        async with tenant.transaction() as session:
            await feeds.delete_feed(session, feed_id)


class DiaryController(Controller):
    """The diary as one list."""

    path = "/v1/calendar"
    tags = ("calendars",)

    @get("/events", opt={"permission": "bookings:read"})
    async def events(
        self,
        tenant: NamedDependency[TenantScope],
        first: Annotated[str, QueryParameter(name="from", max_length=40)],
        last: Annotated[str, QueryParameter(name="to", max_length=40)],
        staff_id: FromQuery[UUID | None] = None,
    ) -> DiaryEvents:
        """Bookings that are not cancelled, live holds, absences, busy times and days with other hours that touch the
        window, by start.

        Dates (2026-08-07) mean whole local days, both included; instants mean [from, to). At most 93 days. 422
        `window-too-wide` for more than 5,000 events.
        """
        async with tenant.transaction() as session:
            return await diary_events(session, first, last, staff_id)


@route(
    "/calendars/{file:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
    security=(),
    tags=("calendars",),
)
async def read_calendar(
    request: Request[Any, Any, Any],
    file: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limiter: NamedDependency[Limiter],
) -> Response[bytes]:
    """The calendar of a link. Programs of one provider read many links from one address, so each link is counted for
    itself, and an address for what it asks in vain. 404 whatever is wrong with the token."""
    asked = await links.find_link(database, file)
    bucket = f"calendar:{client_address(request, settings)}" if asked is None else f"calendar-link:{asked.link_id}"
    limits.expect(await limiter.hit(bucket))
    if asked is None:
        raise _unknown()
    async with database.tenant(asked.tenant_id) as session:
        book = await book_of(session, asked.link_id)
        if book is None:
            raise _unknown()
        await links.note_read(session, asked.link_id)
    headers = {"ETag": tag_of(book), "Cache-Control": "private, max-age=300"}
    if names(request.headers.get("If-None-Match", ""), headers["ETag"], weakly=True):
        return Response(b"", status_code=304, headers=headers)
    content = await asyncio.to_thread(written, book)
    headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _unknown() -> NotFound:
    return NotFound("There is no such calendar; ask whoever gave you the address for another one.")


CONTROLLERS: list[Any] = [LinkController, FeedController, DiaryController, read_calendar]
