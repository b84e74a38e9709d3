"""Durations: how long a service takes, how long something holds, what the business promises."""

import re
from collections.abc import Iterator
from decimal import Decimal

from graphs.claims import times
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground, ref
from graphs.claims.names import Subjects, refs_of
from graphs.claims.text import Draft, Span
from graphs.evidence import Evidence, EvidenceKind

_TAKES = re.compile(r"\b(?:dur\w+|tarda\w*|demora\w*|leva|levam|takes?|lasts?|toma|tiempo|tempo)\b[^.!?\n]{0,25}$")
_CLOCK_LIKE = re.compile(r"(?<![\d:.,])(?P<h>\d{1,2})\s?h\s?(?P<m>\d{2})?\b(?:min)?")


def as_durations(draft: Draft, subjects: Subjects, ground: Ground) -> list[times.DurationMention]:
    """The durations of a draft, taken out of it; to be read before times, since "dura 1h30" is not half past one."""
    found = []
    for match in _CLOCK_LIKE.finditer(draft.text):
        minutes = Decimal(int(match["h"]) * 60 + int(match["m"] or 0))
        mention = times.DurationMention(Span(*match.span()), (minutes,))
        in_a_list = match.start() > 0 and draft.folded[match.start() - 1] == "(" and minutes <= 480
        if _TAKES.search(draft.folded[: match.start()]) or (in_a_list and _service(minutes, mention, subjects, ground)):
            found.append(mention)
            draft.take(*match.span())
    return found


def judge(draft: Draft, subjects: Subjects, ground: Ground, early: list[times.DurationMention]) -> Iterator[Finding]:
    """Every duration of a draft."""
    for mention in (*early, *times.find_durations(draft)):
        place = Place(draft, *mention.span)
        value: dict[str, object] = {"minutes": [str(one) for one in mention.minutes]}
        supports = [_support(minutes, mention, subjects, ground) for minutes in mention.minutes]
        if supports[0] is not None and None not in supports:
            yield backed(place, "duration", value, *supports[0])
        else:
            yield unbacked(
                place,
                "duration",
                value,
                (
                    f'Nothing supports "{place.quote}": no service, hold or fact has that length. Correct it or '
                    f"leave it out."
                ),
            )


def _support(
    minutes: Decimal, mention: times.DurationMention, subjects: Subjects, ground: Ground
) -> tuple[Evidence | str, str | None] | None:
    item = _service(minutes, mention, subjects, ground) or _validity(minutes, ground)
    return (item, None) if item is not None else _words(minutes, ground)


def _service(minutes: Decimal, mention: times.DurationMention, subjects: Subjects, ground: Ground) -> Evidence | None:
    """A service of that length; the one named nearest, if one with a length is named."""
    clause, line = subjects.draft.clause(mention.span.start), subjects.draft.line(mention.span.start)
    takes = _TAKES.search(subjects.draft.folded[clause.start : mention.span.start])
    if not takes and not any(one.refs for one in subjects.within(line)):
        return None
    known = {ref(item.subject): item for item in ground.of(EvidenceKind.SERVICE) if item.value.get("duration_minutes")}
    named = refs_of(subjects.nearest(mention.span) or subjects.asked) & set(known)
    for key, item in known.items():
        if item.value["duration_minutes"] == minutes and (not named or key in named):
            return item
    lengths = ((one.item, one.end - one.at) for one in ground.moments if one.end)
    return next((item for item, length in lengths if length.total_seconds() == minutes * 60), None)


def _validity(minutes: Decimal, ground: Ground) -> Evidence | None:
    """Something that was minted to live that long, or has that much left; spoken figures are rounded."""
    slack = max(Decimal(3), minutes / 20)
    for item in ground.of(
        EvidenceKind.SLOT, EvidenceKind.QUOTE, EvidenceKind.LINK, EvidenceKind.PAYMENT, EvidenceKind.DONE
    ):
        if item.expires_at is not None:
            left = Decimal((item.expires_at - ground.now).total_seconds() / 60)
            if abs(left - minutes) <= slack:
                return item
    for moment in ground.moments:
        if (
            moment.state in ("known", "expiry")
            and abs(Decimal((moment.at - ground.now).total_seconds() / 60) - minutes) <= slack
        ):
            return moment.item
    return None


def _words(minutes: Decimal, ground: Ground) -> tuple[str, str | None] | None:
    for text, support, item in ground.texts:
        if any(minutes in one.minutes for one in times.find_durations(Draft(text))):
            return support, item
    if any(minutes in one.minutes for one in times.find_durations(Draft(ground.said))):
        return "customer", None
    return None
