"""How an offer reads, in es, pt and en. Pure."""

from dataclasses import dataclass
from datetime import datetime

from backend.bookings.dates import spoken
from backend.conversations.notices import language, money

_OFFER = {
    "es": "¡Buenas noticias! Se liberó *{service}* con {staff}: *{when}*{price}.\n¿Te lo reservo? Responde *sí* "
    "antes {before}; después se lo ofrezco a la siguiente persona.",
    "pt": "Boas notícias! Abriu uma vaga de *{service}* com {staff}: *{when}*{price}.\nReservo para você? Responda "
    "*sim* antes {before}; depois ofereço à próxima pessoa.",
    "en": "Good news! *{service}* with {staff} is free again: *{when}*{price}.\nShall I book it for you? Answer *yes* "
    "before {before}; after that I offer it to the next person.",
}
_DEPOSIT = {
    "es": "con un anticipo de {deposit}",
    "pt": "com um sinal de {deposit}",
    "en": "with a deposit of {deposit}",
}
_TODAY = {"es": "de las {time}", "pt": "das {time}", "en": "{time}"}
_LATER = {"es": "del {day}", "pt": "de {day}", "en": "{day}"}


@dataclass(frozen=True)
class Told:
    """What an offer says; instants with the business's offset, money in minor units."""

    service: str
    staff: str
    start: datetime
    before: datetime
    """By when the answer is due."""
    now: datetime
    price: int
    currency: str
    deposit: int = 0


def offer_words(told: Told, locale: str, figures: str | None = None) -> str:
    """The notice in the language of `locale`, money as `figures` has it."""
    price = f", {money(told.price, told.currency, figures or locale)}" if told.price else ""
    if told.deposit:
        deposit = money(told.deposit, told.currency, figures or locale)
        price += f", {_DEPOSIT[language(locale)].format(deposit=deposit)}"
    return _OFFER[language(locale)].format(
        service=told.service,
        staff=told.staff,
        when=spoken(told.start, _dates(locale)),
        price=price,
        before=_due(told, locale),
    )


def template_variables(told: Told, locale: str) -> dict[str, str]:
    """What a channel's template may use, by name or by the order service, staff, when, before."""
    named = {
        "service": told.service,
        "staff": told.staff,
        "when": spoken(told.start, _dates(locale)),
        "before": _due(told, locale),
    }
    return named | {str(place): value for place, value in enumerate(named.values(), 1)}


def _due(told: Told, locale: str) -> str:
    tongue = language(locale)
    if told.before.date() == told.now.date():
        return _TODAY[tongue].format(time=f"{told.before:%H:%M}")
    return _LATER[tongue].format(day=spoken(told.before, _dates(locale)))


def _dates(locale: str) -> str:
    """The locale by which dates are spoken: one of the three languages, with its region if it is one of them."""
    return locale if locale[:2] == language(locale) else language(locale)
