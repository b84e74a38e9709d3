"""Stock: "quedan 3", "só temos 2", "in stock", "agotado", said of a product or a variant."""

import re
from collections.abc import Iterator, Sequence

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground, ref
from graphs.claims.names import Subjects, refs_of
from graphs.claims.numbers import SMALL, small
from graphs.claims.options import contradicts_options, siblings_named
from graphs.claims.text import TAKEN, Draft, Span, negated
from graphs.evidence import Evidence, EvidenceKind

_THINGS = r"(?:piezas?|pecas?|unidad(?:es)?|unidades?|pzas?|pz|units?|pieces?|pares?|pairs?|cajas?|ejemplares)"
_AVAILABLE = (
    r"disponib\w+|disponiveis|disponivel|en (?:existencia|stock|inventario|almacen|tienda)|em (?:estoque|stock)|"
    r"no estoque|in stock|available|en bodega"
)
_IN_STOCK = rf"(?:{_AVAILABLE}|left|restantes?)"
_COUNTED = (
    re.compile(
        rf"\b(?:(?:solo |solamente |apenas |so |nos |todavia |ainda |aun |me |unicamente |only |just "
        rf")*(?:quedan?|restam?|sobram?|sobran|remain)(?: (?:solo|solamente|apenas|so|unicamente|only|just|"
        rf"las? ultimas?))*|(?:solo|solamente|apenas|so|unicamente|only|just)\s(?:hay|tenemos|tengo|temos|"
        rf"tenho|have|left|\w+ have)|"
        rf"(?:hay|tenemos|temos|tem|tiene|tengo|tenho|(?:we|i) have|there are|there is|there's)\s(?:(?:solo|"
        rf"apenas|so|only|just|mas de|mais de|more than|over)\s)?(?=(?:{SMALL})\s(?:{_THINGS}\s?)?(?:de \w+ "
        rf")?{_IN_STOCK})|ultim[oa]s?|last|stock:?|estoque:?|existencias?:?|inventario:?|disponibles?:|"
        rf"disponiveis:|available:|in stock:)"
        rf"\s*\(?(?P<more>mas de |mais de |more than |over )?(?P<n>{SMALL})\b(?!\s?(?:opc\w+|options?|modelos?|"
        rf"models?|horari\w+|tipos?|colores|cores|colou?rs|dias?|days?|horas?|hours?|minut\w+|min\b|min\.|"
        rf"servici\w+|servicos|services|%|x\b)|[.,:]\d|\s?(?:pesos|reais|mxn|brl|usd|h\b))"
    ),
    re.compile(
        rf"(?P<more>mas de |mais de |more than |over )?\b(?P<n>{SMALL})\s(?:{_THINGS}\s)?(?:(?:que "
        rf")?(?:quedan?|restam)|{_IN_STOCK}|em? estoque)\b"
    ),
    re.compile(rf"\b(?P<n>{SMALL})\s{_THINGS}\s(?:{_IN_STOCK})\b"),
    re.compile(
        rf"\b(?:hay|tenemos|tengo|temos|tenho|tem|ha|have|are)\s(?:(?:solo|so|apenas|only|just|todavia|ainda|still)\s)?"
        rf"(?P<n>{SMALL})\s{_THINGS}\b"
    ),
    re.compile(
        rf"\b(?:todavia|aun|ainda|still|siguen?|nos)\s(?:tenemos|tengo|hay|temos|tenho|tem|have|quedan|restam)\s"
        rf"(?P<n>{SMALL})\b(?=\s*(?:$|[.,;!?)]|de\b|en\b|em\b|in\b|left))"
    ),
    re.compile(
        rf"\b(?:there are|there is|we have|i have|hay|tenemos|temos|tem|ha|tengo|tenho|quedan?|restam?|only|"
        rf"solo|so|apenas|just)\s(?:only |solo |so |apenas |just |have )*(?P<n>{SMALL})\s(?=\x01)"
    ),
)
_NONE_LEFT = re.compile(
    r"\b(?:agotad[oa]s?|esgotad[oa]s?|sold out|out of stock|sin (?:existencias?|stock|inventario)|sem estoque|"
    r"fora de estoque|em falta|no (?:hay|queda|quedan) (?:existencias?|stock|mas|unidades|piezas)|nao (?:ha|"
    r"tem|temos) (?:em )?estoque|no stock|none left)\b"
)
_SOME = re.compile(
    rf"\b(?:{_AVAILABLE}|hay existencias?|si hay(?! que)|si tenemos|si (?:lo|la|los|las) tenemos|tem sim|temos sim|"
    r"(?:a )?pronta entrega|entrega inmediata)\b"
)
_HAVE = re.compile(
    r"\b(?:tenemos|hay|tengo|temos|tenho|tem|we have|we've got|i have)\s(?:(?:el|la|los|las|o|a|os|as|the|un|"
    r"una|um|uma)\s)?"
    r"(?=\x01)"
)
_FEW = re.compile(
    r"\b(?:ultim[oa]s (?:piezas|unidades|pecas|existencias)|pocas (?:piezas|unidades|existencias)|poucas "
    r"(?:pecas|unidades)|last (?:few|ones|pieces|units)|only a few|quedan poc[oa]s|restam pouc[oa]s|few left)\b"
)
_COUNT_BEFORE = re.compile(r"\d\s?$")
_CONDITION = re.compile(r"\b(?:si|se|if|cuando|quando|when)\b", re.I)
"""Read with accents: "sí está disponible" is no condition."""
_SLOT_WORDS = re.compile(
    r"\b(?:horari\w+|citas?|turnos?|agenda\w*|espacios?|vagas?|slots?|appointments?|times?|cupos?|servici\w+|"
    r"servicos?|services?|dias?|days?|opciones de pago|manana|amanha|tomorrow|para (?:ayudar\w*|atender\w*)|"
    r"para te)\b"
)


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Every stock statement; counted ones are taken out of the draft."""
    for pattern in _COUNTED:
        for match in pattern.finditer(draft.text):
            span = Span(match.start("n"), match.end("n"))
            place, count = Place(draft, *match.span()), small(match["n"])
            items = _about(span, draft, subjects, ground)
            if (
                items is None
                and not ground.of(EvidenceKind.STOCK)
                and _SLOT_WORDS.search(draft.of(draft.sentence(span.start)))
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
    yield from _worded(draft, subjects, ground)


def _worded(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    for pattern, wanted in ((_NONE_LEFT, "none"), (_FEW, "few"), (_SOME, "some"), (_HAVE, "some")):
        for match in pattern.finditer(draft.text):
            span = Span(*match.span())
            clause, sentence = draft.of(draft.clause(span.start)), draft.of(draft.sentence(span.start))
            before = draft.folded[draft.clause(span.start).start : span.start]
            if _SLOT_WORDS.search(sentence) or (
                _COUNT_BEFORE.search(draft.folded[: span.start])
                and TAKEN in draft.text[max(0, span.start - 2) : span.start]
            ):
                continue
            if draft.asks(span.start) and "," not in sentence[: span.start - draft.sentence(span.start).start + 1]:
                continue
            if _CONDITION.search(draft.raw[draft.clause(span.start).start : span.start]):
                continue
            items = _about(span, draft, subjects, ground)
            if items is None and wanted == "some":
                continue
            if pattern is _HAVE and (
                not items
                or not subjects.within(Span(span.end, span.end + 1))
                or negated(before)
                or any(item.value.get("available") for item in items or ())
            ):
                continue
            empty = (wanted == "none") is not (
                negated(before)
                if wanted != "none"
                else bool(re.search(r"\b(?:no|nao|not) (?:esta|estan|es|is|are)\b", clause))
            )
            if wanted == "few":
                fits = [item for item in items or () if 0 < item.value["quantity"] <= 5]
            elif empty:
                fits = [item for item in items or () if not item.value.get("available")]
            else:
                fits = [item for item in items or () if item.value.get("available")]
            yield _verdict(Place(draft, *span), {"level": "none" if empty else wanted}, fits, items)


def _about(span: Span, draft: Draft, subjects: Subjects, ground: Ground) -> Sequence[Evidence] | None:
    """Stock evidence of what is named nearest; None if nothing is named and none is known."""
    known = ground.of(EvidenceKind.STOCK)
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
