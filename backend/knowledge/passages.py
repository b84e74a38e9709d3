"""Blocks to passages: pieces of 120 to 200 words that stand under one heading, each with what it is cited by.

Where a passage ends is decided by the paragraphs around its end and not by a count from the top, so that after a
change further up the later passages are the same as before, and with them their ids and their vectors.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import groupby
from uuid import UUID, uuid5

from backend.knowledge.blocks import Block, Unreadable

LEAST, MOST = 120, 200
"""Words."""
MOST_PASSAGES = 5000
_OVERLAP = 30
"""Words of the last sentence before that a passage begins with, where its section goes on."""
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+")
_ONE_IN = 3
"""Of the paragraphs behind which a passage that is long enough ends."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that says something by itself."""

    body: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    """Where it begins."""
    last_page: int | None = None

    @property
    def heading(self) -> str:
        """`Devoluciones > Plazos`."""
        return " > ".join(self.headings)

    @property
    def digest(self) -> bytes:
        """Of its words; where it stands may change."""
        return blake2b(f"{self.heading}\n{self.body}".encode(), digest_size=16).digest()


def passages(blocks: Iterable[Block]) -> list[Passage]:
    """All of them, in order. Raises `Unreadable` for more than a document may have."""
    found: list[Passage] = []
    for headings, section in groupby(blocks, key=lambda block: block.headings):
        for passage in _section(headings, list(section)):
            found.append(passage)
            if len(found) > MOST_PASSAGES:
                raise Unreadable("It has too much text for one document: split it into several by subject.")
    return found


def named(source: UUID, found: Iterable[Passage]) -> Iterator[tuple[UUID, Passage]]:
    """Each with an id made of its source and its words; of those that say the same, the second has another one."""
    times: Counter[bytes] = Counter()
    for passage in found:
        times[passage.digest] += 1
        yield uuid5(source, f"{passage.digest.hex()}:{times[passage.digest]}"), passage


def _section(headings: tuple[str, ...], blocks: list[Block]) -> Iterator[Passage]:
    pieces = [piece for block in blocks for piece in _pieces(block)]
    gathered: list[Block] = []
    before, words = "", 0
    for piece in pieces:
        size = _words(piece.text)
        if gathered and words + size > MOST:
            yield _passage(headings, gathered, before)
            before, gathered, words = _overlap(gathered), [], 0
        gathered.append(piece)
        words += size
        if words >= LEAST and _ends(piece):
            yield _passage(headings, gathered, before)
            before, gathered, words = _overlap(gathered), [], 0
    if gathered:
        yield _passage(headings, gathered, before)


def _pieces(block: Block) -> Iterator[Block]:
    """A block in parts that fit; sentences stay whole unless one alone is too long."""
    if _words(block.text) <= MOST:
        yield block
        return
    gathered: list[str] = []
    for sentence in _SENTENCE.split(block.text):
        words = sentence.split()
        for start in range(0, len(words), MOST):
            part = words[start : start + MOST]
            if gathered and len(gathered) + len(part) > LEAST:
                yield replace(block, text=" ".join(gathered))
                gathered = []
            gathered += part
    yield replace(block, text=" ".join(gathered))


def _passage(headings: tuple[str, ...], blocks: list[Block], before: str) -> Passage:
    body = "\n".join([*filter(None, [before]), *(block.text for block in blocks)])
    return Passage(body, headings, blocks[0].page, blocks[-1].page)


def _overlap(blocks: list[Block]) -> str:
    last = blocks[-1]
    if last.row:
        return ""
    sentence = _SENTENCE.split(last.text)[-1]
    return sentence if _words(sentence) <= _OVERLAP else ""


def _ends(block: Block) -> bool:
    return blake2b(block.text.encode(), digest_size=1).digest()[0] % _ONE_IN == 0


def _words(text: str) -> int:
    return len(text.split())
