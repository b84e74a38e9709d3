"""Statements about opening hours: "abrimos de lunes a viernes de 9:00 a 18:00", "fechado aos domingos"."""

import re
from collections.abc import Iterable
from datetime import time

from graphs.claims.ground import Ground
from graphs.claims.text import fold, negated
from graphs.evidence import Evidence, EvidenceKind

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPEAKS = re.compile(
    r"\b(?:abr(?:e|en|imos|iremos|em|ir|irá|ira)|abiert[oa]s?|cerr\w+|cierr\w+|horarios? (?:de|do|da)|horario:|"
    r"atendemos|atiend\w+|atencion|atendimento|trabaj\w+|trabalh\w+|open\w*|clos\w+|hours|working|works|"
    r"abert[oa]s?|"
    r"fecha\w*|funciona\w*|expediente|atende\w*|laboramos|nuestro horario|nosso horario|semana)\b"
)
_OPEN = re.compile(r"\b(?:abrimos|abiert[oa]s?|abert[oa]s?|open)\b")
_CLOSED = re.compile(r"\b(?:cerrad[oa]s?|cerramos|fechad[oa]s?|fechamos|closed)\b")


class OpeningHours:
    """The hours known of the business and its staff."""

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

    def backs_times(self, options: Iterable[time], weekdays: set[int], staff: set[str]) -> Evidence | None:
        """Hours that begin or end at one of the times on each of the weekdays; on any day if none is named."""
        wanted = {f"{one:%H:%M}" for one in options} | ({"24:00"} if time(0) in set(options) else set())
        for item in self._of(staff):
            edges = {
                number: {edge for span in item.value.get(day) or [] for edge in span}
                for number, day in enumerate(_DAYS)
            }
            if (
                all(edges[day] & wanted for day in weekdays)
                if weekdays
                else any(found & wanted for found in edges.values())
            ):
                return item
        return None

    def backs_days(self, weekdays: set[int], closed: bool, staff: set[str] | None) -> Evidence | None:
        """Hours that are empty, or not, on each of the weekdays."""
        return next(
            (
                item
                for item in self._of(staff or set())
                if all(bool(item.value.get(_DAYS[day])) is not closed for day in weekdays)
            ),
            None,
        )

    def open_at(self, options: Iterable[time], weekdays: set[int]) -> bool:
        """Whether the business is open at one of the times on one of the weekdays."""
        wanted = {f"{one:%H:%M}" for one in options}
        spans = [span for item in self._of(set()) for day in weekdays for span in item.value.get(_DAYS[day]) or []]
        return any(span[0] <= one < span[1] for span in spans for one in wanted)

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
