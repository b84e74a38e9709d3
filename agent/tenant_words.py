"""A tenant's instructions with their variables: `{{now}}`, `{{today}}`, `{{business_name}}`, `{{customer_name}}`.

The backend refuses others when instructions are published (`backend/playbooks/variables.py` holds the same list). What
slipped in before stays as it was written: a turn never fails on it, and no draft with braces leaves.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision

VARIABLES = ("business_name", "customer_name", "now", "today")
NAMELESS = "(name not known)"
LONGEST_NAME = 40
"""Characters of a name that get into instructions."""
_WRITTEN = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_NO_NAME = re.compile(r"[^\w .\-’]|[\d_]")


def filled(text: str, bundle: Mapping[str, Any], *, named: bool = True) -> str:
    """A tenant's text with its variables filled in from a turn's bundle (wire shape). Without `named` the customer's
    name is left out: what a customer calls themselves supports no claim of the business."""
    tenant, contact = bundle["tenant"], bundle.get("contact") or {}
    now = datetime.fromisoformat(bundle["now"]).astimezone(ZoneInfo(tenant["timezone"]))
    values = {
        "business_name": " ".join(str(tenant["name"]).split()),
        "customer_name": quoted_name(contact.get("name")) if named else "",
        "now": spoken(now, tenant["locale"]),
        "today": spoken_date(now, tenant["locale"]),
    }
    return _WRITTEN.sub(lambda found: values.get(found[1], found[0]), text)


def quoted_name(name: str | None) -> str:
    """A name that a customer gave themselves, as instructions may hold it: quoted, on one line, letters only, so that
    it reads as a name whatever it says; `(name not known)` if nothing is left."""
    short = short_name(name)
    return f"'{short}'" if short else NAMELESS


def short_name(name: str | None) -> str:
    """Letters, blanks, dots and hyphens of a name, at most 40 characters, cut between words."""
    words = _NO_NAME.sub("", (name or "").replace("'", "’").replace("\n", " ")).split()
    short = " ".join(words)
    if len(short) <= LONGEST_NAME:
        return short
    return short[: LONGEST_NAME + 1].rpartition(" ")[0] or short[:LONGEST_NAME]


def spoken(moment: datetime, locale: str) -> str:
    """`viernes, 20 de noviembre de 2026, 09:00` in the language of `locale` (`es-MX`, `pt-BR`, `en`)."""
    return f"{spoken_date(moment, locale)}, {moment:%H:%M}"


def spoken_date(moment: datetime, locale: str) -> str:
    """`viernes, 20 de noviembre de 2026`."""
    return format_date(moment, "full", locale=_language(locale))


def spoken_money(minor_units: int, currency: str, locale: str) -> str:
    """Minor units as a business of that locale writes them: 129900 MXN is $1,299.00 in es-MX."""
    major = Decimal(minor_units).scaleb(-get_currency_precision(currency))
    return format_currency(major, currency, locale=_language(locale))


def _language(locale: str) -> Locale:
    try:
        return Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
