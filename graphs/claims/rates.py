"""Percentages, discounts and instalments. No tool grants any, so only the business's own words support them."""

import re
from collections.abc import Iterator

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import WRITTEN, Ground
from graphs.claims.numbers import SMALL_WORDS, small
from graphs.claims.text import Draft, negated

_PERCENT = re.compile(
    rf"(?P<n>\d{{1,3}}(?:[.,]\d{{1,2}})?|\b(?:{SMALL_WORDS}))\s?(?:%|por ?ciento\b|por ?cento\b|per ?cent\b)"
)
_SPLIT = (
    r"(?:(?:interest-free|equal|monthly|weekly|fixed|easy) ){0,2}(?:payments|instal?lments)|mensualidades|cuotas|"
    r"parcelas|vezes|(?:meses|pagos|veces)(?=\s?(?:sin|sem|without|interest|iguais|iguales|de\s?(?:r?\$|\d)|no "
    r"cart|fijas|fijos))"
)
_INSTALMENTS = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{SMALL_WORDS})\s?(?:x\b(?=\s?(?:de\b|sem\b|sin\b|s/|no cart|interest|iguais))|(?:{_SPLIT})\b)"
)
_MEANS = {
    "cash": r"efectivo|dinheiro|cash|especie",
    "transfer": r"transfer\w+|spei|deposito|wire",
    "pix": r"pix",
    "card": r"tarjetas?|cart(?:ao|oes)|cards?|credito|credit|debito|debit",
}
"""Ways to pay: what holds for one does not hold for another."""
_OFFERS = re.compile(
    r"\b(?:[23] ?x ?[12]\b(?!\s?(?:de|\$|r\$|cm|m|mm))|dos por uno|tres por dos|leve \d pague \d|lleva \d paga "
    r"\d|mitad de precio|half price|half off|metade do preco|buy one get one|bogo|"
    r"te (?:lo |la |los |las )?(?:rebajo|rebajamos)|abatimento|knock (?:\w+ ){1,3}off)\b"
)
_GRANTED = re.compile(
    r"descuento|desconto|discount|rebaj|abatimento|\boff\b|mitad de precio|half price|metade do preco"
)
"""What only the business itself can give, whatever stands in the text of a product."""
_DISCOUNT = re.compile(
    r"\b(?:tiene|tienen|tenemos|tengo|tienes|con|aplico|aplique|aplicado|aplicamos|hay|te hago|te doy|te damos|"
    r"temos|tem|com|apliquei|dou|consigo|has|have|with|applied|i can give you|get)\s"
    r"(?:(?:un|una|el|su|tu|um|uma|o|a|an|the|your|ya|de|mais|is|esta|en|on)\s){0,2}(?:descuento|desconto|"
    r"discount|rebaja|promocion|promocao|promo|oferta|cupon|cupom|coupon|special offer)s?\b"
)


_GENERIC = re.compile(
    r"descuentos?|descontos?|discounts?|promo\w*|ofertas?|tienes?|tenemos|temos|tem|has|have|with|con|com|the|"
    r"los|las|por|para|una?s?|uma?s?|que|hasta|ate|sin|sem|interes\w*|juros|meses|hoy|hoje|today"
)


def judge(draft: Draft, ground: Ground) -> Iterator[Finding]:
    """Everything that promises a better price; what is found is taken out of the draft."""
    text = draft.text
    for pattern, kind in (
        (_PERCENT, "percent"),
        (_INSTALMENTS, "instalments"),
        (_OFFERS, "percent"),
        (_DISCOUNT, "percent"),
    ):
        for match in pattern.finditer(text):
            place = Place(draft, *match.span())
            sentence = draft.of(draft.sentence(match.start()))
            if (
                pattern is _PERCENT
                and match["n"] == "100"
                and not re.search(r"descuento|desconto|discount|\boff\b|reembols|refund", sentence)
            ):
                draft.take(*match.span())
                continue
            clause = draft.clause(match.start())
            before = draft.folded[clause.start : match.start()]
            condition = re.search(r"\b(?:si|se|if)\b", draft.raw[clause.start : match.start()], re.I)
            if pattern is _DISCOUNT and (draft.asks(match.start()) or negated(before) or condition):
                continue
            draft.take(*match.span()) if pattern is not _DISCOUNT else None
            yield _literal(place, kind, match, ground)


def _literal(place: Place, kind: str, match: re.Match[str], ground: Ground) -> Finding:
    wanted = _as_said(match, kind)
    sentence = place.draft.of(place.draft.sentence(place.start))
    about = {word[:4] for word in re.findall(r"[a-z]{4,}|pix", sentence) if not _GENERIC.fullmatch(word)}
    means = _means(place.draft.of(place.draft.clause(place.start)))
    means = means or (_means(sentence) if len(_means(sentence)) == 1 else set())
    if kind == "instalments":
        means -= {"card"}  # goes without saying
    granted = kind == "instalments" or match.re is not _PERCENT or _GRANTED.search(sentence) is not None
    for text, support, item in ground.texts:
        if granted and support in WRITTEN:
            continue
        topic = kind == "instalments" or about & {word[:4] for word in re.findall(r"[a-z]{4,}|pix", text)}
        if topic and wanted.search(text) and (means <= _means(text) or not _means(text)):
            return backed(place, kind, {"text": place.quote}, support, item)
    return unbacked(
        place, kind, {"text": place.quote},
        (
            f'Nothing supports "{place.quote}": no fact of the business says so, and you grant no discounts or '
            f'instalments. Leave it out.'
        ),
    )  # fmt: skip


def _means(words: str) -> set[str]:
    return {name for name, pattern in _MEANS.items() if re.search(rf"\b(?:{pattern})\b", words)}


def _as_said(match: re.Match[str], kind: str) -> re.Pattern[str]:
    if kind == "instalments":
        figure = str(small(match["n"]))
        return re.compile(rf"\b{figure}(?:\s?(?:,|y|e|o|ou|and|or)\s?\d{{1,2}})*\s?(?:x\b|meses|pagos|veces|{_SPLIT})")
    if match.re is _PERCENT:
        figure = re.escape(match["n"]) if match["n"][0].isdigit() else str(small(match["n"]))
        return re.compile(rf"(?<![\d.,]){figure}\s?(?:%|por ?ciento|por ?cento|percent)")
    if match.re is _DISCOUNT:
        return re.compile(r"descuento|desconto|discount|rebaja|promo|oferta|cupon|cupom|coupon|\boff\b")
    return re.compile(re.escape(match[0]))
