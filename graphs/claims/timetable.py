"""What a draft's days and hours are said of, and what is known at that day and hour."""

import re
from collections.abc import Sequence
from datetime import date, time
from functools import cached_property
from itertools import pairwise

from graphs.changed_days import WEEKDAYS
from graphs.claims import dates, times
from graphs.claims.ground import Ground, Moment
from graphs.claims.hours import Edge, OpeningHours
from graphs.claims.names import Subjects
from graphs.claims.text import Draft, Span, fold
from graphs.evidence import Evidence, EvidenceKind

_TURNS = re.compile(r"\b(?:pero|mas|porem|but|however|sin embargo|no entanto|aunque|sino|porque|y te|e te|and i)\b|;")


_RANGE = re.compile(
    r"\s*(?:h|hs|hrs|horas)?\s*(?:-|/|a|as|ate|al|hasta|to|until|till|through)\s*(?:a\s)?(?:las?|as)?\s*"
)
_WITH = re.compile(
    r"\s*(?:h|hs|hrs|horas)?\s*(?:\(\s*|-\s+|(?=con\s|com\s|with\s))(?:(?:con|com|with|c/)\s)?[^,;:()\n.\d]{0,24}"
)
_ENDING = re.compile(r"\b(?:hasta|ate|until|till|cerr\w+|cierr\w+|fecha\w*|clos\w+)\b[^.;\d]{0,14}$")
_STARTING = re.compile(r"\b(?:abr\w+|open\w*|desde|a partir|from|starts?|empezamos|comecamos)\b[^.;\d]{0,14}$")
_PAUSE = re.compile(r"\b(?:comer|comida|pausa|paramos|almoco|almorzar|lunch|break|descanso|siesta|intervalo)\b")
_RUNNING = re.compile(r"\b(?:en este momento|ahora|ahorita|agora|neste momento|right now|currently|now)\b")
_VACANT = re.compile(
    r"\b(?:(?<!estamos )(?<!estoy )(?<!estou )(?:libres?|livres?|disponib\w+|disponivel|disponiveis)|"
    r"(?<!we're )(?<!we are )available|free(?! (?:of|parking|wifi|shipping|delivery))|"
    r"(?:hay|ha|tengo|tenemos|tenho|temos|queda|quedan|fica) (?:un |una |um |uma |otr[oa] |outr[oa] )?(?:lugar|espacio|"
    r"espaco|hueco|cupo|turno|cita|horario)s?|vagas?|slots?|spots?|(?:an?|some|one|two|the|next|first|have|has|only) "
    r"openings?(?! (?:hours?|times?))|"
    r"(?:tengo|tenemos|tenho|temos|queda|fica|hay) (?:abiert|abert)[oa]s? (?:el|o|a|la)\b|"
    r"(?:abiert|abert)[oa] (?:el|o) (?:horario|turno))\b"
)
_OPEN_THEN = re.compile(
    r"[^.!?\n]*?\b(?:is|are|esta|estan|queda|fica|remains?|sigue|continua)\s(?:(?:still|also|todavia|aun|ainda|tambien|"
    r"tambem)\s)?(?:open|abiert[oa]s?|abert[oa]s?)\b|\s*(?:(?:on )?\w{3,9}day )?(?:(?:still|also) )?"
    r"(?:open\b(?! (?:hours|until|till|from|to)\b)|works\b)"
)
_BUSINESS = re.compile(
    r"\b(?:we|we're|shop|store|tienda|loja|salon|salao|negocio|local|sucursal|nosotros|nos|estamos)\b"
)


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

    def at(self, hour: times.TimeMention, days: Sequence[dates.DateMention]) -> list[Moment]:
        """Moments at this time of day, on one of these days, on any day if none is named; the end of one only if the
        words speak of an end ("10:30 a 11:15")."""
        ends = hour in self.hours and self.edge(hour).role == "end"
        return [
            moment
            for moment in self.ground.moments
            for at in ((moment.at, moment.end) if ends else (moment.at,))
            if at
            and time(at.hour, at.minute) in hour.options
            and (not days or any(day.meets(at.date()) for day in days))
        ]

    def fits(self, moment: Moment, staff: set[str], at: int) -> bool:
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
    def people(self) -> set[str]:
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

    def staff(self, span: Span) -> set[str]:
        """Whom the words near a time name: in its clause, before it in its line, or in a heading above."""
        draft, line = self.draft, self.draft.line(span.start)
        above = self.above(span.start)
        behind = _WITH.match(draft.folded, span.end)
        return (
            self._named(behind[0] if behind else "")
            or self._named(draft.of(draft.clause(span.start)))
            or self._named(draft.folded[line.start : span.start], latest=True)
            or self._named(draft.folded[span.end : line.end])
            or self._named(above if above.rstrip().endswith(":") else "")
        )

    def _named(self, words: str, latest: bool = False) -> set[str]:
        """The staff that words name; only the last one with `latest`."""
        found = {
            match.start(): name
            for person in self.people
            for name in (person, person.split()[0])
            if words
            and (match := re.search(rf".*\b{re.escape(name)}\b" if latest else rf"\b{re.escape(name)}\b", words))
        }
        if latest and len(found) > 1:
            last = max((words.rfind(name), name) for name in found.values())
            return {last[1]}
        return set(found.values())

    def days_of(self, hour: times.TimeMention) -> list[dates.DateMention]:
        """The days a time is said of: named before it in its line, else behind it, else above, else anywhere alone.
        What is said of right now is said of no day above."""
        line = self.draft.line(hour.span.start)
        inside = [day for day in self.days if line.start <= day.span.start < line.end]
        before = [day for day in inside if day.span.start < hour.span.start]
        if before:
            return self._chain(before[::-1])
        if inside:
            clause = self.draft.sentence(hour.span.start)
            return self._chain([day for day in inside if day.span.start < clause.end] or inside)
        if self.running(hour):
            return []
        above = [day for day in self.days if day.span.start < line.start]
        if above:
            return self._chain(above[::-1])
        return list(self.days) if len(self.days) == 1 else []

    def running(self, hour: times.TimeMention) -> bool:
        """Whether the sentence speaks of right now."""
        return bool(_RUNNING.search(self.draft.of(self.draft.sentence(hour.span.start))))

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

    def opening_days(self, days: Sequence[dates.DateMention]) -> set[str]:
        """The weekdays and dates of a chain of days, as hours name them; "lunes a viernes" is all five."""
        found: set[str] = set()
        for day in days:
            found |= {WEEKDAYS[day.weekday]} if day.alone and day.weekday is not None else set(map(str, day.days))
        if len(days) == 2 and all(day.alone for day in days):
            between = self.draft.folded[days[0].span.end : days[1].span.start].split()
            if between and between[0] in ("a", "al", "to", "ate", "hasta", "through", "-"):
                first, last = days[0].weekday or 0, days[1].weekday or 0
                found |= {WEEKDAYS[(first + step) % 7] for step in range((last - first) % 7 + 1)}
        return found

    def above(self, at: int) -> str:
        """The nearest line above that is not a bullet."""
        start = self.draft.line(at).start
        for line in reversed(self.draft.folded[:start].splitlines()):
            if line.strip() and not re.match(r"\s*(?:[•\-–*·▪]|\d+[.)])", line):
                return line
        return ""

    def about_hours(self, at: int) -> bool:
        """Whether the line around a position, or a line that announces it, is about opening hours."""
        line = self.draft.of(self.draft.line(at))
        return self.opening.speaks(line) or any(map(self.opening.speaks, self.headings(at)))

    def vacant(self, hour: times.TimeMention) -> bool:
        """Whether the words say that a time can still be had ("10 am is open"), which opening hours do not show."""
        clause, sentence = self.draft.clause(hour.span.start), self.draft.sentence(hour.span.start)
        if self.edge(hour).partner:
            return False
        before = [day.span.start for day in self.days if sentence.start <= day.span.start < hour.span.start]
        start = self.draft.clause(before[-1]).start if before else clause.start  # "Monday, December 7 at 15:00"
        if _VACANT.search(self.draft.folded[start : clause.end]):
            return True
        behind = _OPEN_THEN.match(self.draft.folded, hour.span.end, clause.end)
        return behind is not None and not _BUSINESS.search(behind[0])

    def said_of(self, span: Span) -> str:
        """The clause of a day, and what follows its colon ("domingo: cerrado")."""
        clause = self.draft.clause(span.start)
        colon = self.draft.of(clause).rstrip().endswith(":")
        end = self.draft.clause(clause.end).end if colon and clause.end < len(self.draft.folded) else clause.end
        return self.draft.folded[clause.start : end]

    def headings(self, at: int) -> list[str]:
        """The lines above that announce what follows."""
        above = self.draft.folded[: self.draft.line(at).start].splitlines()
        return [line for line in above if line.rstrip().endswith(":")] or [self.above(at)]

    @cached_property
    def searches(self) -> list[tuple[Evidence, date, date]]:
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
    def said_days(self) -> list[tuple[dates.DateMention, date]]:
        found = []
        for words in self.ground.customer:
            at = words.at.astimezone(self.ground.zone).date()
            found += [(day, at) for day in dates.find(Draft(words.text), at)]
        return found

    @cached_property
    def vouched_days(self) -> list[tuple[list[tuple[dates.DateMention, bool]], str, str | None]]:
        """The days that facts and the playbook name, and whether they say that it is closed."""
        found = []
        for text, support, item in self.ground.texts:
            if support != "evidence":
                words = Draft(text)
                days = dates.find(words, self.ground.now.date())
                shut = [(day, self.opening.says_closed(words.of(words.sentence(day.span.start)))) for day in days]
                found.append((shut, support, item))
        return found

    @cached_property
    def said_times(self) -> set[time]:
        found = {
            one
            for words in self.ground.customer
            for mention in times.find_times(Draft(words.text))
            for one in mention.options
        }
        bare = re.findall(r"(?<![\d:.,])([01]?\d|2[0-3])(?![\d:.,])", self.ground.said)
        return found | {time(int(one)) for one in bare} | {time((int(one) + 12) % 24) for one in bare if int(one) < 12}

    def said(self, hour: times.TimeMention) -> bool:
        return bool(hour.options & self.said_times)

    def _elsewhere(self, hour: times.TimeMention) -> bool:
        return bool(self.at(hour, [])) or self.said(hour)

    def pair(self, hour: times.TimeMention, days: Sequence[dates.DateMention]) -> str:
        named = ", ".join(self.draft.quote(*day.span) for day in days)
        return f"{named}, {self.draft.quote(*hour.span)}" if named else self.draft.quote(*hour.span)

    def known(self) -> str:
        slots = [one for one in self.ground.moments if one.state in ("free", "held", "booked")]
        listed = "; ".join(
            f"{one.at:%A %-d %B %H:%M}{f' {one.staff.title()}' if one.staff else ''} ({one.state})" for one in slots[:6]
        )
        return f" (known: {listed})" if listed else ""

    def edge(self, hour: times.TimeMention) -> Edge:
        """What a time says of opening hours: whether it is their begin or end, and the other end of a range."""
        index = self.hours.index(hour)
        before = self.draft.folded[self.draft.line(hour.span.start).start : hour.span.start]
        around = self.ground.now.time() if self.running(hour) else None
        pause = bool(_PAUSE.search(self.draft.of(self.draft.clause(hour.span.start))))
        if index + 1 < len(self.hours) and self._ranges(hour, self.hours[index + 1]):
            return Edge(hour.options, "start", self.hours[index + 1].options, pause, around)
        if index and self._ranges(self.hours[index - 1], hour):
            return Edge(hour.options, "end", self.hours[index - 1].options, pause, around)
        role = "end" if _ENDING.search(before) else "start" if _STARTING.search(before) else ""
        return Edge(hour.options, role, around=around if role == "end" else None)

    def _ranges(self, left: times.TimeMention, right: times.TimeMention) -> bool:
        return bool(_RANGE.fullmatch(self.draft.folded[left.span.end : right.span.start]))

    def stance(self, at: int) -> str:
        """The part of a sentence that speaks with one voice: "no tengo a las 10, pero sí a las 11" has two."""
        sentence = self.draft.sentence(at)
        words, start = self.draft.of(sentence), sentence.start
        borders = [0, *(match.start() for match in _TURNS.finditer(words)), len(words)]
        return next(words[left:right] for left, right in pairwise(borders) if left <= at - start < right)
