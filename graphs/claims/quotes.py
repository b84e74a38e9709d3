"""Sentences of the business quoted word for word: a product's description, a fact. They are read as one claim each."""

import re
from collections.abc import Iterator

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground, ref
from graphs.claims.names import Subjects, refs_of
from graphs.claims.text import Draft, Span, fold
from graphs.evidence import EvidenceKind

_SENTENCE = re.compile(r"[^.!?;\n]+(?:[.,]\d[^.!?;\n]*)*")
_ARTICLE = re.compile(r"\b(?:el|la|los|las|o|a|os|as|the)\s\Z|[•\-\n]\s*\Z|\A\s*\Z")
_SHORTEST = 12
"""Characters; less may be said by chance."""


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Every quoted sentence that holds a figure; all are taken out of the draft, and words in them name nothing. A
    description counts under the name of its own product or service only."""
    own = list(_below_their_names(draft, subjects, ground))
    subjects.mentions = [
        one
        for one in subjects.mentions
        if one.exact or not any(span.start <= one.start and one.end <= span.end for span in own)
    ]
    found: dict[Span, list[tuple[str | None, str, str | None]]] = {}
    for text, owner, support, item in _texts(ground):
        for match in _SENTENCE.finditer(text):
            sentence = match[0].strip(" ,:-")
            if len(sentence) >= _SHORTEST and any(char.isdigit() for char in sentence):
                start = draft.folded.find(sentence)
                if start >= 0:
                    found.setdefault(Span(start, start + len(sentence)), []).append((owner, support, item))
    for span in found:
        subjects.mentions = [one for one in subjects.mentions if one.end <= span.start or one.start >= span.end]
    for span, owners in found.items():
        place = Place(draft, *span)
        named = refs_of(subjects.nearest(span) or ())
        fits = next((one for one in owners if one[0] is None or not named or one[0] in named), None)
        draft.take(*span)
        if fits is not None:
            yield backed(place, "text", {"text": place.quote}, fits[1], fits[2])
        else:
            fault = (
                f'"{place.quote}" describes something else than what the draft says it of. Correct it or leave it out.'
            )
            yield unbacked(place, "text", {"text": place.quote}, fault)


def forget_described(draft: Draft, subjects: Subjects, ground: Ground) -> None:
    """Words of a product's own description name no other product: "trae luz trasera" of a helmet that has one."""
    descriptions = {owner: text for text, owner, _, _ in _texts(ground) if owner}
    kept = []
    for one in subjects.mentions:
        words = draft.folded[one.start : one.end]
        line = draft.line(one.start)
        owners = refs_of(other for other in subjects.within(Span(line.start, one.start)) if other is not one)
        own = not one.exact and not _ARTICLE.search(draft.folded[max(0, one.start - 6) : one.start])
        if not own or not any(words in descriptions.get(owner, "") for owner in owners - one.refs):
            kept.append(one)
    subjects.mentions = kept


def _below_their_names(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Span]:
    """Sentences of a description, word for word, in the line of its product's name or the one below."""
    for text, owner, _, _ in _texts(ground):
        if owner is None:
            continue
        for match in _SENTENCE.finditer(text):
            sentence = match[0].strip(" ,:-")
            start = draft.folded.find(sentence) if len(sentence) >= _SHORTEST else -1
            if start < 0:
                continue
            above = draft.folded.rfind("\n", 0, max(draft.line(start).start - 1, 0)) + 1
            if owner in refs_of(subjects.within(Span(above, start))):
                yield Span(start, start + len(sentence))


def _texts(ground: Ground) -> Iterator[tuple[str, str | None, str, str | None]]:
    """(folded text, whose description it is, support, evidence id)."""
    for item in ground.of(EvidenceKind.PRODUCT, EvidenceKind.SERVICE):
        if description := item.value.get("description"):
            yield fold(str(description)), ref(item.subject), "evidence", item.id
    for text, support, fact in ground.texts:
        if support == "fact":
            yield text.split(": ", 1)[-1], None, support, fact
