"""Notices: fixed templates by language, sent without a model as author `system`; the agent sees them as history."""

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.dates import spoken as read_aloud
from backend.contacts.models import Contact
from backend.conversations.models import Author, Conversation, Turn
from backend.conversations.outgoing import post
from backend.errors import NotFound
from backend.tenants.models import Tenant

_TEMPLATES: dict[str, dict[str, str]] = {
    "turn_failed": {
        "es": "Perdón: tuvimos un problema técnico y no puedo responderte ahora. Ya avisé a una persona del equipo, "
        "que te escribirá por aquí.",
        "pt": "Desculpe: tivemos um problema técnico e não consigo responder agora. Já avisei uma pessoa da equipe, "
        "que vai escrever por aqui.",
        "en": "Sorry: we had a technical problem and I cannot answer you now. I have told a person of our team, "
        "who will write to you here.",
    },
    "follow_up": {
        "es": "¡Hola! Te escribimos como quedamos: {topic}. ¿Seguimos?",
        "pt": "Olá! Estamos escrevendo como combinado: {topic}. Vamos continuar?",
        "en": "Hello! We are writing as agreed: {topic}. Shall we go on?",
    },
    "payment_received": {
        "es": "¡Recibimos tu pago de {amount}! Tu pedido {code} está confirmado. ¡Gracias!",
        "pt": "Recebemos o seu pagamento de {amount}! O seu pedido {code} está confirmado. Obrigado!",
        "en": "We received your payment of {amount}! Your order {code} is confirmed. Thank you!",
    },
    "deposit_received": {
        "es": "¡Recibimos tu anticipo de {amount} para tu cita del {when}! Tu código es {code}. ¡Gracias!",
        "pt": "Recebemos o seu sinal de {amount} para o seu horário de {when}! O seu código é {code}. Obrigado!",
        "en": "We received your deposit of {amount} for your appointment on {when}! Your code is {code}. Thank you!",
    },
    "deposit_missed": {
        "es": "Cancelamos tu cita {code} del {when}, porque el anticipo de {amount} no llegó a tiempo. "
        "Si todavía la quieres, escríbenos y buscamos otro horario.",
        "pt": "Cancelamos o seu horário {code} de {when}, porque o sinal de {amount} não chegou a tempo. "
        "Se ainda quiser, escreva para nós e procuramos outro horário.",
        "en": "We cancelled your appointment {code} on {when}, because the deposit of {amount} did not arrive in time. "
        "If you still want it, write to us and we will look for another time.",
    },
    "reminder": {
        "es": "Hola: te recordamos tu cita en {business}: {service} con {staff}, {when}. Tu código es {code}. "
        "Responde SÍ para confirmar que vienes, o escríbenos si prefieres cambiarla o cancelarla.",
        "pt": "Olá! Lembramos do seu horário em {business}: {service} com {staff}, {when}. Seu código é {code}. "
        "Responda SIM para confirmar que você vem, ou escreva se preferir remarcar ou cancelar.",
        "en": "Hello! This is a reminder of your appointment at {business}: {service} with {staff}, {when}. Your "
        "code is {code}. Reply YES to confirm that you are coming, or write to us to move or cancel it.",
    },
    "reminder_confirmed": {
        "es": "Hola: te esperamos en {business}: {service} con {staff}, {when}. Tu código es {code}.",
        "pt": "Olá! Esperamos você em {business}: {service} com {staff}, {when}. Seu código é {code}.",
        "en": "Hello! See you at {business}: {service} with {staff}, {when}. Your code is {code}.",
    },
}
_OTHERWISE = "es"
_LANGUAGE = Turn.trace["language"].astext
_WRITTEN = (
    select(_LANGUAGE)
    .where(Turn.tenant_id == Conversation.tenant_id, Turn.conversation_id == Conversation.id, _LANGUAGE.is_not(None))
    .order_by(Turn.id.desc())
    .limit(1)
    .correlate(Conversation)
    .scalar_subquery()
)
"""The language of the newest reply whose turn told one."""


class Tongue(NamedTuple):
    """Locales of the words and of the figures, and the business's zone."""

    words: str
    figures: str
    zone: ZoneInfo


async def notify(session: AsyncSession, conversation_id: UUID, template: str, **values: Any) -> UUID:
    """Queue a notice; ring the bell (`outbox`) after the commit. It is in the language of the contact's card, else in
    that in which they wrote lately, else in the tenant's; money is written as the card's locale or the tenant's has it.

    Templates: turn_failed; follow_up (topic); payment_received (code, amount in minor units, currency);
    deposit_received and deposit_missed (besides: start, an instant); reminder and reminder_confirmed (business,
    service, staff, code, start). Returns the message's id. Raises `NotFound`.
    """
    spoken = await tongue(session, conversation_id)
    if "start" in values:
        values["start"] = values["start"].astimezone(spoken.zone)
    words = render(template, spoken.words, figures=spoken.figures, **values)
    return await post(session, conversation_id, Author.SYSTEM, words)


async def tongue(session: AsyncSession, conversation_id: UUID) -> Tongue:
    """How a notice to this conversation is written. Raises `NotFound`."""
    found = await session.execute(
        select(
            Contact.locale.label("card"),
            _WRITTEN.label("written"),
            Tenant.locale.label("house"),
            Tenant.timezone.label("zone"),
        )
        .select_from(Conversation)
        .join(Contact, (Contact.tenant_id == Conversation.tenant_id) & (Contact.id == Conversation.contact_id))
        .join(Tenant, Tenant.id == Conversation.tenant_id)
        .where(Conversation.id == conversation_id)
    )
    if (row := found.one_or_none()) is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    return Tongue(row.card or row.written or row.house, row.card or row.house, ZoneInfo(row.zone))


def render(template: str, locale: str, *, figures: str | None = None, **values: Any) -> str:
    """The words of a notice. `amount` (minor units) with `currency` is written as money of `figures`, a locale; None
    is that of the words. `start` is in the business's zone."""
    spoken = dict(values)
    if "currency" in values:
        spoken["amount"] = money(values["amount"], values["currency"], figures or locale)
    if "start" in values:
        spoken["when"] = read_aloud(values["start"], locale)
    if "topic" in values:
        spoken["topic"] = str(values["topic"]).strip().rstrip(".")
    return _TEMPLATES[template][language(locale)].format(**spoken)


def money(minor_units: int, currency: str, locale: str) -> str:
    """129900 MXN as $1,299.00 in es-MX."""
    major = Decimal(minor_units).scaleb(-get_currency_precision(currency))
    return format_currency(major, currency, locale=_parsed(locale) or _OTHERWISE)


def language(locale: str | None) -> str:
    """es, pt or en out of a locale tag; es where it is none of them."""
    found = _parsed(locale)
    return found.language if found is not None and found.language in ("es", "pt", "en") else _OTHERWISE


def _parsed(locale: str | None) -> Locale | None:
    try:
        return Locale.parse(locale or _OTHERWISE, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
