"""Amounts of money in a text, read by a rule of this folder's own: what judges the product must not be the product."""

import re
from decimal import Decimal

_NUMBER = r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d{1,2})?(?!\d)"
_SIGNED = re.compile(
    rf"(?:R\$|(?:MX|US)?\$|\b(?:MXN|BRL|USD))\s?({_NUMBER})|({_NUMBER})\s?(?:pesos|reais|MXN|BRL|USD)\b", re.I
)


def amounts(text: str) -> list[Decimal]:
    """Every amount with a currency's sign or name, in the order of the text: "$1,299.00" and "R$ 1.299" are 1299."""
    return [number(one or two) for one, two in _SIGNED.findall(text)]


def number(digits: str) -> Decimal:
    """A figure in either notation: the last separator is the decimal one if one or two digits follow it."""
    whole, separator, rest = digits, "", ""
    if match := re.search(r"([.,])(\d{1,2})$", digits):
        whole, separator, rest = digits[: match.start()], ".", match[2]
    return Decimal(re.sub(r"\D", "", whole) + separator + rest)


def major(minor: int, currency: str) -> Decimal:
    """Minor units as people write them: 129900 MXN is 1299. Every currency here has two decimals, or none."""
    return Decimal(minor) / (1 if currency in _WHOLE else 100)


def minor(amount: Decimal, currency: str) -> int:
    """The way back: 1299 MXN is 129900."""
    return int(amount * (1 if currency in _WHOLE else 100))


_WHOLE = frozenset({"CLP", "PYG", "JPY"})
