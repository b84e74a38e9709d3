"""How people write amounts, hours and days in es, pt and en. Knows nothing of how any of it is read."""

from datetime import date
from typing import Any

_ONES = {
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis "
    "veintisiete veintiocho veintinueve",
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete "
    "dezoito dezenove",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
}
_TENS = {
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
}
_HUNDREDS = {
    "es": "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos",
    "pt": "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos",
}
_LINK = {"es": " y ", "pt": " e ", "en": "-"}
_DAYS = {
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}
_MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "en": "January February March April May June July August September October November December",
}


def words(number: int, language: str) -> str:
    """A whole number below a million: 1200 is "mil doscientos", "mil e duzentos", "one thousand two hundred"."""
    if number >= 1_000:
        thousands, rest = divmod(number, 1_000)
        head = "" if thousands == 1 and language != "en" else _cut(words(thousands, language), language) + " "
        head += "thousand" if language == "en" else "mil"
        if not rest:
            return head
        joint = " e " if language == "pt" and (rest < 100 or rest % 100 == 0) else " "
        return head + joint + words(rest, language)
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        if language == "en":
            head = f"{words(hundreds, 'en')} hundred"
        elif number == 100:
            return "cien" if language == "es" else "cem"
        else:
            head = _HUNDREDS[language].split()[hundreds - 1]
        return head + ((" e " if language == "pt" else " ") + words(rest, language) if rest else "")
    ones = _ONES[language].split()
    if number < len(ones):
        return ones[number]
    tens, rest = divmod(number, 10)
    return _TENS[language].split()[tens - 2] + (_LINK[language] + ones[rest] if rest else "")


def _cut(text: str, language: str) -> str:
    """ "veintiuno mil" is said "veintiún mil"."""
    if language == "es" and text.endswith("veintiuno"):
        return text.removesuffix("veintiuno") + "veintiún"
    return text.removesuffix("o") if language == "es" and text.endswith("uno") else text


def figure(amount: int, money: dict[str, Any], *, cents: bool = True, grouped: bool = True) -> str:
    """Minor units with the separators of the place: 129900 is 1,299.00 or 1.299,00."""
    decimals = money.get("decimals", 2)
    whole, rest = divmod(amount, 10**decimals)
    text = f"{whole:,}".replace(",", money["group"] if grouped else "")
    return text + (f"{money['point']}{rest:02}" if cents and decimals else "")


def amounts(amount: int, money: dict[str, Any], language: str) -> list[str]:
    """Ways to write so much money there; each of them says it exactly."""
    whole, rest = divmod(amount, 10 ** money.get("decimals", 2))
    full = figure(amount, money)
    before, after, code = money.get("before", ""), money.get("after", ""), money["code"]
    unit = money["one"] if whole == 1 else money["many"]
    ways = [f"{before}{full}{after}", f"{code} {full}", f"{full} {money['many']}", f"*{before}{full}{after}*"]
    if after:
        ways.append(f"{full}{after.strip()}")
    elif before.strip() == before:
        ways.append(f"{before} {full}")
    else:
        ways.append(f"{before.strip()}{full}")
    if rest:
        return [*ways, f"{words(whole, language)} {unit} {_with(language)} {words(rest, language)} {money['cents']}"]
    short = figure(amount, money, cents=False)
    of = " de" if language == "es" and whole % 1_000_000 == 0 else ""
    return [
        *ways, f"{before}{short}{after}", f"{short} {unit}", f"{whole} {unit}",
        f"{_cut(words(whole, language), language)}{of} {unit}",
    ]  # fmt: skip


def _with(language: str) -> str:
    return {"es": "con", "pt": "e", "en": "and"}[language]


def hours(hour: int, minute: int, language: str) -> list[str]:
    """Ways to write a time of day, complete with what goes before it."""
    plain, half = f"{hour}:{minute:02}", hour % 12 or 12
    said = words(half, language)
    if language == "en":
        suffix = "am" if hour < 12 else "pm"
        short = f"{half}" if not minute else f"{half}:{minute:02}"
        ways = [f"at {plain}", f"at {short} {suffix}", f"at {short}{suffix}", f"at {short} {suffix[0]}.m."]
        if minute == 30:
            ways.append(f"at half past {said} in the {_part(hour, 'en')}")
        return ways
    joint = "à" if language == "pt" else "a la"
    joint += "" if half == 1 and hour in (1, 13) else "s"
    if language == "pt":
        clock = f"{hour}h" if not minute else f"{hour}h{minute:02}"
        spoken = {1: "uma", 2: "duas"}.get(half, said)
        ways = [f"às {plain}", f"às {clock}", f"às {plain}h"]
        if minute in (0, 30):
            ways.append(f"{joint} {spoken}{' e meia' if minute else ''} {_part(hour, 'pt')}")
        return ways
    suffix = "am" if hour < 12 else "pm"
    spoken = {1: "una"}.get(half, said)
    short = f"{half}" if not minute else f"{half}:{minute:02}"
    ways = [f"a las {plain}", f"{joint} {short} {suffix}", f"a las {plain} h", f"{joint} {short} {suffix[0]}.m."]
    if minute in (0, 30):
        ways.append(f"{joint} {spoken}{' y media' if minute else ''} {_part(hour, 'es')}")
    return ways


def _part(hour: int, language: str) -> str:
    part = 0 if hour < 12 else 1 if hour < 19 else 2
    return {
        "es": ("de la mañana", "de la tarde", "de la noche"),
        "pt": ("da manhã", "da tarde", "da noite"),
        "en": ("morning", "afternoon", "evening"),
    }[language][part]


def days(day: date, today: date, language: str, *, month_first: bool = False) -> list[str]:
    """Ways to write a day, relative ones where people would use them."""
    name, month = _DAYS[language].split()[day.weekday()], _MONTHS[language].split()[day.month - 1]
    away = (day - today).days
    if language == "en":
        slashed = f"{day.month}/{day.day}" if month_first else f"{day.day}/{day.month}"
        end = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th")
        ways = [
            f"{name}, {month} {day.day}",
            f"{name} the {day.day}{end}",
            f"{name} {slashed}",
            f"{month} {day.day}{end}",
        ]
        return ways + {0: ["today"], 1: ["tomorrow", f"tomorrow, {name}"]}.get(away, [])
    article = "el " if language == "es" else ""
    ways = [
        f"{article}{name} {day.day} de {month}", f"{article}{name} {day.day}", f"{article}{name} {day.day}/{day.month}",
        f"{'el' if language == 'es' else 'dia'} {day.day} de {month}",
    ]  # fmt: skip
    near = {
        "es": {0: ["hoy"], 1: ["mañana", f"mañana {name}"], 2: ["pasado mañana"]},
        "pt": {0: ["hoje"], 1: ["amanhã", f"amanhã, {name}"], 2: ["depois de amanhã"]},
    }
    return ways + near[language].get(away, [])


def weekday(day: date, language: str) -> str:
    return _DAYS[language].split()[day.weekday()]


def dated(day: date, name: str, language: str) -> str:
    """A day of the month with any weekday's name before it."""
    month = _MONTHS[language].split()[day.month - 1]
    return f"{name}, {month} {day.day}" if language == "en" else f"{name} {day.day} de {month}"


def lasting(minutes: int, language: str) -> list[str]:
    """Ways to write a length of time."""
    whole, rest = divmod(minutes, 60)
    ways = [f"{minutes} {'minutes' if language == 'en' else 'minutos'}", f"{minutes} min"]
    hour = {"es": ("hora", "horas"), "pt": ("hora", "horas"), "en": ("hour", "hours")}[language]
    if whole and not rest:
        ways.append(f"{whole} {hour[whole > 1]}")
        female = {"es": {1: "una"}, "pt": {1: "uma", 2: "duas"}, "en": {1: "one"}}[language]
        ways.append(f"{female.get(whole, words(whole, language))} {hour[whole > 1]}")
    if whole and rest == 30:
        ways.append(
            {
                "es": f"{whole} {hour[whole > 1]} y media", "pt": f"{whole} {hour[whole > 1]} e meia",
                "en": f"{whole}.5 hours",
            }[language]
        )  # fmt: skip
    if whole and rest:
        ways.append(f"{whole} h {rest} min")
    return ways
