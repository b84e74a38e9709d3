"""Stock: "quedan 3", "só temos 2", "in stock", "agotado", said of a product or a variant."""

import re
from collections.abc import Iterator, Sequence

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground, ref
from graphs.claims.names import Subjects, refs_of
from graphs.claims.numbers import small
from graphs.claims.options import contradicts_options, names_an_option, siblings_named, variant_options
from graphs.claims.stock_phrases import (
    CONDITION,
    COUNT_BEFORE,
    COUNTED,
    FEW,
    HAVE,
    HAVE_NOT,
    LAST_ONE,
    MANY,
    NONE_LEFT,
    OPTION_AHEAD,
    SLOT_WORDS,
    SOME,
)
from graphs.claims.text import TAKEN, Draft, Span, fold, negated
from graphs.evidence import Evidence, EvidenceKind


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Every stock statement; counted ones are taken out of the draft."""
    for pattern in COUNTED:
        for match in pattern.finditer(draft.text):
            span = Span(match.start("n"), match.end("n"))
            place, count = Place(draft, *match.span()), small(match["n"])
            items = _about(span, draft, subjects, ground)
            if (
                items is None
                and not ground.of(EvidenceKind.STOCK)
                and SLOT_WORDS.search(draft.of(draft.sentence(span.start)))
            ):
                continue
            draft.take(*span)
            more = bool(match.groupdict().get("more"))
            fits = [
                item
                for item in items or ()
                if (item.value["quantity"] > count if more else item.value["quantity"] == count)
            ]
            yield _verdict(place, {"quantity": count}, fits, items)
    yield from _estimated(draft, subjects, ground)
    yield from _worded(draft, subjects, ground)


def _estimated(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """ "It's the last one", "dozens of them", "una docena"."""
    for match in LAST_ONE.finditer(draft.text):
        if not draft.asks(match.start()):
            items = _about(Span(*match.span()), draft, subjects, ground)
            fits = [item for item in items or () if item.value["quantity"] == 1]
            yield _verdict(Place(draft, *match.span()), {"quantity": 1}, fits, items)
    for match in MANY.finditer(draft.text):
        least = 12 if match["dozen"] else 24 if match["many"][0] == "d" else 200
        items = _about(Span(*match.span()), draft, subjects, ground)
        fits = [item for item in items or () if item.value["quantity"] >= least]
        if items:
            yield _verdict(Place(draft, *match.span()), {"at_least": least}, fits, items)


def _worded(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    for pattern, wanted in ((NONE_LEFT, "none"), (HAVE_NOT, "none"), (FEW, "few"), (SOME, "some"), (HAVE, "some")):
        for match in pattern.finditer(draft.text):
            span = Span(*match.span())
            clause, sentence = draft.of(draft.clause(span.start)), draft.of(draft.sentence(span.start))
            before = draft.folded[draft.clause(span.start).start : span.start]
            if SLOT_WORDS.search(sentence) or (
                COUNT_BEFORE.search(draft.folded[: span.start])
                and TAKEN in draft.text[max(0, span.start - 2) : span.start]
            ):
                continue
            if draft.asks(span.start) and "," not in sentence[: span.start - draft.sentence(span.start).start + 1]:
                continue
            if CONDITION.search(draft.raw[draft.clause(span.start).start : span.start]):
                continue
            items = _about(span, draft, subjects, ground)
            if items is None and wanted == "some":
                continue
            if pattern is HAVE_NOT and _of_an_option(span, draft, subjects, ground):
                continue
            if pattern is HAVE and (
                not items
                or NONE_LEFT.search(sentence)
                or not subjects.within(Span(span.end, span.end + 1))
                or negated(before)
                or any(item.value.get("available") for item in items or ())
            ):
                continue
            empty = (wanted == "none") is not (
                negated(before)
                if wanted != "none"
                else pattern is NONE_LEFT and bool(re.search(r"\b(?:no|nao|not) (?:esta|estan|es|is|are)\b", clause))
            )
            if wanted == "few":
                fits = [item for item in items or () if 0 < item.value["quantity"] <= 5]
            elif empty:
                fits = [item for item in items or () if not item.value.get("available")]
            else:
                fits = [item for item in items or () if item.value.get("available")]
            yield _verdict(Place(draft, *span), {"level": "none" if empty else wanted}, fits, items)


def _of_an_option(span: Span, draft: Draft, subjects: Subjects, ground: Ground) -> bool:
    """Whether "no hay X en talla 9" speaks of an option that nothing known has."""
    clause = draft.clause(span.start)
    named = subjects.within(Span(span.end, span.end + 1))
    rest = draft.folded[named[0].end if named else span.end : clause.end]
    values = {value for options in variant_options(ground).values() for value in options.values()}
    return bool(OPTION_AHEAD.search(rest)) and not any(fold(value) in rest for value in values)


def _about(span: Span, draft: Draft, subjects: Subjects, ground: Ground) -> Sequence[Evidence] | None:
    """Stock evidence of what is named nearest; None if nothing is named and none is known."""
    known = ground.of(EvidenceKind.STOCK)
    if subjects.asked and not subjects.within(Span(0, draft.sentence(span.start).end)):
        refs = refs_of(subjects.asked)  # "Ese se agotó. Me queda el Balón": the first is what was asked about
        refs |= siblings_named(refs, draft, span, ground)
        told = names_an_option(draft, span, ground)
        meant = [item for item in known if ref(item.subject) in refs]
        return [item for item in meant if not told or not contradicts_options(item, draft, span, ground)] or None
    named = subjects.nearest(span) or subjects.asked
    if named:
        refs = refs_of(named)
        if not refs:
            return [item for item in known if not contradicts_options(item, draft, span, ground)] or None
        refs |= siblings_named(refs, draft, span, ground)
        return [
            item for item in known if ref(item.subject) in refs and not contradicts_options(item, draft, span, ground)
        ]
    return [item for item in known if not contradicts_options(item, draft, span, ground)] or None


def _verdict(
    place: Place, value: dict[str, object], fits: Sequence[Evidence], items: Sequence[Evidence] | None
) -> Finding:
    if fits:
        return backed(place, "stock", value, fits[0])
    known = sorted({f"{item.subject.name}: {item.value.get('quantity')}" for item in items or ()})[:5]
    told = f"tool results say {'; '.join(known)}" if known else "no tool result shows stock for it"
    return unbacked(place, "stock", value, f'The draft says "{place.quote}"; {told}. Correct it or leave it out.')
