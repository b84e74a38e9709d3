"""Dates and times: a slot belongs to a day, an hour, a person and a service, and all of them must fit together.

What the customer said may support a day or an hour that is only repeated; that something is free, held or booked needs
a slot, a search or a booking. Opening hours, the business's facts and any instant in evidence support the rest.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from graphs.claims import dates, times
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground, Moment
from graphs.claims.hours import OpeningHours
from graphs.claims.names import Subjects
from graphs.claims.text import Draft, Span, fold, negated
from graphs.evidence import Evidence, EvidenceKind

_OFFERED = re.compile(
    r"\b(?:tengo|tenemos|hay|hubo|disponib\w+|disponivel|disponiveis|libres?|queda|quedan|quedo|quedaria|te espero|te esperamos|los esperamos|reservad\w+|reserve|agendad\w+|agende|confirmad\w+|confirmo|confirma|confirmas|"
    r"apart[oe]|apartad\w+|programad\w+|marcad\w+|marquei|agendei|reservei|confirmei|available|free|openings?|i have|we have|booked|scheduled|reserved|held|confirmed|see you|temos|tenho|ha vagas?|livres?|vagas?|"
    r"esperamos voce|te aguardamos|nos vemos|ficou|fica|tu cita es|tu turno es|seu horario e|opciones|opcoes|options|alternativas|alternatives|puedo ofrecerte|posso oferecer|can offer)\b"
)
_REFUSED = re.compile(
    r"\b(?:ocupad\w+|indisponive\w+|lotad\w+|taken|fully booked|unavailable|sin disponibilidad|sem disponibilidade|no disponible|no longer|ya no|cerrad\w+|fechad[oa]s?|closed|agotad\w+|sem vagas?|sin lugar|reservado por otr|ya paso|ja passou|has passed|past)\b"
)
_TURNS = re.compile(r"\b(?:pero|mas|porem|but|however|sin embargo|no entanto|aunque|sino|porque|y te|e te|and i)\b|;")
_CLOCK = re.compile(r"\b(?:son las?|es la|sao|agora|ahora|right now|it's|it is|hora actual)\b")


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Every date and time of a draft; they are taken out of it."""
    today = ground.now.date()
    month_first = ground.context.business.locale.lower().replace("_", "-") in ("en", "en-us")
    days = dates.find(draft, today, month_first)
    hours = [one for one in times.find_times(draft)]
    table = Timetable(draft, subjects, ground, days, hours)
    for day in days:
        if (finding := table.day(day)) is not None:
            yield finding
    for hour in hours:
        yield table.hour(hour)
    if hours:
        yield from _strangers(draft, ground, hours)


class Timetable:
    """One draft's days and hours against the moments known."""

    def __init__(
        self,
        draft: Draft,
        subjects: Subjects,
        ground: Ground,
        days: Sequence[dates.DateMention],
        hours: Sequence[times.TimeMention],
    ) -> None:
        self.draft, self.subjects, self.ground, self.days, self.hours = draft, subjects, ground, days, hours
        self.opening = OpeningHours(ground)

    def day(self, day: dates.DateMention) -> Finding | None:
        """The finding of a date, or None for a weekday that is only asked about."""
        draft, ground = self.draft, self.ground
        place = Place(draft, *day.span)
        if day.misfit is not None:
            return unbacked(
                place, "date", {},
                f'"{place.quote}" does not exist: {day.misfit:%-d %B %Y} is a {day.misfit:%A}. Write weekday and date as the tool gave them.',
            )  # fmt: skip
        value: dict[str, object] = {"days": sorted(map(str, day.days)), "weekday": day.weekday}
        if ground.now.date() in day.days:
            return backed(place, "date", value, "clock")
        if self.opening.speaks(draft.of(draft.line(day.span.start))) and (day.weekday is not None or day.days):
            weekdays = {day.weekday} if day.alone and day.weekday is not None else {one.weekday() for one in day.days}
            closed = self.opening.says_closed(draft.of(draft.clause(day.span.start)))
            if (item := self.opening.backs_days(weekdays, closed, self._staff(day.span))) is not None:
                return backed(place, "date", value, item)
            if day.alone and self.opening.contradicts(draft.of(draft.clause(day.span.start))):
                return self._vouched(place, day, value) or unbacked(
                    place, "date", value, f'The opening hours say otherwise than "{draft.quote(*draft.clause(day.span.start))}". Correct it.'
                )
        for moment in ground.moments:
            if day.meets(moment.at.date()) and moment.state != "taken":
                return backed(place, "date", value, moment.item)
        for item, start, end in self._searches:
            if any(day.meets(start + timedelta(days=step)) for step in range(min((end - start).days, 60) + 1)):
                return backed(place, "date", value, item)
        if (vouched := self._vouched(place, day, value)) is not None:
            return vouched
        offered = bool(_OFFERED.search(draft.of(draft.sentence(day.span.start)))) and not draft.asks(day.span.start)
        if not offered:
            if any(_same_day(day, said, at) for said, at in self._said_days):
                return backed(place, "date", value, "customer")
            if day.alone and (item := self.opening.backs_days({day.weekday or 0}, False, None)):
                return backed(place, "date", value, item)
        vague = day.alone or (len(day.days) == 1 and not any(char.isdigit() for char in place.quote))
        if vague and draft.asks(day.span.start):
            return None
        if any(day.meets(moment.at.date()) for moment in ground.moments):
            return None
        return unbacked(
            place, "date", value,
            f'The draft names "{place.quote}", but no tool result, fact or word of the customer has that date{self._known()}. Look it up or leave it out.',
        )  # fmt: skip

    def _vouched(self, place: Place, day: dates.DateMention, value: dict[str, object]) -> Finding | None:
        for mentions, support, item_id in self._vouched_days:
            if any(_same_day(day, one, self.ground.now.date()) for one in mentions):
                return backed(place, "date", value, support, item_id)
        return None

    def hour(self, hour: times.TimeMention) -> Finding:
        """The finding of a time, together with its day, person and service."""
        draft, ground, at = self.draft, self.ground, hour.span.start
        place = Place(draft, *hour.span)
        days = self._days_of(hour)
        value: dict[str, object] = {"times": sorted(f"{one:%H:%M}" for one in hour.options)}
        line, sentence = draft.of(draft.line(at)), self._stance(at)
        staff = self._staff(hour.span)
        if self.opening.speaks(line) or self.opening.speaks(self._above(at)):
            weekdays = self._weekdays(days)
            if (item := self.opening.backs_times(hour.options, weekdays, staff)) is not None:
                return backed(place, "time", value, item)
        refused = bool(_REFUSED.search(sentence)) or negated(sentence)
        there = self._at(hour, days)
        told = [one for one in there if one.staff] if staff else []
        fitting = [one for one in told or there if self._fits(one, staff, at)]
        if refused:
            return self._refusal(place, value, hour, days, fitting)
        if fitting:
            known = next((one for one in fitting if one.state != "taken"), None)
            if known is not None:
                return backed(place, "time", value, known.item)
        offered = bool(_OFFERED.search(sentence)) or bool(_OFFERED.search(self._above(at)))
        if not offered or (self._elsewhere(hour) and draft.asks(at) and not days):
            if self._said(hour):
                return backed(place, "time", value, "customer")
            for text, support, item_id in ground.texts:
                if support != "evidence" and any(one.options & hour.options for one in times.find_times(Draft(text))):
                    return backed(place, "time", value, support, item_id)
        if _CLOCK.search(sentence) and any(_near(one, ground.now) for one in hour.options):
            return backed(place, "time", value, "clock")
        if not offered and (item := self.opening.backs_times(hour.options, self._weekdays(days), staff)) is not None:
            return backed(place, "time", value, item)
        return unbacked(
            place, "time", value,
            f'The draft states "{self._pair(hour, days)}", which no slot, booking or opening hours support'
            f"{' for that day, person and service' if self._at(hour, []) else ''}{self._known()}. Use exactly what the tool returned, or look again.",
        )  # fmt: skip

    def _stance(self, at: int) -> str:
        """The part of a sentence that speaks with one voice: "no tengo a las 10, pero sí a las 11" has two."""
        sentence = self.draft.sentence(at)
        words, start = self.draft.of(sentence), sentence.start
        borders = [0, *(match.start() for match in _TURNS.finditer(words)), len(words)]
        return next(words[left:right] for left, right in pairwise(borders) if left <= at - start < right)

    def _refusal(
        self,
        place: Place,
        value: dict[str, object],
        hour: times.TimeMention,
        days: Sequence[dates.DateMention],
        fitting: Sequence[Moment],
    ) -> Finding:
        free = next((one for one in fitting if one.state in ("free", "held")), None)
        if free is not None and days:
            return unbacked(
                place, "time", value,
                f'The draft says that "{self._pair(hour, days)}" is not available, but the tool shows it {free.state}. Correct it.',
            )  # fmt: skip
        taken = next((one for one in fitting if one.state in ("taken", "booked", "known")), None)
        if taken is not None:
            return backed(place, "time", value, taken.item)
        for item, start, end in self._searches:
            if not days or any(
                day.meets(start + timedelta(days=step))
                for day in days
                for step in range(min((end - start).days, 60) + 1)
            ):
                return backed(place, "time", value, item)
        if self.opening.known and days and not self.opening.open_at(hour.options, self._weekdays(days)):
            return backed(place, "time", value, self.opening.known)
        if self._said(hour) and not days and not self.ground.of(EvidenceKind.SLOT):
            return backed(place, "time", value, "customer")
        if self.ground.of(EvidenceKind.SLOT, EvidenceKind.SEARCH) and self._said(hour):
            return backed(place, "time", value, "customer")
        if free is not None:
            return backed(place, "time", value, free.item)
        return unbacked(
            place, "time", value,
            f'The draft says that "{self._pair(hour, days)}" is not available, but no search of this conversation covers it. Look first.',
        )  # fmt: skip

    def _at(self, hour: times.TimeMention, days: Sequence[dates.DateMention]) -> list[Moment]:
        """Moments at this time of day (start, end or expiry) on one of these days, on any day if none is named."""
        found = []
        for moment in self.ground.moments:
            for at in (moment.at, moment.end):
                if (
                    at
                    and time(at.hour, at.minute) in hour.options
                    and (not days or any(day.meets(at.date()) for day in days))
                ):
                    found.append(moment)
        return found

    def _fits(self, moment: Moment, staff: set[str], at: int) -> bool:
        if staff and moment.staff and not any(set(name.split()) <= set(moment.staff.split()) for name in staff):
            return False
        line = self.draft.line(at)
        services = {
            ref
            for one in self.subjects.within(line)
            if one.exact
            for ref in one.refs
            if ref.startswith(("service:", "named:"))
        }
        own = {f"service:{moment.item.subject.id}", f"named:{moment.service}"}
        return not services or not moment.service or bool(services & own)

    @cached_property
    def _people(self) -> set[str]:
        found = {moment.staff for moment in self.ground.moments if moment.staff}
        for item in self.ground.of(EvidenceKind.SERVICE, EvidenceKind.HOURS):
            names = (
                item.value.get("staff")
                if item.kind is EvidenceKind.SERVICE
                else [item.subject.name]
                if item.subject.type == "staff"
                else []
            )
            found |= {fold(str(name)) for name in names or []}
        return found

    def _staff(self, span: Span) -> set[str]:
        """Whom the words near a time name: in its clause, before it in its line, or in a heading above."""
        line = self.draft.line(span.start)
        parts = [
            self.draft.of(self.draft.clause(span.start)),
            self.draft.folded[line.start : span.start],
            self.draft.folded[span.end : line.end],
        ]
        above = self._above(span.start)
        for words in (*parts, above if above.rstrip().endswith(":") else ""):
            named = {
                name
                for person in self._people
                for name in (person, person.split()[0])
                if re.search(rf"\b{re.escape(name)}\b", words)
            }
            if named:
                return named
        return set()

    def _days_of(self, hour: times.TimeMention) -> list[dates.DateMention]:
        """The days a time is said of: named before it in its line, else behind it, else above, else anywhere alone."""
        line = self.draft.line(hour.span.start)
        inside = [day for day in self.days if line.start <= day.span.start < line.end]
        before = [day for day in inside if day.span.start < hour.span.start]
        if before:
            return self._chain(before[::-1])
        if inside:
            clause = self.draft.sentence(hour.span.start)
            return self._chain([day for day in inside if day.span.start < clause.end] or inside)
        above = [day for day in self.days if day.span.start < line.start]
        if above:
            return self._chain(above[::-1])
        return list(self.days) if len(self.days) == 1 else []

    def _chain(self, ordered: Sequence[dates.DateMention]) -> list[dates.DateMention]:
        chain = list(ordered[:1])
        for day in ordered[1:]:
            left, right = sorted((chain[-1], day), key=lambda one: one.span)
            if not re.fullmatch(
                r"[\s,]*(?:y|e|and|o|ou|or|a|al|to|ate|hasta|through|-|,)?\s*(?:el|los|a|o|os|the)?\s*",
                self.draft.folded[left.span.end : right.span.start],
            ):
                break
            chain.append(day)
        return sorted(chain, key=lambda one: one.span)

    def _weekdays(self, days: Sequence[dates.DateMention]) -> set[int]:
        """The weekdays of a chain of days; "lunes a viernes" is all five."""
        found: set[int] = set()
        for day in days:
            found |= {day.weekday} if day.alone and day.weekday is not None else {one.weekday() for one in day.days}
        if len(days) == 2 and all(day.alone for day in days):
            between = self.draft.folded[days[0].span.end : days[1].span.start].split()
            if between and between[0] in ("a", "al", "to", "ate", "hasta", "through", "-"):
                first, last = days[0].weekday or 0, days[1].weekday or 0
                found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
        return found

    def _above(self, at: int) -> str:
        """The nearest line above that is not a bullet."""
        start = self.draft.line(at).start
        for line in reversed(self.draft.folded[:start].splitlines()):
            if line.strip() and not re.match(r"\s*(?:[•\-–*·▪]|\d+[.)])", line):
                return line
        return ""

    @cached_property
    def _searches(self) -> list[tuple[Evidence, date, date]]:
        found = []
        for item in self.ground.of(EvidenceKind.SEARCH):
            start, end = (self._date(item.value.get(key)) for key in ("from", "to"))
            if start and end:
                found.append((item, start, end))
        return found

    def _date(self, value: object) -> date | None:
        if (moment := self.ground.local(value)) is not None:
            return moment.date()
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            return None

    @cached_property
    def _said_days(self) -> list[tuple[dates.DateMention, date]]:
        found = []
        for words in self.ground.customer:
            at = words.at.astimezone(self.ground.zone).date()
            found += [(day, at) for day in dates.find(Draft(words.text), at)]
        return found

    @cached_property
    def _vouched_days(self) -> list[tuple[list[dates.DateMention], str, str | None]]:
        today = self.ground.now.date()
        return [
            (dates.find(Draft(text), today), support, item)
            for text, support, item in self.ground.texts
            if support != "evidence"
        ]

    @cached_property
    def _said_times(self) -> set[time]:
        found = {
            one
            for words in self.ground.customer
            for mention in times.find_times(Draft(words.text))
            for one in mention.options
        }
        bare = re.findall(r"(?<![\d:.,])([01]?\d|2[0-3])(?![\d:.,])", self.ground.said)
        return found | {time(int(one)) for one in bare} | {time((int(one) + 12) % 24) for one in bare if int(one) < 12}

    def _said(self, hour: times.TimeMention) -> bool:
        return bool(hour.options & self._said_times)

    def _elsewhere(self, hour: times.TimeMention) -> bool:
        return bool(self._at(hour, [])) or self._said(hour)

    def _pair(self, hour: times.TimeMention, days: Sequence[dates.DateMention]) -> str:
        named = ", ".join(self.draft.quote(*day.span) for day in days)
        return f"{named}, {self.draft.quote(*hour.span)}" if named else self.draft.quote(*hour.span)

    def _known(self) -> str:
        slots = [one for one in self.ground.moments if one.state in ("free", "held", "booked")]
        listed = "; ".join(
            f"{one.at:%A %-d %B %H:%M}{f' {one.staff.title()}' if one.staff else ''} ({one.state})" for one in slots[:6]
        )
        return f" (known: {listed})" if listed else ""


def _same_day(day: dates.DateMention, said: dates.DateMention, at: date) -> bool:
    if day.days and said.days:
        return bool(day.days & said.days)
    if said.alone:
        near = {at + timedelta(days=step) for step in range(15)}
        return (
            day.weekday == said.weekday
            if day.alone
            else any(one in near and one.weekday() == said.weekday for one in day.days)
        )
    return any(one.weekday() == day.weekday for one in said.days)


def _near(moment: time, now: datetime) -> bool:
    minutes = abs(moment.hour * 60 + moment.minute - now.hour * 60 - now.minute)
    return min(minutes, 1440 - minutes) <= 5


def _strangers(draft: Draft, ground: Ground, hours: Sequence[times.TimeMention]) -> Iterator[Finding]:
    """People named beside a time whom nobody knows."""
    for match in re.finditer(r"\b(?:con|com|with)\s+(?:la |el |a |o )?\*?([A-ZÀ-Þ][\wà-ÿ]+)", draft.raw):
        sentence = draft.sentence(match.start())
        if not any(sentence.start <= hour.span.start < sentence.end for hour in hours):
            continue
        name = fold(match[1])
        if not ground.names.knows(name) and name not in ground.said and not ground.literally(name):
            place = Place(draft, match.start(1), match.end(1))
            yield unbacked(
                place,
                "name",
                {"name": match[1]},
                f'Nobody called "{match[1]}" is known here. Use the name the tool gave.',
            )
