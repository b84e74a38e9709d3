"""Our bookings as calendar programs read them: iCalendar (RFC 5545). Pure.

Times are UTC: each event happens once, every program shows it in the zone of whoever looks, and no definition of a zone
can be misread (Outlook takes its own for a name it knows). A cancelled booking stays with STATUS:CANCELLED, since some
programs keep what they no longer find. There is no METHOD: what is read by address is a calendar and no message
(RFC 5546), and so DTSTAMP says when the event last changed (RFC 5545, 3.8.7.2).
"""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from icalendar import Event

DOMAIN = "bookings.tendero"
"""Behind the @ of every UID, after the business's id. It never changes: with another one all events would be new."""
MEDIA_TYPE = "text/calendar"
REFRESH = timedelta(minutes=15)
_PRODUCT = "-//Tendero//Bookings//EN"
_VERSION = 1
"""Raised when the same bookings are written in another way, so that nobody is answered 304 with the former one."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BUSY = {"es": "Ocupado", "pt": "Ocupado", "en": "Busy"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking. Instants are aware."""

    id: UUID
    start: datetime
    end: datetime
    made_at: datetime
    changed_at: datetime
    sequence: int
    cancelled: bool
    title: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A calendar: whose it is, and what is in it."""

    tenant_id: UUID
    name: str
    zone: str
    """IANA name of the business's zone."""
    language: str
    """es, pt or en."""
    busy_only: bool
    """Without a word of what the bookings are."""
    entries: Sequence[Entry]


def domain_of(tenant_id: UUID) -> str:
    """What stands behind the @ in the UID of each booking of a business: bookings of another one are not its own."""
    return f"{tenant_id}.{DOMAIN}"


def tag_of(book: Book) -> str:
    """The entity tag: equal for books that are written alike."""
    head = (_VERSION, str(book.tenant_id), book.name, book.zone, book.language, book.busy_only)
    digest = blake2b(repr(head).encode(), digest_size=12)
    for entry in book.entries:
        digest.update(repr(astuple(entry)).encode())
    return f'"{digest.hexdigest()}"'


def written(book: Book) -> bytes:
    """The calendar as text/calendar in UTF-8, its lines folded, with CRLF."""
    from icalendar import Calendar, Timezone

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", _plain(book.name))
    calendar.add("x-wr-calname", _plain(book.name))
    calendar.add("x-wr-timezone", book.zone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for entry in book.entries:
        calendar.add_component(_event(book, entry))
    if not book.entries:
        calendar.add_component(Timezone.from_tzid(book.zone))
    content: bytes = calendar.to_ical()
    return content


def _event(book: Book, entry: Entry) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry.id}@{domain_of(book.tenant_id)}")
    event.add("dtstamp", _whole(entry.changed_at))
    event.add("created", _whole(entry.made_at))
    event.add("last-modified", _whole(entry.changed_at))
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("dtstart", _whole(entry.start))
    event.add("dtend", _whole(entry.end))
    event.add("summary", _BUSY[book.language] if book.busy_only else _plain(entry.title))
    if entry.notes and not book.busy_only:
        event.add("description", _plain(entry.notes))
    return event


def _whole(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _plain(words: str) -> str:
    """TEXT takes no control characters (RFC 5545, 3.3.11), and the library a backslash before N for a line break."""
    return _CONTROLS.sub("", words).replace("\\N", "\\ N")
