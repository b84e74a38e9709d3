"""Whatever figure no other reader has explained: the default is no.

It may stand if the customer said it, if it is the quantity of a line, if the texts of the very product or service that
is named have it ("manguera de 20 cm"), or if a fact of the business that speaks of the same thing does.
"""

import re
from collections.abc import Iterator

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import KNOWLEDGE, Ground, ref, strings
from graphs.claims.names import Mention, Subjects, refs_of
from graphs.claims.numbers import WORDS
from graphs.claims.options import contradicts_options, siblings_named
from graphs.claims.text import Draft, Span, fold
from graphs.evidence import Evidence, EvidenceKind

_FIGURE = re.compile(r"\d+(?:[.,:/]\d+)*")
_TIMES = re.compile(
    r"\s?(?:x|×|u\.?|uds?\.?|pzas?\.?|piezas?|pecas?|unidad(?:es)?|unidades?|units?|pares?)?\s*(?:de )?[\s(]*(?=\x01)"
)
_PIECES = re.compile(r"\s?(?:piezas?|pecas?|unidad(?:es)?|unidades?|pzas?|units?|pieces?|pares?|pairs?)\b")
_PACKS = re.compile(r"\s(?:pacotes?|paquetes?|packs?|packages?|bolsas?|sacos?|bags?|frascos?|bottles?)\b")
_STOCKY = re.compile(
    r"\b(?:qued[ao]n?|restam?|stock|estoque|existencias?|inventario|disponib\w+|disponive\w+|left|available)\b"
)
_HAVING = re.compile(
    r"\b(?:tenemos|temos|hay|ha|contamos con|contamos com|we have|there are|we stock)\s(?:(?:solo|so|apenas|only) )?$"
)
_NEAR = 12
_SIZED = re.compile(r"\b(?:talla|tamano|tamanho|size|numero|calce)\s*$")
_BRACKETS = re.compile(r"\(\d+\)")
_WORD_BEFORE = re.compile(r"[a-z]+$")
_WORD_BEHIND = re.compile(r"[a-z][a-z0-9]*")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_CONTENT = re.compile(r"[a-z]{4}")
_PRICE_WORDS = frozenset(("cues", "cust", "cost", "prec", "pric", "vale", "valo"))
_FEW = 12
_ALWAYS = re.compile(r"\s?(?:/7|x7|%)")


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """The figures that are left; to be read after all others."""
    said = set(_NUMBERS.findall(ground.said)) | {
        str(WORDS[word]) for word in re.findall(r"[a-z]+", ground.said) if word in WORDS
    }
    for match in _FIGURE.finditer(draft.text):
        figure, span = match[0], Span(*match.span())
        place, value = Place(draft, *span), {"figure": match[0]}
        if _in_a_name(draft, span, subjects, ground):
            continue
        lines = _lines(draft, span, subjects, ground)
        if lines:
            if int(figure) in lines:
                yield backed(place, "count", {**value}, lines[int(figure)])
            else:
                told = ", ".join(map(str, lines))
                yield unbacked(
                    place, "count", {**value}, f"The draft says {figure} pieces; the tool says {told}. Correct it."
                )
        elif (pieces := _in_stock(figure, draft, span, subjects, ground)) is not None:
            yield backed(place, "stock", {**value}, pieces)
        elif _PACKS.match(draft.folded, span.end) and (bought := _bought(ground)):
            if figure in bought:
                yield backed(place, "count", {**value}, bought[figure])
            else:
                told = ", ".join(bought)
                yield unbacked(
                    place, "count", {**value}, f"The draft says {figure} pieces; the tool says {told}. Correct it."
                )
        elif (item := _described(figure, span, subjects, ground)) is not None:
            yield backed(place, "count", {**value}, item)
        elif figure in said and not _STOCKY.search(draft.of(draft.clause(span.start))):
            yield backed(place, "count", {**value}, "customer")
        elif (whole := _all_pieces(figure, draft, span, ground)) is not None:
            yield backed(place, "count", {**value}, whole)
        elif (
            not _SIZED.search(draft.folded[: span.start])
            and (fact := _vouched(figure, draft, span, subjects, ground)) is not None
        ):
            yield backed(place, "count", {**value}, *fact)
        elif _idle(figure, draft, span, ground):
            continue
        else:
            words = draft.quote(*draft.clause(span.start))
            yield unbacked(
                place,
                "count",
                {**value},
                f'Nothing supports the figure "{figure}" in "{words}". Leave it out or look it up.',
            )


def _in_a_name(draft: Draft, span: Span, subjects: Subjects, ground: Ground) -> bool:
    """Whether the figure is part of what something is called ("70x140, azul", "L3")."""
    if any(one.start <= span.start and span.end <= one.end for one in subjects.mentions):
        return True
    head = _WORD_BEFORE.search(draft.folded[: span.start])
    tail = _WORD_BEHIND.match(draft.folded, span.end)
    word = (head[0] if head else "") + draft.folded[span.start : span.end] + (tail[0] if tail else "")
    return not word.isdigit() and word.isalnum() and ground.names.knows(word)


def _lines(draft: Draft, span: Span, subjects: Subjects, ground: Ground) -> dict[int, Evidence]:
    """Quantities of the quote's and order's lines of the thing that follows the figure ("2 × Balón Pro")."""
    if not draft.folded[span.start : span.end].isdigit():
        return {}
    named = None
    if _TIMES.match(draft.text, span.end):
        named = next((one for one in subjects.mentions if 0 <= one.start - span.end <= 16), None)
    elif _BRACKETS.fullmatch(draft.folded[span.start - 1 : span.end + 1]):
        named = next((one for one in subjects.mentions if 0 <= span.start - one.end <= 3), None)
    found: dict[int, Evidence] = {}
    for item in ground.of(EvidenceKind.QUOTE, EvidenceKind.ORDER) if named else ():
        for number, line in enumerate(item.value.get("lines") or []):
            if named and (
                f"line:{item.id}:{number}" in named.refs or fold(str(line.get("name"))).startswith(_words(draft, named))
            ):
                found[int(line.get("quantity", 0))] = item
    return found


def _in_stock(figure: str, draft: Draft, span: Span, subjects: Subjects, ground: Ground) -> Evidence | None:
    """ "(R$ 210,50, 7 unidades)": pieces that are exactly the stock of what is named."""
    if not _PIECES.match(draft.text, span.end) and not _STOCKY.search(draft.of(draft.sentence(span.start))):
        return None
    refs = refs_of(subjects.nearest(span) or ())
    refs |= siblings_named(refs, draft, span, ground)
    for item in ground.of(EvidenceKind.STOCK):
        fits = ref(item.subject) in refs and str(item.value.get("quantity")) == figure
        if fits and not contradicts_options(item, draft, span, ground):
            return item
    return None


def _bought(ground: Ground) -> dict[str, Evidence]:
    """The quantities of every quote and order."""
    return {
        str(line.get("quantity")): item
        for item in ground.of(EvidenceKind.QUOTE, EvidenceKind.ORDER)
        for line in item.value.get("lines") or []
    }


def _all_pieces(figure: str, draft: Draft, span: Span, ground: Ground) -> Evidence | None:
    """All pieces of a quote or order together: "tu pedido tiene 3 piezas"."""
    if not _PIECES.match(draft.text, span.end):
        return None
    for item in ground.of(EvidenceKind.QUOTE, EvidenceKind.ORDER):
        if str(sum(int(line.get("quantity", 0)) for line in item.value.get("lines") or [])) == figure:
            return item
    return None


def _words(draft: Draft, named: Mention) -> str:
    return " ".join(draft.folded[named.start : named.end].split())


def _described(figure: str, span: Span, subjects: Subjects, ground: Ground) -> Evidence | None:
    """Texts of what is named nearest; of anything shown, if nothing is named."""
    refs = refs_of(subjects.nearest(span) or ())
    for item in ground.of(EvidenceKind.PRODUCT, EvidenceKind.SERVICE):
        if (not refs or ref(item.subject) in refs) and any(
            figure in _NUMBERS.findall(text) for text in (item.subject.name, *strings(item.value))
        ):
            return item
    return None


def _vouched(
    figure: str, draft: Draft, span: Span, subjects: Subjects, ground: Ground
) -> tuple[str, str | None] | None:
    """A fact with the figure that shares a word with the sentence; how many there are of a thing no document tells."""
    sentence = draft.of(draft.sentence(span.start))
    words = set(_CONTENT.findall(sentence)) - _PRICE_WORDS
    counted = _PIECES.match(draft.text, span.end) or any(0 <= one.start - span.end < _NEAR for one in subjects.mentions)
    stocked = counted and (_STOCKY.search(sentence) or _HAVING.search(draft.folded[: span.start]))
    for text, support, item in ground.texts:
        if support == "evidence" or (support == KNOWLEDGE and stocked):
            continue
        if figure in _NUMBERS.findall(text) and words & set(_CONTENT.findall(text)):
            return support, item
    return None


def _idle(figure: str, draft: Draft, span: Span, ground: Ground) -> bool:
    """One of something, a few in a question, this year, 24/7 and 100 % say nothing that could be wrong."""
    if figure == "1" and not _SIZED.search(draft.folded[: span.start]):
        return bool(re.match(r"\s?(?:x|×)?\s*[a-z\x01]", draft.text[span.end :]))
    if draft.asks(span.start) and figure.isdigit() and int(figure) <= _FEW:
        return True
    return figure == str(ground.now.year) or (figure in ("24", "100") and bool(_ALWAYS.match(draft.folded, span.end)))
