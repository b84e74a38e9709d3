"""When words that look like a fact about the speaker are none: questions, instructions, hearsay, other people."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from graphs.claims.text import fold

LONGEST_MESSAGE = 2000
_ABBREVIATED = re.compile(
    r"\b(?:av|ave|col|no|num|int|ext|apto|ap|apt|calle|st|rd|r|dr|dra|sr|sra|esq|cp|ed|edif|dpto|depto|blvd|cda|ste)"
    r"(\.)(?=\s)"
)
_END = re.compile(r"[.!?…;]+(?=\s|$)|\n|(?=[¿¡])")
_BOUNDARY = re.compile(r"[,;()\"«»“”]|\b(?:y|e|and|pero|mas|but|ni|nem|nor|porque|because)\b")
_PEOPLE = (
    r"hermanas?|hermanos?|mama|madre|papa|padre|hij[oa]s?|espos[oa]|marido|mujer|novi[oa]|amig[oa]s?|jef[ea]|"
    r"abuel[oa]s?|ti[oa]s?|prim[oa]s?|sobrin[oa]s?|sueg[r]?[oa]s?|vecin[oa]s?|cunad[oa]s?|niet[oa]s?|bebe|nin[oa]s?|"
    r"irma|irmao|irmas|mae|pai|filh[oa]s?|mulher|namorad[oa]|avo|sogr[oa]|vizinh[oa]|chefe|sobrinh[oa]|"
    r"mother|mom|mum|father|dad|sister|brother|son|daughter|wife|husband|girlfriend|boyfriend|friends?|boss|"
    r"grandma|grandpa|grandmother|grandfather|uncle|aunt|cousin|nephew|niece|neighbou?r|kids?|child|baby|partner|"
    r"pareja|parceir[oa]|colega|coworker|client[ea]?s?|su|sus|seu|sua|his|her|their|dele|dela"
)
_OTHERS = re.compile(rf"\b(?:{_PEOPLE})\b")
_GIFT = re.compile(
    r"\b(?:regal\w+|obsequi\w+|present(?:e|ear)|gift|para (?:el|ella|ele|ela|otra persona)|for (?:him|her))\b"
)
_COMMAND = re.compile(
    r"\b(?:anot[ae]\w*|registr[ae]\w*|guard[ae]\w*|actualiz[ae]\w*|atualiz[ae]\w*|update|save|cambi[ae]\w*|"
    r"mud[ae]|change|pon|ponga|ponme|coloca|coloque|asigna|marque|debes?|deves?|must|should|tienes que|"
    r"tem que|have to|recuerd[ae]\w*|lembr[ae]\w*|remember|escrib[ae]|escrev[ae]|write|diga|finge|pretend|"
    r"act[uú]a|act as|instrucci\w+|instruco\w+|instruction\w*|prompt|system|sistema|admin\w*|developer|json)\b"
)
_INJECTION = re.compile(
    r"\b(?:ignor[ae]\w*|olvid[ae]\w*|esque[cç]\w*|disregard|forget|override)\b[^.\n]{0,40}"
    r"\b(?:instruc\w+|regl\w+|regr\w+|rules?|prompt|anterior\w*|previous|todo|tudo|everything)\b|"
    r"\b(?:system|developer) ?(?:prompt|message|:)|\byou are now\b|\beres ahora\b|\bahora eres\b|\bagora voce e\b|"
    r"</?\w+>|\{\{|\bfrom now on\b|\ba partir de (?:ahora|agora)\b"
)
_ANOTHER_QUESTION = re.compile(r",\s*\S+\s+\S+")
"""What is asked is something else, behind a comma: "me chamo Ana, tudo bem?", and not "mi talla es 38, ¿no?"."""
_NOT_SO = re.compile(
    r"\b(?:no|nao|not|nunca|jamas|never|tampoco|sin|sem|si|se|if|cuando|quando|when|antes|era|was|used to|ojala|"
    r"dice|dijo|dicen|says|said|diz|disse|segun|according|isn't|don't)\b"
)
_HEDGED = re.compile(
    r"\b(?:creo|tal vez|talvez|quizas?|a lo mejor|acho|maybe|i think|i guess|probably|mas o menos|aprox\w*|"
    r"not sure|no estoy segur[oa]|nao tenho certeza|depende|suelo|costumo|usually)\b"
)


class Sentence(NamedTuple):
    """A stretch of a message: its words as written and folded, which have the same length."""

    raw: str
    folded: str
    asks: bool


def sentences(text: str) -> Iterator[Sentence]:
    """Of one message, oldest first."""
    raw = text[:LONGEST_MESSAGE]
    folded = fold(raw)
    masked = _ABBREVIATED.sub(lambda found: found[0][: -len(found[1])] + "\x02", folded)
    start = 0
    for end in [*_END.finditer(masked), None]:
        stop = end.start() if end else len(raw)
        tail = end[0] if end else ""
        if raw[start:stop].strip():
            yield Sentence(raw[start:stop], folded[start:stop], "?" in tail or "¿" in raw[start:stop])
        start = end.end() if end else stop


def injects(text: str) -> bool:
    """Whether a message speaks to the machinery: nothing in it is a fact."""
    return _INJECTION.search(fold(text[:LONGEST_MESSAGE])) is not None


def about_others(text: str) -> bool:
    """Whether somebody else is in it: what is wanted may be for them."""
    folded = fold(text[:LONGEST_MESSAGE])
    return _OTHERS.search(folded) is not None or _GIFT.search(folded) is not None


def trusted(sentence: Sentence, start: int, end: int) -> float:
    """How far a statement at these places is the speaker's own, 0 to 1: its clause is what counts."""
    asked = sentence.asks and not _ANOTHER_QUESTION.search(sentence.folded, end)
    if asked or _COMMAND.search(sentence.folded):
        return 0.0
    before = [found.end() for found in _BOUNDARY.finditer(sentence.folded) if found.end() <= start]
    lead = sentence.folded[before[-1] if before else 0 : start]
    if _NOT_SO.search(lead) or _OTHERS.search(lead) or _OTHERS.search(sentence.folded[start:end]):
        return 0.0
    return 0.6 if _HEDGED.search(sentence.folded) else 1.0


def clean(value: str) -> bool:
    """Whether a value may stand on a card: words, and no instruction, link or markup."""
    folded = fold(value)
    return not (
        _COMMAND.search(folded) or _INJECTION.search(folded) or re.search(r"\bhttps?\b|www\.|[<>{}\\\x00]", folded)
    )
