"""Numbers and letters that are written as they are spoken: `quinientos miligramos`, `hache de eme i`."""

from collections.abc import Sequence

from agent.search.lexicon import UNITS

Written = tuple[str, tuple[str, ...]]
"""A word with its parts, as `words.written` has them."""

_ONES = (
    "un uno una um uma|dos dois duas|tres|cuatro quatro|cinco|seis|siete sete|ocho oito|nueve nove|diez dez|once onze|"
    "doce doze|trece treze|catorce quatorze catorze|quince quinze|dieciseis dezesseis dezasseis|"
    "diecisiete dezessete dezassete|dieciocho dezoito|diecinueve dezenove dezanove|veinte vinte|veintiuno veintiun|"
    "veintidos|veintitres|veinticuatro|veinticinco|veintiseis|veintisiete|veintiocho|veintinueve"
)
_TENS = (
    "treinta trinta|cuarenta quarenta|cincuenta cinquenta|sesenta sessenta|setenta|ochenta oitenta|noventa",
    "cien ciento cem cento|doscientos doscientas duzentos duzentas|trescientos trescientas trezentos trezentas|"
    "cuatrocientos quatrocentos|quinientos quinientas quinhentos|seiscientos seiscentos|setecientos setecentos|"
    "ochocientos oitocentos|novecientos novecentos",
)
NUMBERS = (
    {word: value for value, words in enumerate(_ONES.split("|"), 1) for word in words.split()}
    | {word: 10 * value for value, words in enumerate(_TENS[0].split("|"), 3) for word in words.split()}
    | {word: 100 * value for value, words in enumerate(_TENS[1].split("|"), 1) for word in words.split()}
    | {"mil": 1_000}
)
AND = frozenset("ye")
NEVER_A_NAME = 13
"""From this number on a word for one is hardly part of a name, as `tres leches` and a dozen are."""
ROUND = frozenset((100, 1_000))
"""Said of a lot, too: a `cento` of sweets, `mil` thanks."""
COUNTED = frozenset("u par sobres hojas folhas".split())  # noqa: SIM905
"""How many of it are wanted, rather than how large it is."""

LETTERS = {
    name: letter
    for letter, names in {
        "a": "a",
        "b": "be",
        "c": "ce",
        "d": "de",
        "e": "e",
        "f": "efe",
        "g": "ge",
        "h": "hache aga",
        "i": "i",
        "j": "jota",
        "k": "ka",
        "l": "ele",
        "m": "eme",
        "n": "ene",
        "o": "o",
        "p": "pe",
        "q": "cu",
        "r": "ere erre",
        "s": "ese esse",
        "t": "te",
        "u": "u",
        "v": "ve uve",
        "x": "equis xis",
        "z": "zeta",
    }.items()
    for name in names.split()
}
WORDS_TOO = frozenset("a e i o u de te ve".split())  # noqa: SIM905
"""Names of letters that say something else as well: nothing is spelt by them alone, or ends with them but `hdmi`."""
FEWEST_LETTERS, FEWEST_SURE, MOST_LETTERS = 3, 2, 8
BEFORE_A_LETTER = frozenset("tipo talla talle tamano tamanho vitamina copa".split())  # noqa: SIM905
SIZES = LETTERS.keys() - WORDS_TOO
BEFORE_A_NUMBER = BEFORE_A_LETTER | frozenset("numero num nro aro rin calibre grado grau".split())  # noqa: SIM905
FIGURES = NUMBERS.keys() - {"un", "una", "um", "uma"}
HALF = frozenset("medio media meio meia".split())  # noqa: SIM905


def taken_down(found: Sequence[Written]) -> list[Written]:
    """The same words with figures for numbers that measure something, and letters in one word."""
    result: list[Written] = []
    place = 0
    while place < len(found):
        said = found[place][0]
        if said in NUMBERS and (read := _number(found, place)):
            word, place = read
            result.append(word)
        elif said in LETTERS and (spelt := _spelt(found, place)):
            result.append((spelt, ()))
            place += len(spelt)
        elif said in SIZES and place and found[place - 1][0] in BEFORE_A_LETTER:
            result.append((LETTERS[said], ()))
            place += 1
        elif said in FIGURES and place and found[place - 1][0] in BEFORE_A_NUMBER:
            result.append((str(NUMBERS[said]), ()))
            place += 1
        else:
            result.append(found[place])
            place += 1
    return result


def _number(found: Sequence[Written], place: int) -> tuple[Written, int] | None:
    """The number that begins here and the place behind it, with its unit; nothing if it may be a name."""
    value = last = 0
    first = place
    while place < len(found):
        said = found[place][0]
        behind = place + 1
        if last and said in AND and behind < len(found):
            said, behind = found[behind][0], behind + 1
        more = NUMBERS.get(said, 0)
        if not more or (last and not _adds(last, more)):
            break
        value += more
        last, place = more, behind
    further = [said for said, _ in found[place : place + 2]]
    if len(further) == 2 and further[0] in AND and further[1] in HALF:
        return (f"{value}.5", ()), place + 2
    of_what = found[place][0] if place < len(found) else ""
    unit = UNITS.get(of_what)
    if unit and unit not in COUNTED and len(of_what) > 1:
        return (f"{value}{unit}", (str(value), unit)), place + 1
    if value < NEVER_A_NAME or (value in ROUND and place == first + 1):
        return None
    return (str(value), ()), place


def _adds(before: int, more: int) -> bool:
    """Whether a number may follow another: hundreds, tens, ones."""
    return more < 10 <= before or more < 100 <= before


def _spelt(found: Sequence[Written], place: int) -> str:
    names: list[str] = []
    for said, _ in found[place : place + MOST_LETTERS]:
        if said not in LETTERS:
            break
        names.append(said)
    while names and names[-1] in WORDS_TOO and names[-1] != "i":
        names.pop()
    sure = sum(name not in WORDS_TOO for name in names)
    return "".join(LETTERS[name] for name in names) if len(names) >= FEWEST_LETTERS and sure >= FEWEST_SURE else ""
