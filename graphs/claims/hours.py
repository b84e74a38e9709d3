"""Statements about opening hours: "abrimos de lunes a viernes de 9:00 a 18:00", "fechado aos domingos"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from graphs.changed_days import WEEKDAYS
from graphs.claims.ground import Ground
from graphs.claims.text import fold, negated
from graphs.evidence import Evidence, EvidenceKind

_SPEAKS = re.compile(
    r"\b(?:abr(?:e|en|imos|iremos|em|ir|irá|ira)|abiert[oa]s?|cerr\w+|cierr\w+|horarios? (?:de|do|da)|horario:|"
    r"atendemos|atiend\w+|atencion|atendimento|trabaj\w+|trabalh\w+|open\w*|clos\w+|hours|working|works|"
    r"abert[oa]s?|"
    r"fecha\w*|funciona\w*|expediente|atende\w*|laboramos|nuestro horario|nosso horario|semana|"
    r"(?:estamos|estaremos|we're here|we are here|ficamos) (?:hasta|ate|until|till|de|from|das))\b|"
    r"^\W*(?:horarios?|horas|hours)\b"
)
_OPEN = re.compile(r"\b(?:abrimos|abiert[oa]s?|abert[oa]s?|open)\b")
_UNTIL = r"(?! (?:(?:hoy|hoje|today) )?(?:a|as|ate|hasta|at|until)\b)"
_CLOSED = re.compile(
    rf"\b(?:cerrad[oa]s?|cerramos{_UNTIL}|cierra{_UNTIL}|fechad[oa]s?|fechamos{_UNTIL}|fecha{_UNTIL}|closed)\b"
)


@dataclass(frozen=True)
class Edge:
    """A time said of opening hours."""

    options: frozenset[time]
    role: str = ""
    """start, end, or empty for either."""
    partner: frozenset[time] = frozenset()
    """The other end of a range ("de 9:00 a 14:00"), if one is said."""
    pause: bool = False
    """The words are about a break between two stretches."""
    around: time | None = None
    """Set when the words are about the hours running now."""

    def fits(self, span: Sequence[str]) -> bool:
        """Whether one stretch of hours, `["09:00", "14:00"]`, begins or ends so."""
        start, end = span
        if self.around is not None and not start <= f"{self.around:%H:%M}" < end:
            return False
        own, other = _written(self.options), _written(self.partner)
        if self.role == "start":
            return start in own and (not other or end in other)
        if self.role == "end":
            return end in own and (not other or start in other)
        return start in own or end in own


def _on(item: Evidence, day: str) -> Sequence[Sequence[str]]:
    """The hours of a weekday, or of a date, which may have its own."""
    if day not in item.value and day not in WEEKDAYS:
        day = WEEKDAYS[date.fromisoformat(day).weekday()]
    return item.value.get(day) or []


def _stretches(spans: Sequence[Sequence[str]], pauses: bool) -> list[Sequence[str]]:
    """Stretches of a day, or the breaks between them."""
    return [(left[1], right[0]) for left, right in pairwise(spans)] if pauses else list(spans)


def _written(options: frozenset[time]) -> set[str]:
    return {f"{one:%H:%M}" for one in options} | ({"24:00", "23:59"} if time(0) in options else set())


class OpeningHours:
    """The hours known of the business and its staff. Days are weekdays ("mon") or dates ("2026-12-25")."""

    def __init__(self, ground: Ground) -> None:
        self._items = ground.of(EvidenceKind.HOURS)
        self.known: Evidence | None = next(iter(self._items), None)

    @staticmethod
    def speaks(words: str) -> bool:
        """Whether folded words are about opening hours."""
        return bool(_SPEAKS.search(words))

    @staticmethod
    def says_closed(words: str) -> bool:
        """Whether folded words say that it is closed."""
        return bool(_CLOSED.search(words)) or negated(words)

    def contradicts(self, words: str) -> bool:
        """Whether words say plainly that it is open or closed; to be asked when the hours do not back them."""
        return self.known is not None and bool(_CLOSED.search(words) or _OPEN.search(words))

    def backs_times(self, said: "Edge", days: set[str], staff: set[str]) -> Evidence | None:
        """Hours that open or close as said on each of the days; on any weekday if none is named."""
        for item in self._of(staff):
            fits = (any(map(said.fits, _stretches(_on(item, day), said.pause))) for day in days or WEEKDAYS)
            if all(fits) if days else any(fits):
                return item
        return None

    def backs_days(self, days: set[str], closed: bool, staff: set[str] | None) -> Evidence | None:
        """Hours that are empty, or not, on each of the days."""
        return next(
            (item for item in self._of(staff or set()) if all(bool(_on(item, day)) is not closed for day in days)),
            None,
        )

    def open_at(self, options: Iterable[time], days: set[str]) -> bool:
        """Whether the business is open at one of the times on one of the days."""
        wanted = {f"{one:%H:%M}" for one in options}
        spans = [span for item in self._of(set()) for day in days for span in _on(item, day)]
        return any(opens <= one and (one < closes or closes <= opens) for opens, closes in spans for one in wanted)

    def _of(self, staff: set[str]) -> list[Evidence]:
        if staff:
            own = [
                item
                for item in self._items
                if item.subject.type == "staff" and staff & {fold(item.subject.name), *fold(item.subject.name).split()}
            ]
            if own:
                return own
        return [item for item in self._items if item.subject.type != "staff"] or self._items
