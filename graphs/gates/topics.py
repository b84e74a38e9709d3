"""What a business does not speak of, and the words that stay inside the house."""

import re
from collections.abc import Iterator

from graphs.claims.text import Draft, Span, fold, negated
from graphs.gates.case import Case
from graphs.gates.words import Hit, phrases_of

_DECLINES = re.compile(
    r"\b(?:habl\w+|opin\w+|ayud\w+|asesor\w+|coment\w+|orient\w+|discut\w+|trat\w+|respond\w+|conversa\w+|"
    r"dar(?:te|le)?|doy|damos|vend\w+|ofrec\w+|oferec\w+|manej\w+|fala\w*|falo|ajud\w+|dou|trabalh\w+|opine?|"
    r"talk\w*|discuss\w*|comment\w*|help\w*|advis\w+|advice|answer\w*|speak\w*|give|offer\w*|sell\w*|weigh)\b"
)
_ABOUT = re.compile(
    r"\W*(?:sobre|de|del|acerca|en cuanto|en temas?|respecto|quanto|em|about|on|as for|regarding|when it comes)\b"
)


def forbidden(case: Case) -> Iterator[str]:
    """Each topic that the draft touches, once. To decline is no fault, nor are the words to say instead."""
    topics = case.policy.forbidden_topics
    if not topics:
        return
    draft = case.draft
    spared = [span for topic in topics for span in _places(topic.say, draft)]
    told: set[int] = set()
    for hit in phrases_of(tuple(topic.words for topic in topics)).find(draft.folded):
        if hit.owner in told or _inside(hit.span, spared) or _declined(hit, draft):
            continue
        told.add(hit.owner)
        topic, quote = topics[hit.owner], draft.quote(*hit.span)
        instead = f'Say instead: "{topic.say}"' if topic.say else "Say that you cannot speak of it here, and go on."
        yield f'"{quote}" belongs to "{topic.topic}", which this business does not speak of. {instead}'


def internal(case: Case) -> Iterator[str]:
    """A word that customers must not read."""
    words = case.policy.internal_words
    if words and (hit := next(phrases_of((words,)).find(case.draft.folded), None)):
        quote = case.draft.quote(*hit.span)
        yield f'"{quote}" is a word of the house that customers must not read. Say it without it.'


def _places(words: str, draft: Draft) -> Iterator[Span]:
    folded = fold(words).strip()
    at = draft.folded.find(folded) if folded else -1
    if at >= 0:
        yield Span(at, at + len(folded))


def _inside(span: Span, others: list[Span]) -> bool:
    return any(one.start <= span.start and span.end <= one.end for one in others)


def _declined(hit: Hit, draft: Draft) -> bool:
    """ "No puedo hablar de política", "sobre política, no opino"."""
    clause = draft.clause(hit.span.start)
    words = draft.of(clause)
    if negated(words) and _DECLINES.search(words):
        return True
    if clause.end >= len(draft.folded) or not _ABOUT.match(words):
        return False
    following = draft.of(draft.clause(clause.end))
    return negated(following) and bool(_DECLINES.search(following))
