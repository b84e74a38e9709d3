"""Words of the three languages, as data: what says nothing, what is only chat, units, and what means the same.

`stop.txt` words that say nothing; `chat.txt` what people write around the thing they ask for, a word or a phrase a
line; `wishes.txt` what most things could be, or be for; `told.txt` how one begins to tell what is wrong; `units.txt`
after a number, all ways to write one a line, the one that is kept first; `same.txt` words for one thing, a group a
line, parted by commas; `helps.txt` what is said, `=>`, and what is looked for then; `things.txt` more words that are
spelt well.
"""

import unicodedata
from pathlib import Path

FOLDER = Path(__file__).parent


def _lines(name: str) -> list[str]:
    text = unicodedata.normalize("NFKD", (FOLDER / name).read_text(encoding="utf-8").casefold())
    plain = "".join(char for char in text if not unicodedata.combining(char))
    return [line for line in (line.partition("#")[0].strip() for line in plain.splitlines()) if line]


STOP_WORDS = frozenset(word for line in _lines("stop.txt") for word in line.split())
UNITS = {word: line.split()[0] for line in _lines("units.txt") for word in line.split()}
"""Each way to write a unit, with the one that all of them are kept as."""
CHAT = frozenset(tuple(line.split()) for line in _lines("chat.txt"))
"""Phrases as tuples of folded words."""
TOLD = frozenset(tuple(line.split()) for line in _lines("told.txt"))
WISHES = frozenset(word for line in _lines("wishes.txt") for word in line.split())
THINGS = frozenset(word for line in _lines("things.txt") for word in line.split())
"""Words that are spelt well, and no slips of the pen for what a shop has."""
COLOURS = frozenset(word for line in _lines("colours.txt") for word in line.split())
SAME = tuple(tuple(phrase.strip() for phrase in line.split(",")) for line in _lines("same.txt"))
"""Groups of phrases, folded, not yet stemmed."""
HELPS = tuple(
    tuple(tuple(phrase.strip() for phrase in side.split(",")) for side in line.split("=>"))
    for line in _lines("helps.txt")
)
"""(what is said, what is looked for): `diarrea` asks for a suero, and nobody who wants a suero for that."""
