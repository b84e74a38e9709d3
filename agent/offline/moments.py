"""Which of several offered moments a customer means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.offline.slots import option_number, ordinals, spelled_out, when
from agent.offline.talk import Talk
from agent.offline.text import fold, stems

TIME = re.compile(r"\b(\d{1,2})(?:\s?[:h.]\s?(\d\d))?\s?(hs?|hrs?|horas?|am|pm|a\.m|p\.m)?(?![\d/])")
HALF = r"y media|e meia"
QUARTER = r"y cuarto|e quinze"
ANY = re.compile(r"cualquiera|qualquer|any\b|la que sea|o que tiver|tanto faz|me da igual|either")
EARLIEST = re.compile(r"\b(?:(?:el|la|lo|o|a|the) (?:mas|mais) (?:temprano|pronto|proximo|cedo)|earliest|soonest)\b")


@dataclass(frozen=True)
class Wish:
    """What words say about a moment; empty means that they say nothing of it."""

    weekdays: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    """Of the month."""
    times: frozenset[tuple[int, int]] = frozenset()
    """Every (hour, minute) they may mean, on a 24 h clock."""

    @property
    def has_day(self) -> bool:
        return bool(self.weekdays or self.days)

    def fits(self, at: datetime) -> bool:
        return (
            (not self.weekdays or at.weekday() in self.weekdays)
            and (not self.days or at.day in self.days)
            and (not self.times or (at.hour, at.minute) in self.times)
        )


def wish(talk: Talk, words: str) -> Wish:
    """Weekday, day of the month and hour in the words of `slots.when`."""
    clock, folded = talk.phrases.clock, spelled_out(words, talk.phrases)
    tokens = folded.split()
    weekdays = {clock.days[word] for word in tokens if word in clock.days}
    today = talk.briefing.now
    days: set[int] = set()
    if re.search(r"\b(hoy|hoje|today|tonight)\b", folded):
        days.add(today.day)
    if re.search(r"\b(pasado manana|depois de amanha|day after tomorrow)\b", folded):
        days.add((today + timedelta(days=2)).day)
    elif re.search(r"\b(amanha|tomorrow)\b|(?<!la )(?<!pasado )\bmanana\b", folded):
        days.add((today + timedelta(days=1)).day)
    months = "|".join(clock.months.split())
    dated = re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:de |of )?(?:{months})\b|\b(?:dia|el) (\d{{1,2}})\b", folded)
    plain = fold_keeping_colons(words)
    if dated:
        days.add(int(dated[1] or dated[2]))
        plain = re.sub(rf"\b{dated[1] or dated[2]}\b", " ", plain, count=1)
    return Wish(frozenset(weekdays), frozenset(days), frozenset(_times(talk, plain, folded)))


def choose(talk: Talk, text: str, offers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The offered moment (`start`, `staff`) that a text picks: by hour, day, person or place in the list."""
    if not offers:
        return None
    if EARLIEST.search(fold(text)):
        return min(offers, key=lambda offer: str(offer["start"]))
    words = when(text, talk.phrases, expected=True)
    wanted = wish(talk, words) if words else Wish()
    left = [offer for offer in offers if _named(text, offer)] or list(offers)
    fitting = [offer for offer in left if wanted.fits(datetime.fromisoformat(str(offer["start"])))]
    if (wanted.times or wanted.has_day) and len(fitting) == 1:
        return fitting[0]
    if len(fitting) < len(offers) and len(fitting) == 1:
        return fitting[0]
    places = ordinals(text, talk.phrases)
    number = option_number(text)
    place = places[0] if places else number
    if place is not None and abs(place) <= len(offers) and not (wanted.times and number is None):
        return offers[place - 1 if place > 0 else place]
    if wanted.times and wanted.has_day and fitting:
        return fitting[0]
    return offers[0] if ANY.search(fold(text)) or (len(offers) == 1 and "yes" in talk.intents) else None


def nearest(offers: Sequence[dict[str, Any]], asked: str, count: int) -> list[dict[str, Any]]:
    """At most `count` offered moments (`start`) in order of time: those nearest to `asked`, or the first if that is no
    instant."""
    try:
        wanted = datetime.fromisoformat(asked)
    except ValueError:
        return list(offers[:count])
    if wanted.tzinfo is None:
        return list(offers[:count])
    away = sorted(offers, key=lambda offer: abs(datetime.fromisoformat(str(offer["start"])) - wanted))
    return sorted(away[:count], key=lambda offer: datetime.fromisoformat(str(offer["start"])))


def fold_keeping_colons(words: str) -> str:
    """Folded, but `10:30` stays."""
    return re.sub(r"(\d) colon (\d)", r"\1:\2", fold(re.sub(r"(?<=\d):(?=\d)", " colon ", words)))


def _named(text: str, offer: Mapping[str, Any]) -> bool:
    first = stems(str(offer.get("staff") or ""))[:1]
    return bool(first) and first[0] in stems(text)


def _times(talk: Talk, plain: str, folded: str) -> set[tuple[int, int]]:
    clock = talk.phrases.clock
    named = {word: number for word, number in talk.phrases.numbers.items() if word not in ("a", "an", "par", "couple")}
    plain = " ".join(str(named.get(word, word)) for word in plain.split())
    found: set[tuple[int, int]] = set()
    for match in TIME.finditer(plain):
        hour, minute, mark = int(match[1]), int(match[2] or 0), match[3] or ""
        if hour > 24:
            continue
        if re.search(HALF, folded):
            minute = 30
        elif re.search(QUARTER, folded):
            minute = 15
        later = mark.startswith("p") or any(re.search(rf"\b{word}\b", folded) for word in clock.afternoon.split())
        earlier = mark.startswith("a") or re.search(r"\b(de|da|por) la manana\b|\bda manha\b|\bmorning\b", folded)
        if hour < 12 and not earlier:
            found.add((hour + 12, minute))
        if not later or hour >= 12:
            found.add((hour % 24, minute))
    return found
