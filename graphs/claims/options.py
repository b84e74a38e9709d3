"""Variants of one product in a draft: "Talla 5: $449" must not carry the price of size 4."""

import re

from graphs.claims.ground import Ground, ref
from graphs.claims.text import Draft, Span, fold
from graphs.evidence import Evidence, EvidenceKind

_SIZE_WORDS = r"(?:talla|tamano|tamanho|numero|num|no|n|size|medida|numeracao|calce|calzado)"


def contradicts_options(item: Evidence, draft: Draft, span: Span, ground: Ground) -> bool:
    """Whether the words around a figure name another variant than the one the evidence is of."""
    if item.subject.type != "variant":
        return False
    options = variant_options(ground)
    own = options.get(ref(item.subject))
    if not own:
        return False
    clause, line = draft.of(draft.clause(span.start)), draft.of(draft.line(span.start))
    words = clause if any(_named(value, clause, key) for key, value in own.items()) else line
    for key, value in own.items():
        others = {other[key] for other in options.values() if key in other} - {value}
        if not _named(value, words, key) and any(_named(other, words, key) for other in others):
            return True
    return False


def variant_options(ground: Ground) -> dict[str, dict[str, str]]:
    """Folded options of every variant known: {"variant:…": {"color": "azul"}}."""
    return {
        ref(item.subject): {fold(str(key)): fold(str(value)) for key, value in item.value["options"].items()}
        for item in ground.of(EvidenceKind.PRODUCT)
        if item.subject.type == "variant" and isinstance(item.value.get("options"), dict)
    }


def _named(value: str, words: str, key: str) -> bool:
    """Whether words name an option value; a bare number only behind its key, a size word or at the head of a bullet."""
    if re.search(r"[a-z]{2}", value):
        return bool(re.search(rf"\b{re.escape(value)}\b", words))
    exact = re.escape(value)
    return bool(
        re.search(rf"(?:\b{re.escape(key)}|\b{_SIZE_WORDS})[\s.:#]*{exact}\b|^[\s•\-–.]*{exact}\s*[:(\-]", words, re.M)
    )
