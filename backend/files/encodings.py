"""In which encoding a text is written, as far as its first bytes tell."""

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LOOKED_AT = 4096
_MANY, _FEW, _FEWEST_PAIRS = 0.7, 0.1, 4


def encoding_by_head(head: bytes) -> str | None:
    """Byte order marks are believed; without one a text is UTF-16 if nearly every other byte is zero, as with letters
    of the West. None: UTF-8, or an older one of eight bits."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    pairs = len(head[:_LOOKED_AT]) // 2
    if pairs < _FEWEST_PAIRS:
        return None
    even, odd = (head[start : 2 * pairs : 2].count(0) / pairs for start in (0, 1))
    if odd > _MANY and even < _FEW:
        return "utf-16-le"
    return "utf-16-be" if even > _MANY and odd < _FEW else None
