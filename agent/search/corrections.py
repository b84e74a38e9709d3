"""What a customer takes back, `la blanca, no perdón, la negra`, `no era el shampoo sino la crema`, `a14 *a54`, and what
the thing shall not be or have: `un chaleco que no sea naranja`."""

import re

AGAIN = re.compile(
    r"\b(?:(?:no|nao) (?:perdon|disculpa|desculpa|digo)|digo|mejor dicho|melhor dizendo|"
    r"(?:quise|quiero|queria|quero) d[ei][cz]\w+|quer dizer|me equivoque|me confundi|errei|corrijo|corrigindo)\b"
    r"|[,.;!-]\s*(?:(?:ay|uy|ah|ops|ups|oh) )?(?:no|nao)\b(?=\s*[,.;!]|\s+(?:mejor|melhor|espera)\b)"
    r"|[,.;]\s*(?:perdona?|disculpa|desculpa|mejor|melhor|ops|ups)\b"
    r"|(?<=\w)\s+(?:no|nao)\s*[,;]"
    r"|\bmejor\s+(?:el|la|los|las)\b|\bmelhor\s+(?:o|a|os|as)\b"
    r"|(?<!\S)\*(?=\w)(?!\w+\*)"
)
"""What stands before it is said again behind it."""
NOT_THIS = re.compile(
    r"\b(?:no|nao)(?: (?:la|lo|los|las|o|a))? (?:era|eran|es|e|quiero|queria|quisiera|quero)\b(.+?)"
    r"(?:[,;.]|\b(?:sino|pero|mas|era|quiero|quero|queria)\b|$)"
    r"|\b(?:en vez|en lugar|em vez|no lugar|ao inves) d(?:e(?: (?:el|la|los|las))?|el|[oa]s?)\b(.+?)"
    r"(?:[,;.]|\b(?:el|la|los|las|o|a|os|as|quiero|quero|queria|dame)\b|$)"
)
"""What is named, and not wanted."""
ANY = re.compile(
    r"\*|\b(?:no|nao|digo|dicho|dizendo|d[ei][cz]ir|dizer|equivoque|confundi|errei|corrijo|corrigindo|perdona?|"
    r"disculpa|desculpa|mejor|melhor|ops|ups|vez|lugar|inves)\b"
)
"""One of these is in all of them, and in few queries."""

_ARTICLES = r"(?:(?:el|la|los|las|un|una|o|a|os|as|um|uma|de|del|do|da|con|com) )*"
_PLEASE = r"por favor|porfa\w*|xfa|pfv?|gracias|obrigad[oa]"
_END = rf"(?=[,;.?!]|\s(?:sino|pero|mas|para|pra|y|e|q|que|quiero|quero|{_PLEASE})\b|$)"
_WHICH_NOT = r"\b(?:que|q) (?:no|nao) "
_HAS = r"(?:teng|tien|lleve|lleva|traig|tra[ey]|use|usa|tenh|tem\b|leve|leva|trag|traz)\w*"
_IS = r"(?:sean?|sejam?|es|e|fuera|fosse)"
NOT_HAVING = re.compile(rf"{_WHICH_NOT}{_HAS} {_ARTICLES}(.{{2,40}}?){_END}")
"""What it shall come without."""
NOT_BEING = re.compile(
    rf"(?:{_WHICH_NOT}{_IS}|(?<=\w) (?:no|nao) (?:l[aoe]s? |[oa]s? )?(?:quiero|quero|queria|quisiera) (?:de|con|com)) "
    rf"{_ARTICLES}(?P<which>\w.{{1,40}}?){_END}"
    rf"|(?:[,;]|\b(?:pero|mas|y|e)\b)\s*{_ARTICLES}(?P<other>\w{{3,}}) (?:no|nao)(?= *(?:[.!]|{_PLEASE}|$))"
)
"""What it shall not be."""
MAY_DENY = re.compile(r"\b(?:no|nao)\b")


def denied(folded: str) -> tuple[str, str]:
    """(the folded query without what the thing shall not be, that); what it shall not have stands behind a `sin`."""
    if not MAY_DENY.search(folded):
        return folded, ""
    folded = NOT_HAVING.sub(r"sin \1", folded)
    found = NOT_BEING.search(folded)
    if found is None:
        return folded, ""
    return f"{folded[: found.start()]} {folded[found.end() :]}", found["which"] or found["other"]


def taken_back(folded: str) -> tuple[str, str]:
    """What is taken back of a folded query, and what stands instead; each is empty if there is nothing of the kind."""
    if not ANY.search(folded):
        return "", ""
    back, stands = "", folded.replace("\n", ", ")
    if (found := NOT_THIS.search(stands)) is not None:
        back = found[1] or found[2]
        stands = f"{stands[: found.start()]} {stands[found.end() :]}"
    last = None
    for last in AGAIN.finditer(stands):  # noqa: B007
        pass
    if last is not None:
        back, stands = f"{back} {stands[: last.start()]}", stands[last.end() :]
    return (back, stands) if back.strip() and stands.strip() else ("", "")
