"""What contacts say about themselves, read by rules from a turn's messages in Spanish, Portuguese and English.

Name and e-mail always, and the fields that the business wants filled in. What is asked, commanded, denied, told of
somebody else or put into somebody's mouth is no fact. A confidence says how plainly it was told: 0.9 in so many words
("mi talla es 38"), about half of it where it only follows ("quiero la talla 38").
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from graphs.facts_said import values
from graphs.facts_said.fields import Field, known_fields
from graphs.facts_said.guards import Sentence, about_others, clean, injects, sentences, trusted

MOST = 20
_MESSAGES = 20
_TOLD, _LISTED, _FOLLOWS = 0.9, 0.85, 0.5
_NAMED = re.compile(
    r"\b(?:me llamo|mi nombre es|me chamo|meu nome e|my name is|my name's)\s+|^\s*(?:nombre|nome|name)\s*:\s*"
)
_IS = re.compile(r"^\s*(?:(?:hola|oi|ola|hi|hello|buenas|hey)[\s,!]+)?(?:soy|sou|i'm|i am|this is)\s+(?=\w)")
_MAIL = re.compile(
    r"\b(?:mi|meu|my)\s+(?:correo(?: electronico)?|e-?mail|mail|gmail)\b|^\s*(?:correo|e-?mail|mail)\s*:"
)
_WANTS = re.compile(
    r"\b(?:quiero|quisiera|busco|necesito|dame|me llevo|mandame|quero|queria|preciso|i want|i need|i'll take|"
    r"looking for)\b[^.?!\n]{0,60}?\b(?:talla|tamanho|tamano|numero|size)\s+"
)


class Said(BaseModel):
    """One fact: the key of a field, `name` or `email`; the value as the field takes it; 0 to 1."""

    key: str
    value: str
    confidence: float
    extractor: str = "rules"
    message_id: str | None = None


def found(
    messages: Sequence[Mapping[str, Any]], fields: Sequence[Mapping[str, Any]], today: date, locale: str = "es"
) -> list[Said]:
    """Facts of a turn's messages ([{"id", "author", "body"}]); of one key the surest, among equals the last."""
    known = known_fields(fields)
    best: dict[str, Said] = {}
    said = [one for one in messages if one.get("author") == "contact"][-_MESSAGES:]
    for message in said:
        body = str(message.get("body") or "")
        if injects(body):
            continue
        for fact in _of_message(body, known, today, locale):
            if fact.key not in best or fact.confidence >= best[fact.key].confidence:
                best[fact.key] = fact.model_copy(update={"message_id": message.get("id")})
    return list(best.values())[:MOST]


def from_state(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For the reflection graph: facts of its turn, if the business wants any."""
    learning = state.get("learning") or {}
    if learning.get("by", "off") == "off":
        return []
    today = date.fromisoformat(learning["today"])
    facts = found(state.get("messages", []), learning.get("fields", []), today, learning.get("locale", "es"))
    return [fact.model_dump(mode="json") for fact in facts]


def _of_message(body: str, fields: Iterable[Field], today: date, locale: str) -> Iterator[Said]:
    for_others = about_others(body)
    for sentence in sentences(body):
        yield from _own(sentence, body)
        for field in fields:
            yield from _of_field(sentence, field, today, locale, for_others)


def _own(sentence: Sentence, body: str) -> Iterator[Said]:
    for pattern, confidence in ((_NAMED, _TOLD), (_IS, 0.6)):
        if match := pattern.search(sentence.folded):
            read = values.name(sentence, match.end(), capital=pattern is _IS)
            if read is not None:
                sure = confidence * read[2] * trusted(sentence, match.start(), read[1])
                yield from _fact("name", read[0], sure)
    for mail in values.EMAIL.finditer(sentence.folded):
        own = _MAIL.search(sentence.folded, 0, mail.start()) is not None or body.strip().lower() == mail[0]
        yield from _fact(
            "email", mail[0].rstrip("."), (0.95 if own else 0.6) * trusted(sentence, mail.start(), mail.end())
        )


def _of_field(sentence: Sentence, field: Field, today: date, locale: str, for_others: bool) -> Iterator[Said]:
    places = [(match, _TOLD) for match in field.told.finditer(sentence.folded)]
    if match := field.listed.match(sentence.folded):
        places.append((match, _LISTED))
    if field.done is not None:
        places += [(match, _TOLD) for match in field.done.finditer(sentence.folded)]
    if field.role in ("shoe", "size") and not places and not for_others and (match := _WANTS.search(sentence.folded)):
        places.append((match, _FOLLOWS))
    for match, confidence in places:
        read = _value(sentence, match.end(), field, today, locale)
        if read is not None:
            yield from _fact(field.key, read[0], confidence * read[2] * trusted(sentence, match.start(), read[1]))


def _value(sentence: Sentence, at: int, field: Field, today: date, locale: str) -> tuple[str, int, float] | None:
    read: tuple[str, int] | None
    if field.kind == "date":
        return values.day(sentence, at, today, locale, past=field.role == "birthday")
    if field.kind == "choice":
        read = values.choice(sentence, at, field.choices)
    elif field.kind == "number":
        read = values.number(sentence, at)
    elif field.role in ("shoe", "size"):
        read = values.size(sentence, at)
    elif field.role == "birthday":
        return values.day(sentence, at, today, locale, past=True)
    elif field.role == "address":
        read = values.address(sentence, at)
    elif field.role == "city":
        read = values.city(sentence, at)
    elif field.role == "allergy":
        read = values.listed(sentence, at)
    else:
        read = values.text(sentence, at)
    return (*read, 1.0) if read is not None else None


def _fact(key: str, value: str, confidence: float) -> Iterator[Said]:
    if confidence > 0 and (key == "email" or clean(value)):
        yield Said(key=key, value=value, confidence=round(confidence, 2))
