"""Requests in a form that is the same whenever a scenario is played: whatever another run must have otherwise has a
placeholder instead, ids and codes, links and phones, instants and the present minute.

    {"order": "Q-7KM4XP", "id": "0199…"}    ->    {"order": "⟦code 1⟧", "id": "⟦id 1⟧"}

Placeholders are counted within one request. An answer repeats values of its request; kept with their placeholders, it
is told with the values of the request that is asked today.
"""

import base64
import re
from typing import Any

_ID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_CUT_ID = r"[0-9a-f]{4,8}(?:-[0-9a-f]{0,12}){0,4}"
"""What is left of one where a long result was shortened."""
_CALL = "(?:call|fc|ctc|toolu|srvtoolu|msg|rs|resp|req|run)"
_VOLATILE = re.compile(
    "|".join(
        [
            r"(?P<link>https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:[^\s\"'<>\\)\]]*[\w/=-])?)",
            r"(?P<secret>\b(?:(?:sk|rk|pk|whsec|lsv2|xox[abp])[-_][\w-]{16,}|AIza[\w-]{20,}|Bearer [\w.~+/=-]{8,}))",
            r"(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)",
            rf"(?P<id>\b{_ID}\b|(?<=\"){_CUT_ID}(?=…))",
            rf"(?P<call>\b(?:{_CALL}_(?=[A-Za-z_-]*\d)[\w-]{{8,}}|chatcmpl-[\w-]{{6,}}))",
            r"(?P<instant>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:(?!00(?:\.0+)?(?:Z|[+-]))\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)",
            r"(?P<code>(?<![\w-])[A-Z]{1,2}-(?=[A-Z]*\d)[2-9BCDFGHJKMNPQRSTVWXYZ]{6}(?![\w-]))",
            r"(?P<phone>(?:whatsapp:)?\+\d(?:[ .()-]{0,2}\d){7,14}|(?<![\w.,-])\d{11,15}(?![\w-]|[.,]\d))",
        ]
    )
)
_NOW_LINE = re.compile(r"^(?:Now: |It is ).*\d{4}.*$", re.M)
_HOUR = re.compile(r"(?<![-+\d])\d{1,2}:\d\d(?:[\s\u202f]?[ap]\.?\s?m\b\.?)?", re.I)
_LATE = re.compile(r', "stage": "[a-z_]+"(?=\})|"stage": "[a-z_]+"(?:, |(?=\}))')
"""Of the customer: reckoned after the turn, so that the next one may be told of it or not yet."""
_OPAQUE = frozenset({"thoughtSignature", "thought_signature", "signature", "encrypted_content", "responseId"})
_STAMPS = frozenset({"created", "created_at", "completed_at"})
_STAMP = 1795539600
"""Tuesday 24 November 2026, 17:00 UTC."""
_PLACEHOLDER = re.compile(r"⟦(?P<kind>[a-z_-]+) (?P<number>\d+)⟧")


class Names:
    """The placeholders of one request, and of the answer to it."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def hide(self, value: Any) -> Any:
        """The value with placeholders; new ones are counted on."""
        if isinstance(value, str):
            return _VOLATILE.sub(self._hidden, _NOW_LINE.sub(_timeless, _LATE.sub("", value)))
        if isinstance(value, list):
            return [self.hide(each) for each in value]
        if isinstance(value, dict):
            return {key: self._field(key, each) for key, each in value.items()}
        return value

    def tell(self, value: Any, call: int) -> Any:
        """A kept value with this request's own. What the request does not hold was made up by the answer, and gets
        something of its form, another one for each `call`."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: self._told(found, call), value)
        if isinstance(value, list):
            return [self.tell(each, call) for each in value]
        if isinstance(value, dict):
            return {key: self.tell(each, call) for key, each in value.items()}
        return value

    def _field(self, key: str, value: Any) -> Any:
        if key in _OPAQUE and isinstance(value, str):
            return self._placeholder("signature", value)
        if key in _STAMPS and isinstance(value, int | float):
            return _STAMP
        return self.hide(value)

    def _hidden(self, found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        if kind == "call":
            kind = re.split(r"(?<=[_-])", found[0], maxsplit=1)[0]
        return self._placeholder(kind, found[0])

    def _placeholder(self, kind: str, value: str) -> str:
        if value not in self._placeholders:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            name = f"⟦{kind} {self._counts[kind]}⟧"
            self._placeholders[value], self._values[name] = name, value
        return self._placeholders[value]

    def _told(self, found: re.Match[str], call: int) -> str:
        return self._values.get(found[0]) or _made_up(found["kind"], call, int(found["number"]))


def volatile_spans(text: str) -> list[tuple[int, int]]:
    """Where values stand that get placeholders."""
    return [found.span() for found in _VOLATILE.finditer(text)]


def _timeless(line: re.Match[str]) -> str:
    """The line that tells the time, with its day but not its minute."""
    return _HOUR.sub("⟦now⟧", line[0])


def _made_up(kind: str, call: int, number: int) -> str:
    shapes = {
        "id": f"00000000-0000-4000-8000-{call:06d}{number:06d}",
        "code": f"X-2{number:05d}",
        "phone": f"+1000{number:07d}",
        "email": f"nobody{number}@example.com",
        "link": f"https://example.com/{number}",
        "instant": "2026-11-24T17:00:01Z",
        "secret": "removed",
        "signature": base64.b64encode(f"tape {call} {number}".encode()).decode(),
    }
    return shapes.get(kind) or f"{kind}tape{call:05d}x{number:04d}"
