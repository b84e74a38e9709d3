"""What a reminder says, and by which way it goes: free words within the 24 h window, else an approved template."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.dates import spoken, spoken_day
from backend.bookings.models import Booking
from backend.channels.letters import WINDOW
from backend.channels.models import Channel
from backend.contacts.models import Contact, Identity, IdentityKind
from backend.contacts.phones import as_e164
from backend.conversations.models import Author, Conversation
from backend.conversations.notices import language, notify, tongue
from backend.conversations.sending import Target, send_template, target_of
from backend.database import tenant_of
from backend.errors import Unprocessable
from backend.reminders.reasons import CHANNEL_OFF, NO_WAY, OUTSIDE, TEMPLATE
from backend.reminders.templates import FIELDS, Chosen, choose
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import TenantSettings, read_settings

_NAMELESS = {"es": "cliente", "pt": "cliente", "en": "customer"}
"""Providers refuse an empty variable."""


class Impossible(Exception):
    """There is no way to send it; `reason` is a key of `reasons.EXPLANATIONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class House:
    """The business whose appointments they are."""

    tenant: Tenant
    settings: TenantSettings
    zone: ZoneInfo


async def house_of(session: AsyncSession) -> House:
    """Of this transaction."""
    tenant = await load_tenant(session)
    return House(tenant, read_settings(tenant.settings), ZoneInfo(tenant.timezone))


async def newest_conversation(session: AsyncSession, contact_id: UUID) -> UUID | None:
    """Where the contact wrote last, on a channel that is on if there is one."""
    found: UUID | None = await session.scalar(
        select(Conversation.id)
        .join(Channel, (Channel.tenant_id == Conversation.tenant_id) & (Channel.id == Conversation.channel_id))
        .where(Conversation.contact_id == contact_id, Conversation.folded_into.is_(None))
        .order_by(Channel.enabled.desc(), Conversation.last_inbound_at.desc().nulls_last(), Conversation.id.desc())
        .limit(1)
    )
    return found


async def write(
    session: AsyncSession, house: House, booking: Booking, contact: Contact, conversation_id: UUID | None
) -> UUID:
    """Queue the reminder; the message's id. Raises `Impossible`."""
    target = await _target(session, contact, conversation_id)
    if await _window_open(session, target):
        template = "reminder" if booking.attendance_confirmed_at is None else "reminder_confirmed"
        return await notify(
            session,
            target.conversation_id,
            template,
            business=house.tenant.name,
            service=booking.service_name,
            staff=booking.staff_name,
            code=booking.code,
            start=booking.starts_at,
        )
    theirs = language((await tongue(session, target.conversation_id)).words)
    chosen = choose(target.config, (theirs, language(house.tenant.locale)))
    if chosen is None:
        raise Impossible(OUTSIDE)
    return await _by_template(session, house, booking, contact, target, chosen)


async def _by_template(
    session: AsyncSession, house: House, booking: Booking, contact: Contact, target: Target, chosen: Chosen
) -> UUID:
    if not set(chosen.fields.values()) <= set(FIELDS):
        raise Impossible(TEMPLATE)
    values = _values(house, booking, contact, chosen.language)
    variables = {variable: values[field] for variable, field in chosen.fields.items()}
    try:
        return await send_template(session, target, Author.SYSTEM, chosen.name, variables)
    except Unprocessable as error:
        raise Impossible(TEMPLATE) from error


def _values(house: House, booking: Booking, contact: Contact, words: str) -> dict[str, str]:
    """Each field in one line, in the template's language."""
    starts = booking.starts_at.astimezone(house.zone)
    values = {
        "name": contact.name or _NAMELESS[words],
        "service": booking.service_name,
        "staff": booking.staff_name,
        "business": house.tenant.name,
        "code": booking.code,
        "moment": spoken(starts, words),
        "weekday": format_datetime(starts, "EEEE", locale=words),
        "date": spoken_day(starts.date(), words),
        "hour": f"{starts:%H:%M}",
    }
    return {field: " ".join(value.split())[:200] for field, value in values.items()}


async def _target(session: AsyncSession, contact: Contact, conversation_id: UUID | None) -> Target:
    try:
        number = None if conversation_id is not None else await _number(session, contact)
        target = await target_of(session, conversation_id, number, None)
    except Unprocessable as error:
        raise Impossible(NO_WAY) from error
    channel = await session.get_one(Channel, (contact.tenant_id, target.channel_id))
    if not channel.enabled:
        raise Impossible(CHANNEL_OFF)
    return target


async def _number(session: AsyncSession, contact: Contact) -> str | None:
    """Of somebody who was booked by the business and never wrote."""
    known = await session.scalars(
        select(Identity.value)
        .where(Identity.contact_id == contact.id, Identity.kind.in_([IdentityKind.PHONE, IdentityKind.WA_ID]))
        .order_by(Identity.kind, Identity.id)
    )
    return next((number for value in known if (number := as_e164(f"+{value.removeprefix('+')}"))), None)


async def _window_open(session: AsyncSession, target: Target) -> bool:
    conversation = await session.get_one(
        Conversation, (tenant_of(session), target.conversation_id), populate_existing=True
    )
    wrote = conversation.last_inbound_at
    return wrote is not None and clock.now() - wrote < WINDOW
