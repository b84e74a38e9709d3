"""Words as the index keeps them: folded, stemmed a little, and written as they sound.

One set of rules for Spanish, Portuguese and English, applied to products and queries alike, so a rule that is wrong
for a language is wrong on both sides and still matches.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agent.search.asking import Text
from agent.search.lexicon import COLOURS, STOP_WORDS, UNITS
from agent.search.measures import in_figures

FORMAT = 6
"""Raised whenever a rule here changes what is stored: the index is then built anew."""

EMOJI = "\U0001f300-\U0001faff\u2600-\u27bf"
FRACTION = r"(?<![\w/])\d{1,2}/(?:2|3|4|8|16|32|64)(?![\d/])"
TOKEN = re.compile(rf"{FRACTION}|\d+[.,]\d{{1,2}}(?![\d/])|[^\W_]+|[{EMOJI}]")
APOSTROPHE = re.compile(r"['’´`](?<=\w.)(?=\w)")
HYPHENATED = re.compile(r"(?<![^\W_])([^\W_]*[^\W\d_])-([^\W\d_][^\W_]*)(?![^\W_])")
"""Between letters, as anywhere else numbers part words by themselves: `wi-fi`, `CT-S200`."""
TIMES = re.compile(r"(?<=\d)\s?[x×]\s?(?=\d+[.,]\d)")
WITHOUT = re.compile(r"(?<!\w)s/\s?(?=[^\W\d_]{3})|\b(?:sem|without)\b")
WITH_OR_FOR = re.compile(r"(?<!\w)[cp]/\s?(?=[^\W\d_]{3})")
NUMBER_EDGE = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")
INCHES = re.compile(r"(?<=\d)\s?(?:[\"”]|['’′]{2})")
FRACTIONS = str.maketrans(
    {
        "½": " 1/2",
        "¼": " 1/4",
        "¾": " 3/4",
        "⅓": " 1/3",
        "⅔": " 2/3",
        "⅛": " 1/8",
        "⅜": " 3/8",
        "⅝": " 5/8",
        "⅞": " 7/8",
    }
)
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{3,}")
"""Scripts that put no space between words; they are kept as pairs of characters."""
SOUNDS = (
    (re.compile(r"[cs]h|[ck]s|[cx]c(?=[eiy])"), "x"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu(?=[ei])|ck"), "k"),
    (re.compile(r"c(?=[eiy]|ao$)|z|ss"), "s"),
    (re.compile(r"[cq]"), "k"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"gu(?=[ei])"), "g"),
    (re.compile(r"(?<=[aeou])y(?![aeiou])"), "i"),
    (re.compile(r"ll|lh|li(?=[aeou])|(?<=\w\w\w)li$"), "y"),
    (re.compile(r"v"), "b"),
    (re.compile(r"w"), "u"),
    (re.compile(r"nh|ny|ni(?=[aeou])|(?<=\w\w\w)ni$"), "n"),
    (re.compile(r"h"), ""),
    (re.compile(r"(?<=\w\w[aeiou])u$"), "l"),
    (re.compile(r"(.)\1+"), r"\1"),
)
VOWELS = re.compile(r"[aeiou]")
SHORT = 4
"""Letters of a word as it sounds, which keeps its ending."""
MOST_CHARACTERS = 5_000
"""Of all that there are, whose kind is remembered."""
LONGEST_WORD = 60
MOST_BODY_WORDS = 300
MOST_TITLE_WORDS = 40
MOST_LABEL_WORDS = 120

SATURATION = 1.2
"""Of a word said often; this and the weights below may lie a third off without changing what is found."""
FIELDS = {"title": (3.0, 0.4, 9.0), "brand": (2.0, 0.0, 1.0), "labels": (1.5, 0.3, 8.0), "body": (1.0, 0.5, 16.0)}
"""Weight, how much length matters, and a usual length in words: constants, so that a product is written alone."""
TRANSLATED = 0.8
HEAD_COUNTS = 1.5
PREPOSITIONS = frozenset("para for with con com de da do del p c".split())  # noqa: SIM905
CARRIERS = frozenset(
    "clase clases curso cursos aula aulas taller kit juego jogo set par pares sesion sessao docena duzia".split()  # noqa: SIM905
)
"""What is behind them is what is sold, too: `Clases de natación`."""
CARRYING = tuple(f"{word} de " for word in CARRIERS)
ENGLISH = frozenset("the and with for of your to in on is".split())  # noqa: SIM905
LATIN = frozenset("de del da do para con com el la los las y e que os em en sin sem".split())  # noqa: SIM905
WORD = re.compile(r"\w+")
ALPHANUMERIC = re.compile(r"[^\W_]+")
ACCENTED = re.compile(r"[áéíóúâêôãõàñç¿¡]", re.IGNORECASE)
ENDING_IN_A_OR_O = re.compile(r"\b[^\W\d_]{3,}[ao]s?\b")
LONG_WORD = re.compile(r"\b[^\W\d_]{4,}")
BREAK = re.compile(r"[^\w\s]|\b\w*\d\w*\b")
UNBROKEN = re.compile(r"[a-z ]*")
NUMBERED = re.compile(r"\d")
UNCOMMON = re.compile(r"[^\x00-\x7f\u0300-\u034e\u0350-\u036f]")
"""What is neither ASCII nor an accent of Latin scripts."""


@dataclass(frozen=True)
class Analysed:
    """A document's words as the index stores them."""

    weights: Mapping[str, float]
    """Stem -> how much the document is about it, 0 to 1: its part of BM25F (Robertson & Zaragoza 2009) without idf."""
    title_stems: tuple[str, ...]
    """In order, repeats kept; what stage 2 compares the query with."""
    codes: tuple[str, ...]
    """SKUs and barcodes, squashed."""
    names: frozenset[str] = frozenset()
    """What says what the thing is: the last step of its category, and the nouns that head its title."""


class _Accents(dict[int, int | None]):
    """A table for `translate` that takes out what combines, filled as characters are met, up to some."""

    def __missing__(self, char: int) -> int | None:
        found = None if unicodedata.combining(chr(char)) else char
        if len(self) < MOST_CHARACTERS:
            self[char] = found
        return found


_ACCENTS = _Accents()


def fold(text: str) -> str:
    """Lower case without accents: `Ñandú` -> `nandu`."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(FRACTIONS).casefold())
    if not UNCOMMON.search(plain):
        return plain.encode("ascii", "ignore").decode()
    plain = plain.translate(_ACCENTS)
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)


def written(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Folded words in order, each with its parts if it has any: `500ml` and `500 ml` are (`500ml`, (`500`, `ml`))."""
    return _written(_plain(fold(text)))


def _plain(folded: str) -> str:
    """Without apostrophes, and what is short for a word written out."""
    plain = TIMES.sub(" x ", APOSTROPHE.sub("", INCHES.sub(" inch ", folded)))
    plain = in_figures(plain)
    if "/" in plain:
        plain = WITH_OR_FOR.sub(" ", plain)
    return WITHOUT.sub("sin ", plain) if "/" in plain or "sem" in plain or "without" in plain else plain


def _written(plain: str) -> list[tuple[str, tuple[str, ...]]]:
    found: list[tuple[str, tuple[str, ...]]] = []
    for token in TOKEN.findall(plain):
        token = token[:LONGEST_WORD]
        if token.isascii() and token.isalpha() and token not in UNITS:
            found.append((token, ()))
            continue
        if "," in token or "." in token:
            whole, _, decimals = token.replace(",", ".").partition(".")
            token = f"{whole}.{decimals}".rstrip("0").rstrip(".")
        if token in UNITS and found and found[-1][0][-1].isdigit() and not found[-1][1]:
            number, unit = found.pop()[0], UNITS[token]
            found.append((number + unit, (number, unit)))
        elif UNSPACED.search(token):
            found += [(first + second, ()) for first, second in pairwise(token)]
        elif "." in token or "/" in token:
            found.append((token, ()))
        else:
            *before, last = NUMBER_EDGE.split(token)
            parts = (*before, UNITS.get(last, last) if before else last)
            found.append(("".join(parts), parts if before else ()))
    return found


def tokens(text: str) -> list[str]:
    """Folded words in order, and what else they may be written as: `500ml 500 ml`, `wi fi wifi`."""
    return _tokens(fold(text))


def _tokens(folded: str) -> list[str]:
    found: list[str] = []
    plain = _plain(folded)
    if plain.isascii() and not NUMBERED.search(plain):
        found = [token[:LONGEST_WORD] for token in TOKEN.findall(plain)]
    else:
        for token, parts in _written(plain):
            found.append(token)
            found += parts
    return found + [first + second for first, second in HYPHENATED.findall(folded)] if "-" in folded else found


def stems(text: str) -> list[str]:
    """Stems of the words that say something, in order, repeats kept."""
    return _stems(fold(text))


def _stems(folded: str) -> list[str]:
    return [said for token in _tokens(folded) if (said := _said(token))]


@lru_cache(maxsize=65_536)
def _said(token: str) -> str:
    """Its stem; nothing of a word that says nothing."""
    return "" if token in STOP_WORDS else stem(token)


@lru_cache(maxsize=16_384)
def _label_stems(label: str) -> tuple[str, ...]:
    """Of a brand or a category, which many products share."""
    return tuple(stems(label))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Number and gender taken off, where enough is left: zapatillas, zapatilla -> zapatill; colchões, colchão ->
    colchao, no colcha; salas -> sala, no sal."""
    if len(word) < 4 or not word.isalpha():
        return word
    word = singular(word)
    if word.endswith("ao"):
        return word
    if word.endswith("ce"):
        word = word[:-2] + "z"
    elif word.endswith("y") and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    if word[-1] == "e" or (word[-1] in "ao" and len(sound(word)) > SHORT):
        trimmed = word.rstrip(word[-1])
        return trimmed if len(trimmed) >= 3 else word
    return word


def other_gender(stem: str) -> str | None:
    """Of a short word, whose ending is left on it as `bola` is no `bolo`: `roja` -> `rojo`."""
    if len(stem) < SHORT or not has_ending(stem):
        return None
    return stem[:-1] + ("a" if stem[-1] == "o" else "o")


def has_ending(stem: str) -> bool:
    """Whether its gender is left on it, as it is on short ones: `jarra`, and not `zapatill`."""
    return stem[-1] in "ao" and not stem.endswith("ao")


def singular(word: str) -> str:
    """Number taken off."""
    if word.endswith(("oes", "aes", "aum")):
        return word[:-3] + "ao"
    if word.endswith("ces") and len(word) > 4:
        return word[:-3] + "z"
    if word.endswith(("ais", "eis", "ois", "uis")) and len(word) > 4:
        return word[:-2] + "l"
    if word.endswith("es") and word[-3] not in "aeiou" and len(word) > 5:
        return word[:-2]
    if word.endswith("ns") and len(word) > 4:
        return word[:-2] + "m"
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """As a person would misspell it: azul, asul -> asul; zapatilla, sapatiya -> sapatiya; vestido, bestido."""
    if not word.isalpha():
        return word
    for pattern, replacement in SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def analyse(text: Text) -> Analysed:
    """The words of a document with how much each says; a word in several fields is one word (BM25F)."""
    name, body = fold(text.title), fold(text.body)
    title = _stems(name)[:MOST_TITLE_WORDS]
    brand = _label_stems(text.brand or "")
    often: dict[str, float] = {}
    _count(often, "title", title)
    heads = _heads(name, body, brand, accented=any(map(ACCENTED.search, (text.title, text.body, *text.labels[:1]))))
    for word in heads:
        if word in often:
            often[word] *= HEAD_COUNTS
    _count(often, "brand", brand)
    _count(often, "labels", stems(" ".join(text.labels))[:MOST_LABEL_WORDS])
    _count(often, "body", _stems(body)[:MOST_BODY_WORDS])
    for other_name, other_body in text.translations:
        _count(often, "title", stems(other_name)[:MOST_TITLE_WORDS], TRANSLATED)
        _count(often, "body", stems(other_body)[:MOST_BODY_WORDS], TRANSLATED)
    weights = {word: count / (count + SATURATION) for word, count in often.items()}
    codes = dict.fromkeys(squashed(code) for code in text.codes)
    return Analysed(weights, tuple(title), tuple(code for code in codes if code), _names(text, brand, heads))


def _heads(name: str, body: str, brand: Collection[str], *, accented: bool) -> set[str]:
    """Nouns of the title that say what the thing is: the first in Spanish and Portuguese (`Funda para notebook`), those
    before a number, a colour or a break in English (`Notebook sleeve 15", black`); none behind a preposition. Folded
    texts, stems of the brand, and whether there is an accent anywhere."""
    said = name
    for found in WORD.finditer(name):
        if found.group() in PREPOSITIONS and name[: found.start()].strip() not in CARRIERS:
            said = name[: found.start()]
            break
    in_order = [word for token, _ in written(said) if (word := stem(token)).isalpha() and word not in brand]
    words = [*WORD.findall(name), *WORD.findall(body)]
    english, latin = (sum(map(words_of.__contains__, words)) for words_of in (ENGLISH, LATIN))
    if english == latin:
        latin += accented or 2 * len(ENDING_IN_A_OR_O.findall(name)) >= max(1, len(LONG_WORD.findall(name)))
    in_order = [word for word in in_order if word not in PREPOSITIONS]
    heads = set(in_order[: 1 + said.startswith(CARRYING)]) if english <= latin else set()
    if latin <= english:
        nouns = set(in_order)
        for run in [said] if UNBROKEN.fullmatch(said) else BREAK.split(said):
            last = next((word for word in reversed(run.split()) if word not in COLOURS), None)
            if last and (word := stem(last)) in nouns:
                heads.add(word)
    return heads


def _names(text: Text, brand: Collection[str], heads: set[str]) -> frozenset[str]:
    category = text.labels[0].rpartition(">")[2] if text.labels else ""
    return frozenset({word for word in _label_stems(category) if word not in brand} | heads)


def _count(often: dict[str, float], field: str, words: Sequence[str], share: float = 1.0) -> None:
    weight, length_matters, usual = FIELDS[field]
    one = share * weight / (1 - length_matters + length_matters * len(words) / usual)
    for word in words:
        often[word] = often.get(word, 0.0) + one


def pieces(word: str) -> set[str]:
    """By what a misspelt word is found, given as it sounds: the word with each letter left out (two words an edit apart
    share one, as in SymSpell), its beginning, its end, and its consonants in any order."""
    found = {word[:place] + word[place + 1 :] for place in range(len(word))} | {word}
    if len(word) >= 6:
        found |= {f"^{word[:4]}", f"{word[-4:]}$"}
    consonants = "".join(sorted(VOWELS.sub("", word)))
    return found | {f"~{consonants}"} if len(consonants) >= 3 else found


def asked_pieces(word: str) -> set[str]:
    """By what a word of a query is looked for: `torn` is the beginning of a longer word, `donaq` of `don(a)`."""
    return pieces(word) | {f"^{word[:4]}", word[:-2]} if len(word) >= 4 else pieces(word)


def spoken(stems: Iterable[str]) -> str:
    """Words as they sound, in the order of the alphabet, so that likeness is whatever the order they came in."""
    return " ".join(sorted(map(sound, stems)))


def squashed(text: str) -> str:
    """A code without its punctuation: `AB-12/3` -> `ab123`."""
    return "".join(ALPHANUMERIC.findall(fold(text)))
