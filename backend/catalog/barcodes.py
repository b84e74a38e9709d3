"""Barcodes as shops have them: GTINs, whose check digit is known, and codes of the shop's own."""

import re

_SEPARATORS = re.compile(r"[\s-]")
_OWN = re.compile(r"[A-Z0-9._/+]{1,40}")
_SPREADSHEET = re.compile(r"\d(\.\d+)?E\+\d+")
_GTIN_LENGTHS = (12, 13, 14)
"""Numbers of eight digits are taken as they are: shops number their own things so."""


def barcode(written: str) -> str | None:
    """A code without blanks and hyphens, in capitals; None for an empty one. ValueError says what is wrong: a number
    of 12, 13 or 14 digits is a GTIN, whose last digit follows from the others (GS1 General Specifications 7.9.1)."""
    code = _SEPARATORS.sub("", written).upper()
    if not code:
        return None
    if _SPREADSHEET.fullmatch(code):
        raise ValueError(f"{code} is a number that a spreadsheet shortened; format the column as text and export again")
    if not _OWN.fullmatch(code):
        raise ValueError("a barcode has up to 40 digits and letters, such as 7501234567893")
    if code.isdigit() and len(code) in _GTIN_LENGTHS and code[-1] != (right := check_digit(code[:-1])):
        raise ValueError(f"{code} has a wrong check digit: it would end in {right}; compare it with the package")
    return code


def check_digit(digits: str) -> str:
    """The last digit of a GTIN that begins so."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def spellings(code: str) -> list[str]:
    """The code and what else scanners make of it: a UPC of 12 digits is an EAN with a zero before it."""
    if code.isdigit() and len(code) in _GTIN_LENGTHS:
        short = code.lstrip("0")
        return list(dict.fromkeys((code, short.rjust(12, "0"), short.rjust(13, "0"))))
    return [code]
