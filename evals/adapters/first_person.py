"""What a benchmark tells its customer ("You want to return your lamp"), as the customer would write it."""

import re

_PAIRS = (
    (r"\byou are\b", "I am"),
    (r"\byou're\b", "I'm"),
    (r"\byou were\b", "I was"),
    (r"\byou(?='(?:d|ve|ll)\b)", "I"),
    (r"\b(to|for|with|from|of|at|by|help|tells?|gives?|lets?|asks?|shows?|sends?|offers?|allows?) you\b", r"\1 me"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (r"\byou\b", "I"),
    (r"\bthe agent\b", "you"),
)
_RULES = tuple((re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in _PAIRS)
_START = re.compile(r"(^|[.!?]\s+)([a-z])")


def first_person(text: str) -> str:
    """By rule, not by grammar: "You are Ana and want your lamp" becomes "I am Ana and want my lamp"."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return _START.sub(lambda found: found[1] + found[2].upper(), text)
