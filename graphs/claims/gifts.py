"""What is said to be free: only a fact of the business, or a price of nothing, supports it."""

import re
from collections.abc import Iterator

from graphs.claims.amounts import find
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import KNOWLEDGE, Ground
from graphs.claims.text import BRINGING, Draft, negated

_GRATIS = re.compile(
    r"\b(?:te (?:lo |la )?(?:regalo|regalamos|obsequio|obsequiamos)|throw in|gratis|gratuit[oa]s?|de graca|"
    r"(?<!opcion )(?<!opciones )(?<!idea )(?<!ideas )(?<!caja )(?<!bolsa )(?<!tarjeta )(?<!tarjetas )"
    r"de regalo|de cortesia|de brinde|(?:sin|sem) (?:ningun |nenhum "
    r")?(?:costo|cargo|custo)s?(?: (?:extra|adicional))?|free of charge|for free|free (?:shipping|delivery|"
    r"gift)|"
    r"frete free|complimentary|(?:no|without) (?:extra )?charge|at no (?:extra )?cost|on the house|por cuenta "
    r"de la casa|por conta da casa|(?:damos|dou|ganha|leva|recebe)\b[^.!?\n]{0,30}\bde presente)\b|"
    r"\b(?:an?|your|one|two) free (?!(?:\w+ )?(?:time|slot|hour|spot|moment|appointment|day|opening|place|afternoon|"
    r"morning|evening|space|seat|chair|table|hand)s?\b)[a-z\x01]|"
    r"(?<!interest-)(?<!feel )(?<!is )(?<!are )(?<!'s )\bfree\b(?=\s*(?:$|[!.,;)]|from\b|over\b))"
)
_WORDS = (
    "gratis", "gratuit", "sin costo", "sin cargo", "sem custo", "de graca", "cortesia", "brinde", "regalo",
    "free", "no charge", "complimentary",
)  # fmt: skip
_CLOCK = re.compile(r"\d:\d\d|\d\s?[ap]\.?m\b|\bnoon\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\btomorrow\b")
"""What is free at an hour costs something."""
_OF_THE_ORDER = re.compile(
    r"\b(?:pedidos?|ordene?s?|compras?|orders?|purchase|tod[oa]s?|tud[oa]|everything|all|"
    rf"{'|'.join(sorted(BRINGING))})\b"
)
"""What no text of a product can give away, since it is not the product's."""
_NO_SUBJECT = re.compile(r"\s*(?:(?:es|e|it is|it's) )?(?:gratis|gratuit|sin c|sem c|free|no charge|de graca)")
"""A sentence that goes on about what the one before it was about."""
_CONTENT = re.compile(r"[a-z]{4,}")


def judge(draft: Draft, ground: Ground) -> Iterator[Finding]:
    """Everything a draft says to cost nothing."""
    for match in _GRATIS.finditer(draft.text):
        before = draft.folded[draft.clause(match.start()).start : match.start()]
        if draft.asks(match.start()) or negated(before):
            continue
        if match[0] == "free" and _CLOCK.search(draft.of(draft.sentence(match.start()))):
            continue
        place = Place(draft, *match.span())
        value: dict[str, object] = {"amount": 0}
        priced = next((fact for fact in ground.money if fact.role in ("price", "booking") and fact.amount == 0), None)
        if priced:
            yield backed(place, "money", value, priced.item)
        elif support := _vouched(draft, match, ground):
            yield backed(place, "money", value, *support)
        else:
            yield unbacked(
                place,
                "money",
                value,
                f'Nothing supports "{place.quote}" as it stands: no fact says so, or its condition is not met. '
                "Leave it out, or state the condition.",
            )


def _sentences(ground: Ground) -> Iterator[tuple[str, str, str | None]]:
    """Each sentence of the business's own words, under its fact's key; an interest-free payment gives nothing away."""
    for text, support, item in ground.texts:
        key, colon, rest = text.partition(": ") if support == "fact" else ("", "", text)
        before = ""
        for sentence in re.split(r"[.;\n](?!\d)", rest):
            own = sentence.replace("interest-free", "")
            told = f"{before}; {own}" if _NO_SUBJECT.match(own) else own
            yield key + colon + told, support, item
            before = own


def _vouched(draft: Draft, match: re.Match[str], ground: Ground) -> tuple[str, str | None] | None:
    """A fact that gives the same thing away; its threshold must be named in the same sentence, or reached."""
    home = ground.context.business.currency
    sentence = draft.of(draft.line(match.start()))
    about = set(_CONTENT.findall(sentence)) - set(_CONTENT.findall(match[0]))
    about |= BRINGING if about & BRINGING else set()
    totals = [fact.amount for fact in ground.money if fact.role == "total"]
    for text, support, item in _sentences(ground):
        said_free = next((place for word in _WORDS if (place := text.find(word)) >= 0), -1)
        if support == KNOWLEDGE or (support == "evidence" and _OF_THE_ORDER.search(sentence)):
            continue
        if said_free < 0 or (about and about.isdisjoint(_CONTENT.findall(text))):
            continue
        condition = re.split(r"[.;\n](?!\d)", text[said_free:])[0]
        thresholds = [amount.value for amount in find(Draft(condition), home)]
        named = {amount.value for amount in find(Draft(sentence), home)}
        if all(one in named or any(total >= one for total in totals) for one in thresholds):
            return support, item
    return None
