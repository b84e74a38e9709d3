"""Values and hostile text as a page may show them."""

import re
import unicodedata
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

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


def told(value: Any) -> str:
    """A value of JSON as a person writes it: 1,299.00 MXN; name: Veloz 3, color: negro."""
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"} and isinstance(value["amount"], int):
            return f"{value['amount'] / 100:,.2f} {value['currency']}"
        return ", ".join(f"{key}: {told(item)}" for key, item in value.items() if item not in (None, "", [], {}))
    if isinstance(value, list):
        return "; ".join(told(item) for item in value) if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)


def state_lines(state: Json) -> list[str]:
    """An end state, a line a thing: what is compared is laid out the same."""
    lines: list[str] = []
    for noun, value in state.items():
        if isinstance(value, list):
            lines += [f"{noun}: {told(item)}" for item in value] or [f"{noun}: none"]
        elif isinstance(value, dict):
            lines += [f"{noun}: {key}: {told(item)}" for key, item in value.items()] or [f"{noun}: none"]
        else:
            lines.append(f"{noun}: {told(value)}")
    return lines


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
