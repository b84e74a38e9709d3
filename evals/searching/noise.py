"""A product's name as a customer writes it: in a hurry, by ear, on a small keyboard, in the middle of a chat."""

import random
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
Change = Callable[[random.Random, str, Mapping[str, Any]], str]


def plain(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    """Without accents, lower case."""
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def by_ear(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    """Letters that sound the same, in two places."""
    for _ in range(2):
        here = [pair for pair in words["swaps"] if pair[0] in text]
        if here:
            old, new = draw.choice(here)
            places = [place for place in range(len(text)) if text.startswith(old, place)]
            place = draw.choice(places)
            text = text[:place] + new + text[place + len(old) :]
    return text


def slip(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    """A neighbouring key."""
    return _in_a_word(draw, text, lambda word, at: word[:at] + _beside(draw, word[at]) + word[at + 1 :])


def dropped(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    return _in_a_word(draw, text, lambda word, at: word[:at] + word[at + 1 :])


def swapped(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    return _in_a_word(draw, text, lambda word, at: word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])


def doubled(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    return _in_a_word(draw, text, lambda word, at: word[:at] + word[at] + word[at:])


def glued(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    return _without(draw, text, " ")


def split(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    return _in_a_word(draw, text, lambda word, at: f"{word[:at]} {word[at:]}", shortest=7, margin=3)


def reordered(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    parts = text.split(" ")
    draw.shuffle(parts)
    return " ".join(parts)


def plural(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    """The other number, and sometimes the other gender, of one word."""

    def other(word: str, _: int) -> str:
        if word.endswith("s"):
            return word[:-1]
        return (word[:-1] + draw.choice("ao") if word[-1] in "ao" else word) + "s"

    return _in_a_word(draw, text, other)


def short(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    """`para` as `p/`, `500 ml` as `500ml`."""
    for long, brief in words["short"].items():
        text = text.replace(f" {long} ", f" {brief}" if brief.endswith("/") else f" {brief} ")
    parts = text.split(" ")
    joined = [
        first + ("" if first.isdigit() and second in UNITS else " ")
        for first, second in zip(parts, [*parts[1:], ""], strict=True)
    ]
    return "".join(joined).strip()


def chatty(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    chat = words["chat"]
    return f"{draw.choice(chat['before'])} {text}{draw.choice(chat['after'])}"


def each_word(draw: random.Random, text: str, words: Mapping[str, Any]) -> str:
    """An error in every word of four letters and more."""
    changes = (slip, dropped, swapped, doubled, by_ear)
    parts = [draw.choice(changes)(draw, part, words) if len(part) >= 4 else part for part in text.split(" ")]
    return " ".join(parts)


def _in_a_word(
    draw: random.Random, text: str, change: Callable[[str, int], str], shortest: int = 4, margin: int = 1
) -> str:
    parts = text.split(" ")
    long = [place for place, part in enumerate(parts) if len(part) >= shortest and part.isalpha()]
    if long:
        place = draw.choice(long)
        parts[place] = change(parts[place], draw.randrange(margin, len(parts[place]) - margin + 1 - (margin == 1)))
    return " ".join(parts)


def _without(draw: random.Random, text: str, mark: str) -> str:
    places = [place for place, char in enumerate(text) if char == mark]
    if not places:
        return text
    place = draw.choice(places)
    return text[:place] + text[place + 1 :]


def _beside(draw: random.Random, char: str) -> str:
    for row in ROWS:
        if char in row:
            at = row.index(char)
            return draw.choice([row[place] for place in (at - 1, at + 1) if 0 <= place < len(row)])
    return char


UNITS = {"ml", "mg", "g", "kg", "l", "mm", "cm", "m", "w", "v", "GB", "gb", "mAh", "mah", "un"}
KINDS: Mapping[str, tuple[Change, ...]] = {
    "no accents": (plain,),
    "by ear": (by_ear, plain),
    "key slip": (plain, slip),
    "swapped": (plain, swapped),
    "letter lost": (plain, dropped),
    "letter twice": (plain, doubled),
    "glued": (plain, glued),
    "split": (plain, split),
    "reordered": (plain, reordered),
    "plural, gender": (plain, plural),
    "abbreviated": (short, plain),
    "chat": (plain, chatty),
    "three errors": (by_ear, plain, slip, dropped),
    "every word": (plain, each_word),
    "all of it": (by_ear, short, plain, slip, chatty),
}
"""What is done to a name, in order."""


def noisy(kind: str, name: str, words: Mapping[str, Any], draw: random.Random) -> str:
    for change in KINDS[kind]:
        name = change(draw, name, words)
    return " ".join(name.split())
