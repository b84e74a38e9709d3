"""What a customer takes back: `la blanca, no perdón, la negra`, `no era el shampoo sino la crema`, `a14 *a54`."""

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
