"""What the thing shall not be or have: `un chaleco que no sea naranja`, `cualquiera menos la roja`, `sem ser doce`."""

import re

_NO = r"(?<!\bs[ie] )\b(?:no|nao)"
_ARTICLES = r"(?:(?:el|la|los|las|al|un|una|o|a|os|as|ao|um|uma|de|del|do|da|con|com) )*"
_PLEASE = r"por favor|porfa\w*|xfa|pfv?|gracias|obrigad[oa]"
_END = rf"(?=[,;.?!]|\s(?:sino|pero|mas|para|pra|y|e|q|que|quiero|quero|{_PLEASE})\b|$)"
_HAS = r"(?:teng|tien|lleve|lleva|traig|tra[ey]|use|usa|tenh|tem\b|leve|leva|trag|traz)\w*"
_IS = r"(?:sean?|sejam?|es|e|fuera|fosse)"
_MAY = r"(?:puede[ns]?|pode[m]?|debe[ns]?|deve[m]?)"
_WANTS = r"(?:quiero|quero|queria|quisiera)"
_EXCEPT = r"(?:menos|excepto|exceto|salvo|tirando|que no)"
_LIKES = r"me gustan?|gosto"
_NO_VERB = r"(?!tien|teng|tem\b|vend|hay|es\b|e\b|esta|qui|que|pue|pod|sab|me\b|se\b|te\b|lo\b|le\b)"

NOT_HAVING = re.compile(
    rf"\b(?:que|q) {_NO} {_HAS} {_ARTICLES}(.{{2,40}}?){_END}"
    rf"|{_NO} {_MAY} (?:tener|ter|llevar|levar|traer|conter|contener) {_ARTICLES}(.{{2,40}}?){_END}"
)
"""What it shall come without."""
_BEFORE = "|".join(
    (
        rf"\b(?:que|q) {_NO} {_IS}",
        rf"{_NO} {_MAY} ser",
        rf"(?<=\w) {_NO} (?:l[aoe]s? |[oa]s? )?{_WANTS} (?:de|con|com)",
        rf"(?:[,;]|\b(?:pero|mas)) ?{_NO} (?:el|la|los|las|o|a|os|as|de|del|do|da|con|com) {_NO_VERB}",
        rf"\b(?:cualquier|qualquer|tod[oa]|otr[oa]|outr[oa])\w*\b[^,.;]{{0,25}}\b{_EXCEPT}",
        r"\bsem ser",
        r"\bnada de",
        rf"{_NO} (?:{_LIKES})",
        r"\b(?:distint|diferent)\w+ (?:al?|del?|d[oae]s?|que)",
    )
)
NOT_BEING = re.compile(
    rf"(?:{_BEFORE})\b ?{_ARTICLES}(?P<which>\w.{{1,40}}?){_END}"
    rf"|(?:[,;]|\b(?:pero|mas|y|e)\b)\s*{_ARTICLES}(?P<other>\w{{3,}}) (?:no|nao)"
    rf"(?= *(?:[.!]|{_PLEASE}|{_LIKES}|$))"
)
"""What it shall not be."""
MAY_DENY = re.compile(r"\b(?:no|nao|menos|excepto|exceto|salvo|tirando|sem ser|nada de|distint\w*|diferent\w*)\b")
"""One of these is in all of them, and in few queries."""


def denied(folded: str) -> tuple[str, str]:
    """(the folded query without what the thing shall not be, that); what it shall not have stands behind a `sin`."""
    if not MAY_DENY.search(folded):
        return folded, ""
    folded = NOT_HAVING.sub(lambda found: f"sin {found[1] or found[2]}", folded)
    denials = [found["which"] or found["other"] for found in NOT_BEING.finditer(folded)]
    return NOT_BEING.sub(" ", folded) if denials else folded, " ".join(denials)
