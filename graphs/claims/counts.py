"""Counts of what is listed: "encontré 3 opciones"."""

import re
from collections.abc import Iterator

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import Ground
from graphs.claims.names import Subjects
from graphs.claims.numbers import SMALL, small
from graphs.claims.text import Draft, Span
from graphs.evidence import EvidenceKind

_BULLET = re.compile(r"^[^\S\n]*(?:[•\-*·▪◦►➤✅🔹🔸👉]|\d{1,2}\s?[.)\-]|\x01?\s?\d\ufe0f?\u20e3|[①-⑩])[^\S\n]*\S", re.M)
_ENUMERATOR = re.compile(r"^[^\S\n]*\(?(\d{1,2})\s?(?:[.)]|-(?=\s)|o\s?\)?)(?=\s|\x01)", re.M)
_COUNTED = re.compile(
    rf"\b(?P<n>{SMALL})\s(?:\w+\s)?(?:opcion(?:es)?|opc(?:ao|oes)|options?|productos?|produtos?|products?|"
    rf"modelos?|models?|resultados?|results?|alternativas?|alternatives?|horarios?|slots?|turnos|openings?|"
    rf"vagas?|lugares|espacios|espacos|sugerencias?|sugest(?:ao|oes)|suggestions?|ideas?|ideias?|servicios|"
    rf"servicos|services|articulos|artigos|cosas|coisas|things|items?|itens|variantes|versiones|versoes|colores|cores|colou?rs|tallas|"
    rf"tamanhos|sizes)\b"
)
_SEPARATOR = re.compile(r",?\s+(?:y|e|and|o|ou|or)\s+|,\s+")
_ASIDE = re.compile(r"\([^)]*\)")
_CHOICE = re.compile(
    r"\b(?:opcion|opcao|option|numero|n|paso|passo|step|punto|ponto|item|nivel|parte)\s#?(\d{1,2})\b|"
    r"\b(\d{1,2})\s?(?:/|de|of)\s?(\d{1,2})\b(?=\s(?:opc|paso|step))"
)
_EITHER = re.compile(r"\b\d(?:\s?,\s?\d)*\s?(?:o|ou|or|y|e|and|/)\s?\d\b(?!\s?[a-z]{2})")
"""Numbers of a list that the customer may choose from: "1 o 2"."""


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Counts, and the numbers of a list; they are taken out of the draft."""
    bullets = len(_BULLET.findall(draft.raw))
    for match in _ENUMERATOR.finditer(draft.text):
        draft.take(*match.span(1))
    for match in _CHOICE.finditer(draft.text):
        draft.take(*match.span())
    listed = max([bullets, *(int(one) for match in _CHOICE.finditer(draft.folded) for one in match.groups() if one)])
    for match in _EITHER.finditer(draft.text):
        if max(map(int, re.findall(r"\d+", match[0]))) <= listed:
            draft.take(*match.span())
    for match in _COUNTED.finditer(draft.text):
        if match["n"] in ("un", "una", "uno", "um", "uma", "one"):
            continue
        count, place = small(match["n"]), Place(draft, *match.span())
        draft.take(match.start("n"), match.end("n"))
        known = _listed_behind(match.end(), draft, subjects) or _countable(ground, draft, bullets)
        if count in known or str(count) in re.findall(r"\d+", ground.said):
            yield backed(place, "count", {"count": count}, "evidence")
        else:
            yield unbacked(
                place,
                "count",
                {"count": count},
                (
                    f'The draft says "{place.quote}", but lists {bullets} and the tools brought another number. '
                    f"Correct the count or leave it out."
                ),
            )


def _listed_behind(at: int, draft: Draft, subjects: Subjects) -> set[int]:
    """How many things the same sentence lists behind its colon: "dos modelos: A y B"; nothing if it lists none."""
    sentence = draft.sentence(at)
    colon = draft.folded.find(":", at, sentence.end)
    tail = Span(colon + 1, sentence.end)
    items = len(_SEPARATOR.split(_ASIDE.sub("", draft.of(tail)).strip())) if colon >= 0 else 0
    hours = sum(tail.start <= hour.start < tail.end for hour in draft.hours)
    return {items, len(subjects.within(tail)), hours} if items > 1 else set()


def _countable(ground: Ground, draft: Draft, bullets: int) -> set[int]:
    products = {item.subject.id for item in ground.of(EvidenceKind.PRODUCT) if item.subject.type == "product"}
    services = {item.subject.id for item in ground.of(EvidenceKind.SERVICE)}
    free = {moment.at for moment in ground.moments if moment.state == "free"}
    lines = {len(item.value.get("lines") or []) for item in ground.of(EvidenceKind.QUOTE, EvidenceKind.ORDER)}
    pieces = {
        sum(int(line.get("quantity", 0)) for line in item.value.get("lines") or [])
        for item in ground.of(EvidenceKind.QUOTE, EvidenceKind.ORDER)
    }
    siblings = {len(family) for family in ground.families.values()}
    dashes = sum(
        len(re.findall(r",|\by\b|\be\b|\band\b|\bo\b|\bou\b|\bor\b", line.split(":", 1)[1])) + 1
        for line in draft.folded.splitlines()
        if ":" in line
    )
    named = {len(kind) for kind in (products, services, free) if kind} | lines | pieces | siblings
    return ({bullets} if bullets else set()) | (named if bullets < 2 else set()) | ({dashes} if bullets == 0 else set())
