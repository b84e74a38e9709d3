"""Amounts, counts, days and yes or no as people and programs write them. Each raises `Unreadable`, which says what is
wrong and what to do."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, list_currencies

from backend.catalog.fields import MOST_STOCK

MOST_MINOR = 10**12
_LONGEST = 100
"""Signs of an amount or a count; patterns see no more."""
_CODES = frozenset(list_currencies())
_SIGNS = {
    "R$": "BRL", "US$": "USD", "U$S": "USD", "U$D": "USD", "€": "EUR", "£": "GBP", "S/": "PEN", "S/.": "PEN",
    "₲": "PYG", "BS": "BOB", "BS.": "BOB", "Q": "GTQ", "¥": "JPY", "MX$": "MXN", "AR$": "ARS", "COL$": "COP",
    "CL$": "CLP", "$U": "UYU", "₡": "CRC", "RD$": "DOP", "C$": "NIO", "B/.": "PAB",
}  # fmt: skip
_PESOS = frozenset(["USD", "MXN", "ARS", "COP", "CLP", "UYU", "CAD", "AUD", "NZD", "DOP", "CUP"])
"""What `$` alone may mean."""
_AMOUNT = re.compile(r"(?P<before>[^\d.,\-()+']*)(?P<number>[-+(]{0,2}\s*[\d.,' ]*\d[\d.,' ]*[-)]?)(?P<after>[^\d]*)")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_YES = frozenset(
    [
        "1",
        "true",
        "yes",
        "y",
        "si",
        "sí",
        "s",
        "sim",
        "verdadero",
        "verdadeiro",
        "active",
        "activo",
        "activa",
        "ativo",
        "ativa",
        "publish",
        "published",
        "visible",
        "on",
        "x",
    ]
)
_NO = frozenset(
    [
        "0",
        "-1",
        "false",
        "no",
        "n",
        "não",
        "nao",
        "falso",
        "draft",
        "archived",
        "borrador",
        "rascunho",
        "private",
        "hidden",
        "oculto",
        "off",
        "inactive",
        "inactivo",
        "inactiva",
        "inativo",
        "inativa",
    ]
)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)")


class Unreadable(Exception):
    """(what is wrong, what to do)."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.wrong, self.remedy = wrong, remedy


def minor_units(text: str, currency: str) -> int:
    """`R$ 1.299,90`, `1,299.90`, `12.50 USD`, `1 299,90` or `1299` in minor units of `currency`.

    A lone separator before three digits stands between thousands, unless the currency has three decimals. More decimals
    than the currency has are rounded. Unreadable: no amount, another currency, below 0, above 10^12.
    """
    _expect_short(text)
    found = _AMOUNT.fullmatch(_SPACES.sub(" ", text).strip())
    if found is None:
        raise Unreadable("this is no amount of money", "write digits with at most one decimal mark, such as 1299.90")
    _expect_currency(found["before"], currency)
    _expect_currency(found["after"], currency)
    number = found["number"].strip()
    if number[0] in "-(" or number[-1] in "-)":
        raise Unreadable("the amount is below zero", "write a price of 0 or more")
    digits = precision(currency)
    amount = _decimal(number.strip("+ "), digits)
    minor = int((amount * 10**digits).quantize(Decimal(1), ROUND_HALF_UP))
    if minor > MOST_MINOR:
        raise Unreadable("the amount is larger than any price can be", "correct the price")
    return minor


_UNIT = re.compile(
    r"(?<=\d)(?:pzas?|pz|piezas?|pe[cç]as?|p[cç]s?|u|un|und|uds?|unid|unidad(?:es)?|unidades?|units?|pieces?)\.?$", re.I
)
"""What is counted: `10 pzas`."""


def count(text: str) -> int:
    """A number of things: whole, below 10^9; below zero is what a shop owes."""
    _expect_short(text)
    compact = _UNIT.sub("", _SPACES.sub("", text))
    if re.fullmatch(r"[-+]?\d{1,3}([.,]\d{3})+", compact):
        compact = re.sub(r"[.,]", "", compact)
    if not (found := re.fullmatch(r"([-+]?\d{1,30})([.,]0*)?", compact)):
        raise Unreadable("this is no whole number", "write how many there are, such as 12")
    number = int(found[1])
    if number > MOST_STOCK:
        raise Unreadable("there cannot be so many", "correct the number")
    return number


def flag(text: str) -> bool:
    """Yes or no in es, pt, en and the shop systems' own words."""
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("this is neither yes nor no", "write TRUE or FALSE")


def instant(text: str, zone: str, *, end: bool = False) -> datetime:
    """ISO 8601, or a day as `2026-08-07` or `07/08/2026` (day first) in the business's zone: its beginning, or with
    `end` the beginning of the next."""
    written = text.strip()
    if (found := _DAY_FIRST.fullmatch(written)) is not None:
        written = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}{found[4]}"
    try:
        if len(written) <= 10:
            day = date.fromisoformat(written) + timedelta(days=1 if end else 0)
            moment = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        else:
            moment = datetime.fromisoformat(written)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("this is no day that there is", "write it as 2026-08-07 or 2026-08-07T09:00-03:00") from None


@lru_cache
def precision(currency: str) -> int:
    """Decimals of a currency (ISO 4217 by CLDR)."""
    return get_currency_precision(currency)


def _expect_short(text: str) -> None:
    if len(text) > _LONGEST:
        raise Unreadable(f"this is longer than {_LONGEST} characters", "write the number alone")


def _expect_currency(sign: str, currency: str) -> None:
    sign = sign.strip().upper().strip("()")
    if not sign:
        return
    known = _SIGNS.get(sign) or (sign if sign in _CODES else None)
    if known is None and sign == "$":
        if currency in _PESOS:
            return
        known = "another currency with the sign $"
    if known is None:
        raise Unreadable(f"{sign[:10]!r} beside the amount is no currency", f"leave it out; prices are in {currency}")
    if known != currency:
        raise Unreadable(f"this is in {known}, and the business sells in {currency}", f"write the price in {currency}")


def _decimal(number: str, digits: int) -> Decimal:
    bare = number.replace(" ", "").replace("'", "")
    dot, comma = bare.rfind("."), bare.rfind(",")
    if dot >= 0 and comma >= 0:
        thousands, mark = (",", ".") if dot > comma else (".", ",")
        if bare.count(mark) > 1:
            raise Unreadable("this has two decimal marks", "write it as 1299.90")
        bare = bare.replace(thousands, "").replace(mark, ".")
    elif dot >= 0 or comma >= 0:
        mark = "." if dot >= 0 else ","
        whole, _, rest = bare.rpartition(mark)
        apart = bare.count(mark) > 1
        if apart and not re.fullmatch(rf"\d{{1,3}}(\{mark}\d{{3}})+", bare):
            raise Unreadable("this has two decimal marks", "write it as 1299.90")
        thousand = apart or (len(rest) == 3 and digits != 3 and re.fullmatch(r"[1-9]\d{0,2}", whole) is not None)
        bare = bare.replace(mark, "") if thousand else bare.replace(mark, ".")
    if not re.fullmatch(r"\d{1,30}(\.\d*)?|\.\d+", bare):
        raise Unreadable("this is no amount of money", "write digits with at most one decimal mark, such as 1299.90")
    return Decimal(bare)
