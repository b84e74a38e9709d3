"""Numbers and money as people write them in three languages; knows nothing of how they are read."""

from typing import NamedTuple


class Tongue(NamedTuple):
    units: str
    tens: str
    hundreds: str
    thousand: str
    one_thousand: str
    joins_tens: str
    joins_hundreds: str


ES = Tongue(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve",
    "_ _ _ treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "_ ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos",
    "mil", "mil", " y ", " ",
)  # fmt: skip
PT = Tongue(
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete "
    "dezoito dezenove",
    "_ _ vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "_ cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos",
    "mil", "mil", " e ", " e ",
)  # fmt: skip
EN = Tongue(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "_ _ twenty thirty forty fifty sixty seventy eighty ninety",
    "_ one two three four five six seven eight nine",
    "thousand", "one thousand", "-", " ",
)  # fmt: skip
TONGUES = {"es": ES, "pt": PT, "en": EN}
MONEY = {
    "es": ("peso", "pesos", "centavos", " con ", "MXN", "$"),
    "pt": ("real", "reais", "centavos", " e ", "BRL", "R$ "),
    "en": ("dollar", "dollars", "cents", " and ", "USD", "$"),
}


def spelled(number: int, language: str) -> str:
    """A whole number below a million in words: 1299 is "mil doscientos noventa y nueve"."""
    tongue = TONGUES[language]
    units, tens, hundreds = tongue.units.split(), tongue.tens.split(), tongue.hundreds.split()
    if number < len(units):
        return units[number]
    if number < 100:
        ten, rest = divmod(number, 10)
        return tens[ten] + (tongue.joins_tens + units[rest] if rest else "")
    if number < 1_000:
        hundred, rest = divmod(number, 100)
        if number == 100 and language != "en":
            return "cien" if language == "es" else "cem"
        joint = " hundred" if language == "en" else ""
        return hundreds[hundred] + joint + (tongue.joins_hundreds + spelled(rest, language) if rest else "")
    thousand, rest = divmod(number, 1_000)
    first = tongue.one_thousand if thousand == 1 else f"{spelled(thousand, language)} {tongue.thousand}"
    joint = " e " if language == "pt" and rest and (rest < 100 or rest % 100 == 0) else " "
    return first + (joint + spelled(rest, language) if rest else "")


def grouped(amount: int, point: str, comma: str, *, cents: bool = True) -> str:
    """Minor units with separators: 129900 is 1,299.00."""
    whole = f"{amount // 100:,}".replace(",", comma)
    return f"{whole}{point}{amount % 100:02}" if cents else whole


def written(amount: int, language: str) -> list[str]:
    """Every way in which somebody writes this much money (minor units of the language's shop), cents where needed."""
    one, many, cents, joint, iso, sign = MONEY[language]
    point, comma = (",", ".") if language == "pt" else (".", ",")
    full = grouped(amount, point, comma)
    bare = grouped(amount, point, "")
    ways = [f"{sign}{full}", f"{sign}{full} {iso}", f"{iso} {full}", f"{full} {many}", f"{sign}{bare}"]
    if language == "es":
        ways.append(f"{grouped(amount, ',', '.')} pesos")
    if language == "pt":
        ways.append(f"R$\u00a0{full}")
    words = f"{spelled(amount // 100, language)} {one if amount // 100 == 1 else many}"
    if amount % 100:
        return [*ways, f"{words}{joint}{spelled(amount % 100, language)} {cents}"]
    short, plain = grouped(amount, point, comma, cents=False), str(amount // 100)
    return [*ways, f"{sign}{short}", f"{short} {many}", f"{plain} {many}", f"{sign}{plain}", words]
