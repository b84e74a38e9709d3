"""What one message names: dates, hours, lengths of time, amounts, quantities, sizes, addresses of mail and of the web,
phones and names, each as written and as understood. Read by rules; the same message gives the same entities."""

import re
from collections.abc import Iterator
from datetime import date

from pydantic import BaseModel

from graphs.claims import amounts, dates, times
from graphs.claims.text import Draft
from graphs.facts_said import values
from graphs.facts_said.guards import Sentence

MOST = 50
LONGEST_MESSAGE = 4000
_LINK = re.compile(r"\bhttps?://[^\s<>\"]{3,250}|\bwww\.[^\s<>\"]{3,250}")
_PHONE = re.compile(r"(?<![\w$@.])\+?\(?\d{2,4}\)?(?:[\s.-]?\(?\d{2,5}\)?){2,5}(?![\w%@])")
_CODE = re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,}(?:-[A-Z0-9]{1,})*\b")
_SIZE = re.compile(
    r"\b(?:talla|tamano|tamanho|size|numero|calzo|calco)\s+(\d{1,3}(?:[.,]\d)?|xxs|xs|x{0,3}l|s|m|p|pp|g|gg)\b"
)
_QUANTITY = re.compile(
    r"(?<![\w.,/:$])(\d{1,4})\s*(?:x\b|piezas?|pzas?|unidades?|pares?|pecas?|caixas?|cajas?|units?|pieces?|pairs?|"
    r"boxes|personas?|pessoas?|people|guests)"
)
_NAMED = re.compile(r"\b(?:me llamo|mi nombre es|soy|me chamo|meu nome e|sou|my name is|i'm|i am|this is)\s+")


class Entity(BaseModel):
    """`kind`: date, time, duration, amount, quantity, size, email, link, phone, code, name, or what a model named:
    product, service, place, payment_method, other. `text` as written; `value` as understood: ISO 8601 for dates and
    hours, minutes, a plain number."""

    kind: str
    text: str
    value: str | None = None


def found(text: str, today: date, currency: str) -> list[Entity]:
    """The entities of a message, in the order in which they stand in it."""
    draft = Draft(text[:LONGEST_MESSAGE])
    placed = sorted(_placed(draft, today, currency), key=lambda one: one[0])
    kept: dict[tuple[str, str], Entity] = {}
    for _, entity in placed:
        kept.setdefault((entity.kind, entity.text.casefold()), entity)
    return list(kept.values())[:MOST]


def grounded(text: str, kind: str, words: str) -> Entity | None:
    """An entity that a model named, if its words stand in the message."""
    told = " ".join(words.split())
    known = kind if kind in ("product", "service", "place", "payment_method", "name") else "other"
    stands = 1 < len(told) <= 120 and told.casefold() in " ".join(text[:LONGEST_MESSAGE].split()).casefold()
    return Entity(kind=known, text=told) if stands else None


def _placed(draft: Draft, today: date, currency: str) -> Iterator[tuple[int, Entity]]:
    yield from _plain(draft, "email", values.EMAIL)
    yield from _plain(draft, "link", _LINK)
    for match in _SIZE.finditer(draft.text):
        yield match.start(), Entity(kind="size", text=draft.quote(*match.span()), value=match[1].upper())
        draft.take(*match.span())
    for match in _QUANTITY.finditer(draft.text):
        yield match.start(), Entity(kind="quantity", text=draft.quote(*match.span()), value=match[1])
        draft.take(*match.span())
    for day in dates.find(draft, today):
        told = min(day.days).isoformat() if len(day.days) == 1 else None
        yield day.span.start, Entity(kind="date", text=draft.quote(*day.span), value=told)
    for hour in times.find_times(draft):
        told = min(hour.options).strftime("%H:%M") if len(hour.options) == 1 else None
        yield hour.span.start, Entity(kind="time", text=draft.quote(*hour.span), value=told)
    for length in times.find_durations(draft):
        told = str(length.minutes[0].normalize()) if len(length.minutes) == 1 else None
        yield length.span.start, Entity(kind="duration", text=draft.quote(*length.span), value=told)
    for amount in amounts.find(draft, currency):
        yield amount.span.start, Entity(kind="amount", text=draft.quote(*amount.span), value=f"{amount.value:f}")
    yield from _plain(draft, "phone", _PHONE)
    for match in _CODE.finditer(draft.raw):
        if draft.text[match.start() : match.end()] == draft.folded[match.start() : match.end()]:
            yield match.start(), Entity(kind="code", text=match[0])
    for sentence_start, told in _names(draft):
        yield sentence_start, Entity(kind="name", text=told)


def _plain(draft: Draft, kind: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, Entity]]:
    for match in pattern.finditer(draft.text):
        words = match[0].rstrip(".,;)!?")
        yield match.start(), Entity(kind=kind, text=draft.quote(match.start(), match.start() + len(words)))
        draft.take(*match.span())


def _names(draft: Draft) -> Iterator[tuple[int, str]]:
    for match in _NAMED.finditer(draft.folded):
        read = values.name(Sentence(draft.raw, draft.folded, False), match.end(), capital=True)
        if read is not None:
            yield match.start(), read[0]
