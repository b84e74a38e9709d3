"""What a document is made of once it was read, and why one could not be."""

import re
from dataclasses import dataclass, field

MOST_BYTES = 50 * 1024**2
MOST_PAGES = 1000
MOST_CHARACTERS = 3_000_000
"""A book has about one million."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ufffc-\uffff"
    "\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""What nobody sees and a model reads: control signs, zero-width ones, turns of direction, tags."""
_SPACES = re.compile(r"[^\S\n]+")


class Unreadable(Exception):
    """The document cannot be read; the message says why, and what its owner can do."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, an entry of a list or a table, in the order of the document."""

    text: str
    page: int | None = None
    """Counted from 1, where the format has pages."""
    headings: tuple[str, ...] = ()
    """Of the sections it stands in, the outermost first."""
    row: bool = False
    """A row of a table: stays a line of its own."""


@dataclass(slots=True)
class Reading:
    """All that was read of a document."""

    blocks: list[Block] = field(default_factory=list)
    pages: int | None = None
    silent: int = 0
    """Pages without any text: pictures of pages, as scanners make them."""


def seen(text: str) -> str:
    """Words as a person sees them: without signs that nobody does, in single spaces."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return _SPACES.sub(" ", text).strip()


def too_long() -> Unreadable:
    """For more text than is taken."""
    return Unreadable(
        f"It has more than {MOST_CHARACTERS} characters of text: split it into several documents by subject."
    )
