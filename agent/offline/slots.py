"""Picking values out of a customer's words: how many, which one, when, how much, who, where."""

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.offline.tables import Phrases
from agent.offline.text import babble, fold, unaccented

SIZE_WORDS = ("talla", "tallas", "numero", "num", "no", "nro", "size", "tamanho", "medida")
BEFORE_SIZES = (*SIZE_WORDS, "en", "em", "in")
SIZES = ("xs", "s", "m", "l", "xl", "xxl", "ch", "g", "xg", "p", "gg", "u")
LAST_SIZES = ("m", "l", "g")
"""Letters that are a size at the end of a wish."""
FIRST_TWO = re.compile(
    r"\b(?:(?:dos|2) primer[oa]s|primer[oa]s (?:dos|2)|(?:dois|duas|2) primeir[oa]s|primeir[oa]s (?:dois|duas|2)|"
    r"first (?:two|2))\b"
)
NUMBER = re.compile(r"(\d{1,3})x?")
EMPTY_START = re.compile(r"^(?:ver |lo de |lo del |sobre |acerca de |about |the )+", re.IGNORECASE)
SOON = re.compile(
    r"\b(?:lo antes posible|lo mas pronto posible|cuanto antes|o quanto antes|o mais (?:cedo|rapido) possivel|asap|"
    r"as soon as possible|first available|(?:cualquier|qualquer) (?:hora|dia|horario)|any ?(?:time|day))\b"
)
NOW = ("agora", "agora mesmo", "ahora", "ahora mismo", "ya", "now", "right now")
WHOLE = re.compile(
    r"\b(?:(?:menos|excepto|exceto|salvo|except|but|other than) (?:(?:el|la|los|las|on|a|o) )?(?:lunes|martes|"
    r"miercoles|"
    r"jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|sexta|\w+day)|(?:que viene|que vem) n[ao]o?|"
    r"(?:not|no|nao) (?:(?:this|on|el|este|na|nessa|esta) )+(?:lunes|martes|miercoles|jueves|viernes|sabado|"
    r"domingo|segunda|"
    r"terca|quarta|quinta|sexta|\w+day)|(?:este|esta|this) \w+ (?:no|nao)|half (?:past )?(?:\d|\w+ (?:on|tomorrow|"
    r"today))|"
    r"(?:quarter|five|ten|twenty) (?:past|to|after|of|till)|(?:cuarto|quinze|diez|dez|cinco) (?:para|pra|"
    r"pras) (?:las?|as)|"
    r"half (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)|week (?:on|from|today|tomorrow)|"
    r"fortnight|"
    r"(?:en|a) (?:ocho|oito|quince|quinze)|entre semana|dia de semana|week ?days?|"
    r"ultima hora|(?:ultimo|ultima|last) (?:turno|horario|hora|appointment|slot|thing)|end of (?:the )?day|"
    r"(?:fim|final) d[oa] (?:dia|tarde|mes)|(?:fin|final|finales) de mes|end of the month|prim(?:era|eira) hora|"
    r"first thing|"
    r"mes que vi?e(?:ne|m)|next month|last (?:week|\w+day)|(?:semana|lunes|martes|miercoles|jueves|viernes|sabado|"
    r"domingo|segunda|"
    r"terca|quarta|quinta|sexta)(?:-feira)? (?:pasad|passad)[oa])\b"
)
"""What only the whole sentence tells rightly: a day that is ruled out, half four, a week on Friday."""
SPOKEN_OF = re.compile(
    r"\b(?:(?:mism|mesm)[oa] (?:dia|hora|horario)|same (?:day|time)|(?:ese|[nd]?esse|that) (?:dia|day)|(?:dia|"
    r"day) (?:after|"
    r"before|later|siguiente|seguinte|despues|depois|antes)|following day|(?:cualquier|qualquer|algun|algum|"
    r"any) (?:otro|outro|other) (?:dia|day)|"
    r"(?<!el )(?<!lo )(?<!la )(?<!o )(?<!a )(?:mas|mais) (?:tarde|temprano|cedo)|later|earlier)\b"
)
"""What refers to the slot that was spoken of."""
SHORT = 12
HALVES = ("que vem", "que viene", "y media", "y cuarto", "e meia", "e quinze", "en punto", "em ponto")
COUNTED = re.compile(
    r"min|minutos?|minutes?|anos?|years?|personas?|pessoas?|people|pesos?|reais|vez|veces|vezes|times|cm|kg"
)
"""What a number counts that is no hour."""
CLOCK = re.compile(
    r"\d{1,2}(?::\d\d)?(?:am|pm|hs?|hrs)|\d{1,2}(?::\d\d|h\d\d)|\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{4}-\d\d-\d\d\S*"
)
"""A word that is a time or a date by its looks."""
POLITE = re.compile(r"\b(?:buen[oa]s?|bo[ma]|good)\b")
NOON = ("meio dia", "medio dia")
HOUR_FOLLOWS = ("a", "as", "at", "por", "pela")


@dataclass(frozen=True)
class Item:
    """A line of a wish: `2 del primero`."""

    text: str
    quantity: int | None
    ordinal: int | None
    """Place in the list shown last, from 1; -1 is the last."""


def spelled_out(text: str, phrases: Phrases) -> str:
    """Folded text with chat spellings written out."""
    return " ".join(phrases.short.get(word, word) for word in fold(text).split())


def content_words(text: str, phrases: Phrases) -> list[str]:
    """What is left when greetings, verbs of wishing and small words are gone; a final `pro` is
    no `para o`, and a final `m` a size."""
    words = spelled_out(text, phrases).split()
    kept = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if (before in BEFORE_SIZES and word in SIZES)
        or (word not in phrases.stop and (len(word) > 1 or word.isdigit()))
    ]
    told_last = kept and words[-1] in ("pro", *LAST_SIZES) and words[-1] != kept[-1]
    return [*kept, words[-1]] if told_last else kept


def content_text(text: str, phrases: Phrases) -> str:
    """The same words as the customer wrote them."""
    kept = set(content_words(text, phrases))
    told = (word.strip(".,;:!?¿¡()\"'").lower() for word in text.split())
    return " ".join(word for word in told if not kept.isdisjoint(fold(word).split()))


def nonsense(words: list[str]) -> bool:
    """Whether some words were typed at random and none is a word for sure."""
    return any(map(babble, words)) and not any(len(word) > 3 and not babble(word) for word in words)


def items(text: str, phrases: Phrases) -> list[Item]:
    """The lines of an order, in order."""
    parts = re.split(phrases.split, text, flags=re.IGNORECASE)
    return [item for part in parts if (item := _item(part, phrases)) is not None]


def _item(part: str, phrases: Phrases) -> Item | None:
    words = spelled_out(part, phrases).split()
    ordinal = next((phrases.ordinals[word] for word in words if word in phrases.ordinals), None)
    place, count = _quantity(words, phrases)
    if count is not None:
        words = [*words[:place], *words[place + 1 :]]
    rest = " ".join(words)
    pointed = ordinal is not None or re.search(rf"\b(?:{phrases.all_of_them})\b", rest) is not None
    return Item(rest, count, ordinal) if pointed or count is not None or content_words(rest, phrases) else None


def _quantity(words: list[str], phrases: Phrases) -> tuple[int, int | None]:
    """Where the number stands, and the number."""
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if (digits := NUMBER.fullmatch(word)) and before not in SIZE_WORDS:
            return index, int(digits[1]) or None
        if word in phrases.numbers and before not in phrases.ordinals:
            return index, phrases.numbers[word]
        if word not in phrases.stop and word not in ("x", "de"):
            break
    return 0, None


def quantity(text: str, phrases: Phrases) -> int | None:
    """How many, if the words begin with a number: `solo dos`, `mejor 3`."""
    return _quantity(spelled_out(text, phrases).split(), phrases)[1]


def without_quantity(text: str, phrases: Phrases) -> str:
    """Folded words without the number they begin with."""
    words = spelled_out(text, phrases).split()
    place, count = _quantity(words, phrases)
    return " ".join(words if count is None else [*words[:place], *words[place + 1 :]])


def ordinals(text: str, phrases: Phrases) -> list[int]:
    """Places in a list, in order: `el primero y el tercero` is [1, 3], `the first two` [1, 2]."""
    if FIRST_TWO.search(fold(text)):
        return [1, 2]
    return [phrases.ordinals[word] for word in spelled_out(text, phrases).split() if word in phrases.ordinals]


def option_number(text: str) -> int | None:
    """A message that is nothing but a small number picks from a list."""
    return int(text) if (text := fold(text)) and re.fullmatch(r"[1-9]", text) else None


def limit(text: str, phrases: Phrases) -> float | None:
    """The most to be spent on one piece, in major units."""
    found = re.search(phrases.limit, unaccented(text))
    if not found:
        return None
    digits = re.sub(r"[.,](?=\d{3}\b)", "", found[1]).strip(".,").replace(",", ".")
    try:
        return float(digits)
    except ValueError:
        return None


def name(text: str, phrases: Phrases) -> tuple[str | None, str]:
    """The name after `me llamo`, `soy`, `my name is`, one or two words, capitalised; and the text without it."""
    found = re.search(rf"(?i)\b{phrases.name}", text)
    if not found:
        return None, text
    words = found[1].split()
    first = fold(words[0])
    if first in phrases.not_a_name.split() or first in phrases.stop:
        return None, text
    second = words[1] if len(words) > 1 and words[1][0].isupper() else ""
    end = found.start(1) + found[1].index(second or words[0]) + len(second or words[0])
    told = " ".join(word.capitalize() for word in (words[0], second) if word)
    rest = re.sub(r" {2,}", " ", f"{text[: found.start()]} {text[end:]}")
    return told, rest.strip(" ,.;!\n")


def topic(text: str, phrases: Phrases) -> str | None:
    """What to be reminded of, without the time."""
    span = when(text, phrases)
    plain = " ".join((text.replace(span, " ") if span else text).split())
    found = re.search(phrases.about, plain, flags=re.IGNORECASE)
    told = found[1] if found else plain.partition(" ")[2]
    rest = EMPTY_START.sub("", told).strip(" .,!?¿¡")
    return rest[:120] if content_words(rest, phrases) else None


def address(text: str, phrases: Phrases) -> str | None:
    """Where an order should go, in the customer's words."""
    line = next((line for line in text.splitlines() if re.search(phrases.address, fold(line))), None)
    if line is None:
        return None
    agreed = re.match(
        r"(?i)^\W*(?:sim|s[ií]|yes|ok|dale|claro|listo|perfecto|perfeito)?\W*(?:por favor|please)?\W*", line
    )
    return line[agreed.end() if agreed else 0 :].strip()[:500] or None


def whole(text: str) -> bool:
    """Whether the time is told by the whole message, or by what was spoken of before."""
    folded = fold(text)
    return WHOLE.search(unaccented(text)) is not None or (
        len(folded.split()) <= SHORT and SPOKEN_OF.search(folded) is not None
    )


@lru_cache(maxsize=2048)
def when(text: str, phrases: Phrases, expected: bool = False) -> str | None:
    """The words about day and hour, as written. `expected`: a bare number is an hour, since it was asked for."""
    words = re.findall(r"\S+", text)
    folded = [phrases.short.get(fold(word), fold(word)) for word in words]
    if fold(text) in NOW or SOON.search(fold(text)) or whole(text):
        return text.strip(" ,.;!?¿¡")[:200]
    anchors = [index for index in range(len(words)) if _tells_time(words, folded, index, phrases, expected)]
    if not anchors:
        return None
    joins = phrases.clock.joins.split()
    start, end = anchors[0], anchors[-1]
    while start and folded[start - 1] in joins:
        start -= 1
    while end + 1 < len(words) and folded[end + 1].split(" ")[0] in phrases.clock.more.split():
        end += 1
    if " ".join(folded[end + 1 : end + 3]) in HALVES:
        end += 2
    while start < anchors[0] and folded[start] in ("para", "pra", "por", "en", "em", "for", "y", "e", "that"):
        start += 1
    return " ".join(words[start : end + 1]).strip(" ,.;!?¿¡")


def _tells_time(words: list[str], folded: list[str], index: int, phrases: Phrases, expected: bool) -> bool:
    clock = phrases.clock
    word = folded[index].split(" ")[0]
    before = folded[index - 1] if index else ""
    after = folded[index + 1] if index + 1 < len(folded) else ""
    if before and POLITE.fullmatch(before):
        return False
    if folded[index] in NOON or f"{word} {after}" in NOON or f"{before} {word}" in NOON:
        return True
    if word in clock.days:
        return after not in ("opcao", "opcion", "alternativa", "option", "one") and not (
            word in ("ter", "sex", "sun", "dom")
            and not expected
            and len(words) > 3
            and before not in clock.joins.split()
        )
    if word in clock.relative.split() or word in clock.parts.split() or word in ("semana", "week", "weekend", "finde"):
        return word != "pasado" or after == "manana"
    if word in clock.months.split():
        return word not in ("may", "marco", "march") or bool(re.search(r"\d", before + after))
    raw = words[index].lower().strip(".,;!?¿¡")
    if CLOCK.fullmatch(raw):
        return True
    if after in ("am", "pm", "hs", "hrs", "h", "horas") and raw.isdigit():
        return True
    is_number = re.fullmatch(r"\d{1,2}(?:[.]\d\d)?(?:st|nd|rd|th)?", raw) is not None or (
        phrases.numbers.get(word, 0) > 1 and word not in ("par", "couple", "pair", "docena", "duzia", "dozen")
    )
    if phrases.numbers.get(word) == 1:
        return before in clock.before_hour.split()
    if not is_number or COUNTED.fullmatch(after):
        return False
    early = [fold(item).split(" ")[0] for item in words[max(0, index - 2) : index]]
    timed = before in clock.before_hour.split() or before == "dia"
    dated = after in ("de", "of") and any(item in clock.months.split() for item in folded[index + 1 : index + 4])
    dated = dated or (before in ("el", "the") and after in HOUR_FOLLOWS)
    return expected or timed or dated or any(item in clock.days or item in clock.months.split() for item in early)
