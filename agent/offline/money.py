"""Money and moments as a shop writes them."""

from datetime import datetime

from agent.offline.language import Language

SYMBOLS = {"BRL": "R$ ", "EUR": "€", "GBP": "£", "PEN": "S/ "}
WITHOUT_CENTS = ("CLP", "JPY", "PYG", "KRW", "ISK", "VND")
"""ISO 4217: no decimals."""
COMMA_DECIMALS = ("pt", "es-AR", "es-ES", "es-CO", "es-CL", "es-UY", "es-PY", "es-EC", "es-VE", "de", "fr", "it")


def major(amount: int, currency: str) -> float:
    """Minor units as whole ones: 129900 is 1299.0."""
    return amount / (1 if currency in WITHOUT_CENTS else 100)


def money(amount: int, currency: str, locale: str) -> str:
    """Minor units as the business writes them: `$1,299.00 MXN`, `R$ 80,00`. The locale is the business's."""
    text = f"{major(amount, currency):,.{0 if currency in WITHOUT_CENTS else 2}f}"
    if locale.startswith(COMMA_DECIMALS):
        text = text.translate(str.maketrans(",.", ".,"))
    if currency in SYMBOLS:
        return f"{SYMBOLS[currency]}{text}"
    return f"${text} {currency}"


def moment(iso: str, language: Language, voice: dict[str, str]) -> str:
    """`viernes 7 de agosto, 10:30`, on the clock of the given instant's offset, without the hour of a mere date; '' if
    it is neither."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    pattern = voice["date"] if "T" in iso else voice["date"].removesuffix(", {time}")
    return pattern.format(
        weekday=voice["days"].split()[at.weekday()],
        day=at.day,
        month=voice["months"].split()[at.month - 1],
        time=f"{at:%H:%M}",
    )
