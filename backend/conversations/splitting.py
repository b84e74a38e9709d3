"""Long texts in parts that a channel takes: whole paragraphs where they fit, else sentences, else words."""

import re
import unicodedata

_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…。؟])[\"'»”)\]]*\s+"),
    re.compile(r"\s+"),
)
_JOINER = "\u200d"


def split(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` UTF-16 units (what phones and providers count), none empty, no word lost.

    >>> split("Uno. Dos. Tres.", 10)
    ['Uno. Dos.', 'Tres.']
    """
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        head = _longest_prefix(rest, limit)
        cut, resume = _break(rest, head)
        parts.append(rest[:cut].rstrip())
        rest = rest[resume:].lstrip()
    if rest:
        parts.append(rest)
    return parts


def units(text: str) -> int:
    """Length in UTF-16 units: most emoji count two."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _longest_prefix(text: str, limit: int) -> int:
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return index
    return len(text)


def _break(text: str, head: int) -> tuple[int, int]:
    """Where the part ends and where the rest begins. A break that would leave less than a quarter is passed over."""
    for pattern in _ENDS:
        last = None
        for match in pattern.finditer(text, 0, head + 1):
            if match.start() <= head and match.start() >= head // 4:
                last = match
        if last is not None:
            # Closing quotes matched by the sentence pattern belong to the sentence.
            kept = last.start() + len(last[0].rstrip())
            return min(kept, head), last.end()
    cut = head
    while cut > 1 and _joined(text, cut):
        cut -= 1
    cut = cut if cut > 1 else head
    return cut, cut


def _joined(text: str, cut: int) -> bool:
    """Whether cutting before `text[cut]` would take a letter or emoji apart."""
    following, before = text[cut], text[cut - 1]
    return (
        unicodedata.combining(following) != 0
        or following in (_JOINER, "\ufe0f")
        or before == _JOINER
        or 0x1F3FB <= ord(following) <= 0x1F3FF
    )
