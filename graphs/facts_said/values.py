"""Values as people write them: each reader takes a sentence and a place, and gives the value that begins there."""

import re
from collections.abc import Sequence
from datetime import date

from graphs.claims.text import fold
from graphs.facts_said.guards import Sentence

LONGEST_TEXT = 80
LONGEST_ADDRESS = 160
EMAIL = re.compile(r"(?<![\w.+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_NUMBER = re.compile(r"(\d{1,7}(?:[.,]\d{1,2})?)(?![\d/%$:-])\b")
_SIZE = re.compile(
    r"(\d{1,3}(?:[.,]\d)?|xxs|xs|x{0,3}l|s|m|p|pp|g|gg|xg|chica|mediana|grande|pequena|media|small|medium|large)"
    r"(?![\w/%$:])"
)
_TEXT_END = re.compile(r"[,.;:()\"«»]|\s(?:y|e|and|pero|mas|but|porque|because|para|pra|for)\s|$")
_LIST_END = re.compile(r"[.;:()\"«»]|\s(?:pero|mas|but|porque|because)\s|$")
_CITY = re.compile(r"[A-ZÀ-Þ][\w'’.-]*(?:\s+(?:de|del|la|do|da|dos|das|el|los)\b)*(?:\s+[A-ZÀ-Þ][\w'’.-]*){0,3}")
_NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PARTICLES = frozenset(["de", "del", "la", "las", "los", "da", "do", "dos", "das", "e", "y", "van", "von", "di"])
_NO_NAME = frozenset(
    [
        *("de", "del", "la", "el", "los", "las", "un", "una", "um", "uma", "o", "a", "the", "an", "muy", "muito"),
        *("and", "y", "e", "pero", "quiero", "quisiera", "necesito", "busco", "quero", "preciso", "want", "need"),
        *("que", "con", "com", "with", "para", "from", "cliente", "client", "customer", "vip", "admin"),
    ]
)
_MONTHS = {
    prefix: number
    for number, names in enumerate(
        (
            *("ene jan", "feb fev", "mar", "abr apr", "may mai", "jun", "jul", "ago aug", "sep set", "oct out"),
            *(
                "nov",
                "dic dez dec",
            ),
        ),
        start=1,
    )
    for prefix in names.split()
}
_MONTH = r"([a-z]{3,12})"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:o|st|nd|rd|th)?\s+(?:de\s+|of\s+)?{_MONTH},?\s+(?:de\s+|del\s+|do\s+)?(\d{{4}})\b"
)
_MONTH_FIRST = re.compile(rf"{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b")


def number(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """A number with a decimal point, as told."""
    found = _NUMBER.match(sentence.folded, at)
    return (found[1].replace(",", "."), found.end()) if found else None


def size(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """A size: figures, letters or a word."""
    found = _SIZE.match(sentence.folded, at)
    if found is None:
        return None
    said = found[1].replace(",", ".")
    return (said.upper() if len(said) <= 4 else said, found.end())


def choice(sentence: Sentence, at: int, choices: Sequence[str]) -> tuple[str, int] | None:
    """One of the choices, as the business writes it."""
    for one in sorted(choices, key=len, reverse=True):
        folded = fold(one)
        end = at + len(folded)
        if folded and sentence.folded.startswith(folded, at) and not sentence.folded[end : end + 1].isalnum():
            return one, end
    return None


def text(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Words up to the end of the clause."""
    return _words(sentence, at, _TEXT_END, LONGEST_TEXT)


def listed(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Words up to the end of the sentence: `nueces y maní`."""
    return _words(sentence, at, _LIST_END, LONGEST_TEXT)


def address(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """The rest of the sentence, if it holds a number: a house or a postcode."""
    said = " ".join(sentence.raw[at : at + LONGEST_ADDRESS].split()).strip(" .,")
    return (said, len(sentence.raw)) if re.search(r"\d", said) and len(said) >= 6 else None


def city(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """A name with a capital, without figures."""
    found = _CITY.match(sentence.raw, at)
    return (found[0].strip(" .,"), found.end()) if found and not re.search(r"\d", found[0]) else None


def name(sentence: Sentence, at: int, *, capital: bool) -> tuple[str, int, float] | None:
    """A name of up to four words and how sure its end is; with `capital` it must begin with one."""
    words: list[str] = []
    end, sure = at, 1.0
    for found in _NAME.finditer(sentence.raw, at):
        word, folded = found[0], fold(found[0])
        gap = sentence.raw[end : found.start()]
        if (words and gap.strip()) or len([one for one in words if one.lower() not in _PARTICLES]) == 4:
            break
        if words and words[0][0].isupper() and not word[0].isupper() and folded not in _PARTICLES:
            break
        if folded in _NO_NAME and not (words and folded in _PARTICLES):
            break
        words.append(word)
        end = found.end()
    while words and words[-1].lower() in _PARTICLES:
        words.pop()
    if not words or (capital and not words[0][0].isupper()) or any(word.isupper() and len(word) > 12 for word in words):
        return None
    if words[0][0].islower():
        if len([one for one in words if one not in _PARTICLES]) > 3:
            words, sure = words[:1], 0.6
        words = [word if word in _PARTICLES else word.capitalize() for word in words]
    said = " ".join(words)
    return (said, end, sure) if 2 <= len(said) <= 60 else None


def day(sentence: Sentence, at: int, today: date, locale: str, *, past: bool) -> tuple[str, int, float] | None:
    """A calendar date with its year in ISO 8601, and how sure it is: 3/4/1990 may be April or March in English."""
    folded = sentence.folded
    if found := _ISO.match(folded, at):
        year, month, of_month, sure = int(found[1]), int(found[2]), int(found[3]), 1.0
    elif found := _FIGURES.match(folded, at):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        month_first = second > 12 or (locale == "en-US" and first <= 12)
        month, of_month = (first, second) if month_first else (second, first)
        sure = 0.6 if locale.startswith("en") and first <= 12 and second <= 12 and first != second else 1.0
    elif (found := _DAY_FIRST.match(folded, at)) and found[2][:3] in _MONTHS:
        year, month, of_month, sure = int(found[3]), _MONTHS[found[2][:3]], int(found[1]), 1.0
    elif (found := _MONTH_FIRST.match(folded, at)) and found[1][:3] in _MONTHS:
        year, month, of_month, sure = int(found[3]), _MONTHS[found[1][:3]], int(found[2]), 1.0
    else:
        return None
    try:
        said = date(year, month, of_month)
    except ValueError:
        return None
    if said.year < 1900 or said.year > today.year + 20 or (past and said > today):
        return None
    return said.isoformat(), found.end(), sure


def _words(sentence: Sentence, at: int, ending: re.Pattern[str], longest: int) -> tuple[str, int] | None:
    found = ending.search(sentence.folded, at)
    end = found.start() if found else len(sentence.raw)
    said = " ".join(sentence.raw[at:end].split()).strip(" .,")
    return (said, end) if 2 <= len(said) <= longest and re.search(r"\w", said) else None
