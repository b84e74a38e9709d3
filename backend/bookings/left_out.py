"""Days that are ruled out: "cualquier día menos el lunes", "not Tuesday, Thursday", "sexta que vem não, na outra"."""

import re
from dataclasses import dataclass

from backend.bookings.date_words import WEEKDAYS, Words, either

_DAY = (
    r"(?:(?:el|la|los|las|o|a|as|na|no|on|this|next|this coming|este|esta|nesta|nessa|essa|proximo|"
    rf"proxima)\s)?(?:{either(WEEKDAYS)})s?(?:[- ]feira)?(?:\s(?:que viene|que vem|this week))?"
)
_DAYS = rf"(?P<days>{_DAY}(?:(?:\s?,\s{_DAY})*\s?,?\s?\b(?:y|e|o|ou|or|and|ni|nem|nor)\s{_DAY})?)\b"
_ONE = re.compile(rf"\b({either(WEEKDAYS)})")
_SPANISH = "lunes|martes|miercoles|jueves|viernes"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:menos|excepto|salvo|exceto|except(?: for| on)?|other than|apart from|(?:any|every)(?: ?day|"
        rf"thing) but|but not|que no sea|que nao seja|fuera de|sem ser)\s{_DAYS}",
        rf"\b(?:(?:i )?(?:can't|cannot|cant|can not|won't) (?:do|make|come|manage)(?: it)?(?: on)?|nao (?:posso|da|"
        rf"consigo)|"
        rf"no (?:puedo|podria|quiero|me va|me viene bien))\s{_DAYS}",
        rf"\b{_DAYS}\s(?:nao|no(?= (?:puedo|podria|puede|me|va|tengo|quiero)\b|\s?,|\s?$))"
        r"(?: (?:puedo|podria|puede|me|va|viene|bien|da|posso|consigo|rola|quiero|tengo|tenho|como)\b)*+(?!\s<)",
        rf"\b{_DAYS}\s(?:does ?n'?t|does not|won't|isn't|is not|is no|can't|is not)(?: (?:work|good|possible|suit|"
        rf"do|an option|great))?(?: (?:for )?me)?",
    )
)
_NOT = re.compile(rf"\b(?:not(?: on)?|nao|no(?= (?:el|este|los|{_SPANISH})\b))\s{_DAYS}")
_TOLD = re.compile(r"\d|<")
_OTHER = re.compile(
    r"\b(?:(?:el|la|n?[ao]|the|on)\s)?(?:otr[oa]|outr[oa]|siguiente|seguinte|next one|one after(?: that)?|"
    r"following(?: one)?|de la otra semana)\b"
)


@dataclass(frozen=True)
class LeftOut:
    """Weekdays that are ruled out; `other`: the one a week later is meant instead."""

    weekdays: frozenset[int] = frozenset()
    other: bool = False


def read_left_out(words: Words) -> LeftOut:
    """Take what rules out weekdays. A mere "no" before the only day that is told an hour for answers what was offered:
    "no el jueves a las 5" is Thursday."""
    out: set[int] = set()
    for pattern in _PATTERNS:
        for found in words.take_all(pattern):
            out |= {WEEKDAYS[name] for name in _ONE.findall(found["days"])}
    bare = _NOT.search(words.text)
    rest = words.text.replace(bare[0], "") if bare else ""
    if bare and (_ONE.search(rest) or _OTHER.search(rest) or not _TOLD.search(rest)):
        words.take(_NOT)
        out |= {WEEKDAYS[name] for name in _ONE.findall(bare["days"])}
    other = bool(out) and words.take(_OTHER) is not None
    return LeftOut(frozenset(out), other)
