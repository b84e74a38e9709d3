"""Variants of one product in a draft: "Talla 5: $449" must not carry the price of size 4."""

import re
from functools import lru_cache

from graphs.claims.ground import Ground, ref
from graphs.claims.text import Draft, Span, fold
from graphs.evidence import Evidence, EvidenceKind

_SIZE_WORDS = r"(?:talla|tamano|tamanho|numero|num|no|n|size|medida|numeracao|calce|calzado|del)"


def contradicts_options(item: Evidence, draft: Draft, span: Span, ground: Ground) -> bool:
    """Whether the words around a figure name another variant than the one the evidence is of."""
    options = variant_options(ground)
    if item.subject.type == "product":
        return _names_a_variant(item, draft, span, ground, options)
    if item.subject.type != "variant":
        return False
    own = options.get(ref(item.subject))
    if not own:
        return False
    scopes = [draft.of(scope(span.start)) for scope in (draft.clause, draft.sentence, draft.line)]
    name = fold(item.subject.name)
    for key, value in own.items():
        others = {other[key] for other in options.values() if key in other} - {value}
        for words in scopes:
            if name in words or _named(value, words, key):
                break
            if any(_named(other, words, key) for other in others):
                return True
    return False


def _names_a_variant(
    item: Evidence, draft: Draft, span: Span, ground: Ground, options: dict[str, dict[str, str]]
) -> bool:
    """Whether the words name one of the product's variants, whose figure the product's own is not."""
    words = draft.of(draft.line(span.start))
    names = {item.subject.name, *item.subject.aliases}
    return any(
        _named(value, words, key)
        for other in ground.of(EvidenceKind.PRODUCT)
        if other.subject.type == "variant" and names & {*other.subject.aliases, str(other.value.get("name"))}
        for key, value in options.get(ref(other.subject), {}).items()
    )


def siblings_named(refs: set[str], draft: Draft, span: Span, ground: Ground) -> set[str]:
    """Other variants of what is named that the words of a figure point at: "... y la azul $229"."""
    options = variant_options(ground)
    siblings = {one for known in refs for one in ground.families.get(known, ())} - refs
    if not siblings:
        return set()
    words = draft.of(draft.clause(span.start)) + "\n" + draft.of(draft.sentence(span.start))
    return {one for one in siblings if any(_named(value, words, key) for key, value in options.get(one, {}).items())}


def names_an_option(draft: Draft, span: Span, ground: Ground) -> bool:
    """Whether the sentence around a figure names an option of any variant known."""
    words = draft.of(draft.sentence(span.start))
    return any(_named(value, words, key) for own in variant_options(ground).values() for key, value in own.items())


def variant_options(ground: Ground) -> dict[str, dict[str, str]]:
    """Folded options of every variant known: {"variant:…": {"color": "azul"}}."""
    return {
        ref(item.subject): {fold(str(key)): fold(str(value)) for key, value in item.value["options"].items()}
        for item in ground.of(EvidenceKind.PRODUCT)
        if item.subject.type == "variant" and isinstance(item.value.get("options"), dict)
    }


def _named(value: str, words: str, key: str) -> bool:
    """Whether words name an option value; a bare number only behind its key, a size word or at the head of a bullet."""
    return bool(_naming(value, key).search(words))


@lru_cache(maxsize=2048)
def _naming(value: str, key: str) -> re.Pattern[str]:
    if re.search(r"[a-z]{2}", value):
        if value.isalpha() and len(value) > 3:
            base = value[:-1] if value[-1] in "oae" else value
            plural = rf"|{re.escape(value[:-1])}is" if value.endswith("l") else ""
            return re.compile(rf"\b(?:{re.escape(base)}(?:o|a|e|os|as|es|s)?{plural})\b")
        return re.compile(rf"\b{re.escape(value)}\b")
    exact = re.escape(value)
    alone = rf"|(?<!\d)(?<!\d )(?<![.'])(?<!\. )\b{exact}\b(?!\.)" if value.isalpha() and value not in "aeiouy" else ""
    return re.compile(
        rf"(?:\b{re.escape(key)}|\b{_SIZE_WORDS})[\s.:#]*{exact}(?![\w.,]\w)|[(,]\s*{exact}\s*[,):/]|"
        rf"^[\s•\-–.]*{exact}\s*[:,(\-]{alone}",
        re.M,
    )
