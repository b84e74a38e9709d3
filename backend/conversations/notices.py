"""Notices: fixed templates by language, sent without a model as author `system`; the agent sees them as history."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

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


async def notify(session: AsyncSession, conversation_id: UUID, template: str, **values: Any) -> UUID:
    """Queue a notice; ring the bell (`outbox`) after the commit. It is in the language of the contact's card, else in
    that in which they wrote lately, else in the tenant's; money is written as the card's locale or the tenant's has it.

    Templates: turn_failed; follow_up (topic); payment_received (code, amount in minor units, currency). Returns the
    message's id. Raises `NotFound`.
    """
    words, figures = await tongue(session, conversation_id)
    return await post(session, conversation_id, Author.SYSTEM, render(template, words, figures=figures, **values))


async def tongue(session: AsyncSession, conversation_id: UUID) -> tuple[str, str]:
    """The locales of a notice's words and of its figures, as `notify` says. Raises `NotFound`."""
    found = await session.execute(
        select(Contact.locale, _WRITTEN, Tenant.locale)
        .select_from(Conversation)
        .join(Contact, (Contact.tenant_id == Conversation.tenant_id) & (Contact.id == Conversation.contact_id))
        .join(Tenant, Tenant.id == Conversation.tenant_id)
        .where(Conversation.id == conversation_id)
    )
    if (row := found.one_or_none()) is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    card, written, house = row
    return card or written or house, card or house


def render(template: str, locale: str, *, figures: str | None = None, **values: Any) -> str:
    """The words of a notice. `amount` (minor units) with `currency` is written as money of `figures`, a locale; None
    is that of the words."""
    spoken = dict(values)
    if "currency" in values:
        spoken["amount"] = money(values["amount"], values["currency"], figures or locale)
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
