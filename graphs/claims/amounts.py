"""Amounts of money as people write them: "$1,299.00 MXN", "R$ 89,90", "299 pesos", "oitenta reais", "sale en 250"."""

import re
from dataclasses import dataclass
from decimal import Decimal

from graphs.claims.numbers import FIGURE, SPELLED, figure, spelled
from graphs.claims.text import Draft, Span

_DOLLARS = frozenset({"MXN", "USD", "ARS", "COP", "CLP", "UYU", "CAD", "AUD", "DOP"})
_PESOS = frozenset({"MXN", "ARS", "COP", "CLP", "UYU", "DOP", "PHP"})
_UNITS: dict[str, frozenset[str]] = {
    "r$": frozenset({"BRL"}),
    "brl": frozenset({"BRL"}),
    "reais": frozenset({"BRL"}),
    "real": frozenset({"BRL"}),
    "us$": frozenset({"USD"}),
    "u$s": frozenset({"USD"}),
    "usd": frozenset({"USD"}),
    "mx$": frozenset({"MXN"}),
    "mxn": frozenset({"MXN"}),
    "ar$": frozenset({"ARS"}),
    "ars": frozenset({"ARS"}),
    "cl$": frozenset({"CLP"}),
    "clp": frozenset({"CLP"}),
    "co$": frozenset({"COP"}),
    "cop": frozenset({"COP"}),
    "s/": frozenset({"PEN"}),
    "s/.": frozenset({"PEN"}),
    "pen": frozenset({"PEN"}),
    "soles": frozenset({"PEN"}),
    "uyu": frozenset({"UYU"}),
    "€": frozenset({"EUR"}),
    "eur": frozenset({"EUR"}),
    "euro": frozenset({"EUR"}),
    "euros": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "gbp": frozenset({"GBP"}),
    "pound": frozenset({"GBP"}),
    "pounds": frozenset({"GBP"}),
    "quid": frozenset({"GBP"}),
    "$": _DOLLARS,
    "peso": _PESOS,
    "pesos": _PESOS,
    "dolar": frozenset({"USD", "CAD", "AUD"}),
    "dolares": frozenset({"USD", "CAD", "AUD"}),
    "dollar": frozenset({"USD", "CAD", "AUD"}),
    "dollars": frozenset({"USD", "CAD", "AUD"}),
    "bucks": frozenset({"USD", "CAD", "AUD"}),
    "varos": frozenset({"MXN"}),
    "lucas": _PESOS,
    "mangos": frozenset({"ARS"}),
    "conto": frozenset({"BRL"}),
    "contos": frozenset({"BRL"}),
    "pila": frozenset({"BRL"}),
    "pilas": frozenset({"BRL"}),
}
_BEFORE = r"r\$|us\$|u\$s|mx\$|ar\$|cl\$|co\$|s/\.?|\$|€|£|\b(?:brl|mxn|usd|eur|cop|ars|clp|pen|uyu|gbp)\b"
_AFTER = (
    r"(?:brl|mxn|usd|eur|cop|ars|clp|pen|uyu|gbp|pesos?|reais|real|dolares|dolar|dollars?|bucks|euros?|soles|varos|"
    r"lucas|mangos|contos?|pilas?|pounds?|quid)\b|r\$|€|£|\$"
)
_SCALE = r"(?: ?(?:mil|thousand|k)\b)"
_MONEY = re.compile(
    rf"(?:(?P<before>{_BEFORE}) {{0,2}}(?P<one>\d{{1,3}}(?: \d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|"
    rf"{FIGURE})(?P<k1>{_SCALE})?(?: ?(?P<also>{_AFTER}))?"
    rf"|(?P<two>{FIGURE})(?P<k2>{_SCALE})? ?(?:de\s)?(?P<after>{_AFTER})"
    rf"|(?P<words>{SPELLED}) (?:de\s)?(?P<unit>pesos?|reais|real|dolares|dolar|dollars?|bucks|euros?|soles|pounds?|"
    rf"quid)\b)(?: (?:y|e|con|com|and|with) (?P<cents>{SPELLED}|\d{{1,2}}) (?:centavos?|cents?|centimos?|pence|"
    rf"penn(?:y|ies))\b)?"
)
_PRICED = (
    r"cuestan?|vale|valen|costaria|custam?|costs?|precio|preco|price|priced|sale en|salen en|sale a|queda en|quedan en|"
    r"quedaria en|sai por|saem por|sai a|fica por|fica em|ficam em|valor|importe|monto|total|subtotal|a solo|por solo|"
    r"por solamente|por apenas|por so|for only|for just|only costs|let (?:it|them) go for|(?:lo|la|los|las) dejo en|"
    r"dejar(?:te)?(?:l[oa]s?)? en|"
    r"deixo por|faco por|deixo em"
)
_LINK = (
    r"(?:\s(?:es|de|e|is|are|at|do|del|unitario|final|total|seria|sao|son|apenas|solo|so|only|"
    r"just)\b){0,3}\s?[:=]?\s{0,2}"
)
_OTHER_UNIT = (
    r"\s?(?:%|:|h\b|hs\b|hrs?\b|min|horas?|hours?|dias?|days?|piezas|unidades|units|opc|estrellas|x\b|a\.?m|p\.?m|"
    r"mes|cuota|parcela|pago|semana|week|mil\b)"
)
_BARE = re.compile(rf"\b(?:{_PRICED}){_LINK}(?:(?P<bare>{FIGURE})|(?P<spelled>{SPELLED}))(?!{_OTHER_UNIT})")
_SPELLED_FOR = re.compile(
    rf"\b(?:it's|it is|they're|they are|that's|son|sao|seriam?|serian?)\s(?P<spelled>{SPELLED})\s(?:for|por|"
    rf"pel[oa]s?)\s(?=\x01|(?:the|el|la|los|las|o|a|os|as|un|una|um|uma)\b)"
)
""" "It's sixty-eight for the kettle"."""
_ARTICLE = frozenset({"un", "una", "uno", "um", "uma", "one"})


_FEW = 12
"""Pieces or people, rather than money, in "it's two for the price of one"."""


@dataclass(frozen=True)
class Amount:
    """An amount a draft names; `currencies` are those its words allow."""

    span: Span
    value: Decimal
    currencies: frozenset[str]


def find(draft: Draft, home: str) -> list[Amount]:
    """All amounts, taken out of the draft; `home` is the business's currency, which `$` and bare prices may mean."""
    found = [_amount(match, home) for match in _MONEY.finditer(draft.text)]
    for amount in found:
        draft.take(*amount.span)
    for match in _BARE.finditer(draft.text):
        if match["spelled"] in _ARTICLE:
            continue
        span = Span(*match.span("bare" if match["bare"] else "spelled"))
        value = figure(match["bare"]) if match["bare"] else Decimal(spelled(match["spelled"]) or 0)
        found.append(Amount(span, value, frozenset({home})))
        draft.take(*span)
    for match in _SPELLED_FOR.finditer(draft.text):
        span, number = Span(*match.span("spelled")), spelled(match["spelled"]) or 0
        if number > _FEW:
            found.append(Amount(span, Decimal(number), frozenset({home})))
            draft.take(*span)
    return sorted(found, key=lambda amount: amount.span)


def speaks_of_money(words: str) -> bool:
    """Whether folded words hold an amount."""
    return bool(_MONEY.search(words) or _BARE.search(words))


def _amount(match: re.Match[str], home: str) -> Amount:
    if match["words"]:
        value, unit = Decimal(spelled(match["words"]) or 0), match["unit"]
    else:
        value, unit = figure(match["one"] or match["two"]), match["also"] or match["before"] or match["after"]
        if match["k1"] or match["k2"]:
            value *= 1000
    if match["cents"]:
        value += Decimal(match["cents"] if match["cents"].isdigit() else spelled(match["cents"]) or 0) / 100
    currencies = _UNITS[unit.strip()]
    if match["before"] == "$" and not match["also"]:
        currencies |= {home}
    return Amount(Span(match.start(), match.end()), value, currencies)
