"""Durations: how long a service takes, how long something holds, what the business promises."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from graphs.claims import times
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground, ref
from graphs.claims.names import Subjects, refs_of
from graphs.claims.text import Draft, Span
from graphs.evidence import Evidence, EvidenceKind

_TAKES = re.compile(r"\b(?:dur\w+|tarda\w*|demora\w*|leva|levam|takes?|lasts?|toma|tiempo|tempo)\b[^.!?\n]{0,25}$")
_AT_LEAST = re.compile(r"\b(?:desde|a partir de|from|at least|minimo|al menos|pelo menos|as little as)\s*\Z")
_TELLING = re.compile(r"[a-z]{4,}")
_SMALL = frozenset(
    (
        "dias", "days", "hora", "hour", "minu", "mese", "mont", "sema", "week", "anos", "year", "tien", "tene", "with",
        "from", "that", "this", "your", "have", "come", "para", "desd", "hast", "como", "pued", "pode", "esta", "cada",
    )
)  # fmt: skip
"""Beginnings of words that tell no topic."""
_CLOCK_LIKE = re.compile(r"(?<![\d:.,])(?P<h>\d{1,2})\s?h\s?(?P<m>\d{2})?\b(?:min)?")


def as_durations(draft: Draft, subjects: Subjects, ground: Ground) -> list[times.DurationMention]:
    """The durations of a draft, taken out of it; to be read before times, since "dura 1h30" is not half past one."""
    found = []
    for match in _CLOCK_LIKE.finditer(draft.text):
        minutes = Decimal(int(match["h"]) * 60 + int(match["m"] or 0))
        mention = times.DurationMention(Span(*match.span()), (minutes,))
        in_a_list = match.start() > 0 and draft.folded[match.start() - 1] == "(" and minutes <= 480
        if _TAKES.search(draft.folded[: match.start()]) or (
            in_a_list and _service(minutes, mention, True, subjects, ground)
        ):
            found.append(mention)
            draft.take(*match.span())
    return found


def judge(draft: Draft, subjects: Subjects, ground: Ground, early: list[times.DurationMention]) -> Iterator[Finding]:
    """Every duration of a draft."""
    for mention in (*early, *times.find_durations(draft)):
        place = Place(draft, *mention.span)
        value: dict[str, object] = {"minutes": [str(one) for one in mention.minutes]}
        support = _support(mention, subjects, ground)
        if support is not None:
            yield backed(place, "duration", value, *support)
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
    mention: times.DurationMention, subjects: Subjects, ground: Ground
) -> tuple[Evidence | str, str | None] | None:
    draft = subjects.draft
    clause = draft.clause(mention.span.start)
    takes = bool(_TAKES.search(draft.folded[clause.start : mention.span.start]))
    items = [_service(one, mention, takes, subjects, ground) for one in mention.minutes]
    if takes and items[0] is None and _lasts(mention, subjects, ground):
        return None
    items = [item or _validity(one, ground) for item, one in zip(items, mention.minutes, strict=True)]
    if items[0] is not None and None not in items:
        return items[0], None
    return _words(mention, draft, ground)


def _lasts(mention: times.DurationMention, subjects: Subjects, ground: Ground) -> set[str]:
    """The services named nearest whose length is known."""
    known = {ref(item.subject) for item in ground.of(EvidenceKind.SERVICE) if item.value.get("duration_minutes")}
    return refs_of(subjects.nearest(mention.span) or subjects.asked) & known


def _service(
    minutes: Decimal, mention: times.DurationMention, takes: bool, subjects: Subjects, ground: Ground
) -> Evidence | None:
    """A service of that length; the one named nearest, if one with a length is named."""
    line = subjects.draft.line(mention.span.start)
    known = {ref(item.subject): item for item in ground.of(EvidenceKind.SERVICE) if item.value.get("duration_minutes")}
    if not takes and len(known) != 1 and not any(one.refs for one in subjects.within(line)):
        return None
    named = _lasts(mention, subjects, ground)
    for key, item in known.items():
        if item.value["duration_minutes"] == minutes and (not named or key in named):
            return item
    lengths = ((one.item, one.end - one.at) for one in ground.moments if one.end and not named)
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


def _words(mention: times.DurationMention, draft: Draft, ground: Ground) -> tuple[str, str | None] | None:
    """A sentence of the business with that length, or that range; if some speak of the same thing, one of these."""
    told = [(stems, lengths, support, item) for stems, lengths, support, item in _sentences(ground) if lengths]
    for span in (draft.clause(mention.span.start), draft.sentence(mention.span.start)):
        about = _stems(draft.of(span))
        if on_topic := [one for one in told if one[0] & about]:
            told = on_topic
            break
    for _, lengths, support, item in told:
        if any(_says(mention.minutes, length, draft, mention.span) for length in lengths):
            return support, item
    if any(mention.minutes == length for length in lengths_in(ground.said)):
        return "customer", None
    return None


def _says(minutes: tuple[Decimal, ...], told: tuple[Decimal, ...], draft: Draft, span: Span) -> bool:
    """Whether a length says what was told; of a range the longest alone, or the shortest as "from"."""
    if minutes == told or minutes == told[-1:]:
        return True
    return minutes == told[:1] and bool(_AT_LEAST.search(draft.folded[: span.start]))


def _sentences(ground: Ground) -> Iterator[tuple[frozenset[str], tuple[tuple[Decimal, ...], ...], str, str | None]]:
    for text, support, item in ground.texts:
        for sentence in re.split(r"[.;\n](?!\d)", text):
            yield _stems(sentence), lengths_in(sentence), support, item


@lru_cache(maxsize=4096)
def lengths_in(text: str) -> tuple[tuple[Decimal, ...], ...]:
    """The durations of a folded text, in minutes; both ends of a range."""
    return tuple(one.minutes for one in times.find_durations(Draft(text)))


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:4] for word in _TELLING.findall(text)) - _SMALL
