"""Values and hostile text as a page may show them."""

import re
import unicodedata
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

from evals.running.money import major

Json = dict[str, Any]
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
"""Control characters, marks that turn the direction of writing, and halves of characters."""


def visible(text: Any) -> Markup:
    """Text for a page: markup is escaped, what is unseen or changes the order of what is seen is named instead."""
    safe = str(escape(str(text)))
    return Markup(_UNSEEN.sub(_named, safe))  # noqa: S704 - escaped in the line above


def plainly(text: str) -> str:
    """As `visible`, for places that hold no markup, such as titles and attributes; not escaped."""
    return _UNSEEN.sub(lambda found: f"U+{ord(found[0]):04X}", text)


def _named(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f'<span class="unseen" title="{unicodedata.name(found[0], "control character")}">U+{code:04X}</span>'


def folded(text: str) -> str:
    """For the search: lower case, no accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def told(value: Any, currency: str = "") -> str:
    """A value of JSON as a person writes it: "1,299.00 MXN", "name: Veloz 3, color: negro". Minor units are told as
    money where their currency stands beside or above them; of ids the end is enough."""
    if isinstance(value, dict):
        currency = str(value.get("currency") or currency)
        if set(value) == {"amount", "currency"}:
            return _amount(value["amount"], currency)
        pairs = [(key, item) for key, item in value.items() if item not in (None, "", [], {}) and key != "currency"]
        return ", ".join(
            f"{key}: {_amount(item, currency) if key in _MINOR else told(item, currency)}" for key, item in pairs
        )
    if isinstance(value, list):
        return "; ".join(told(item, currency) for item in value) if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else _ID.sub(lambda found: f"…{found[0][-6:]}", str(value))


def _amount(value: Any, currency: str) -> str:
    return f"{major(value, currency):,.2f} {currency}" if currency and isinstance(value, int) else told(value)


def state_lines(state: Json) -> list[str]:
    """An end state, a line a thing: what is compared is laid out the same."""
    lines: list[str] = []
    for noun, value in state.items():
        if isinstance(value, list):
            lines += [f"{noun}: {told(item)}" for item in value] or [f"{noun}: none"]
        elif isinstance(value, dict):
            lines += [f"{noun}: {key}: {told(item) or 'none'}" for key, item in value.items()] or [f"{noun}: none"]
        else:
            lines.append(f"{noun}: {told(value)}")
    return lines


_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_MINOR = frozenset({"amount", "total", "unit_price", "price"})
"""Keys under which the API has minor units."""


class Clock:
    """Times as they are at one business; UTC where its zone is not known."""

    def __init__(self, timezone: str | None) -> None:
        try:
            self._zone = ZoneInfo(timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self._zone = ZoneInfo("UTC")

    def time(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._zone):%H:%M:%S}" if at else ""

    def day(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._zone):%a %-d %b %Y}" if at else ""
