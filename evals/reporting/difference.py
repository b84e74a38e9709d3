"""What differs between two runs of a scenario, as pieces to be marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from evals.reporting.document import Line, Played
from evals.reporting.wording import state_lines

MOST_WORDS = 1500
"""Longer texts are compared as wholes: finding the words would take seconds."""
LEAST_ALIKE = 0.4
"""Texts with less in common are different texts; marks on single words would only confuse."""
_WORDS = re.compile(r"https?://\S+|\d+(?:[.,:]\d+)+|\s+|\w+|[^\w\s]")
_MINTED = re.compile(r"https?://\S+|(?=[A-Z]*\d)(?=\d*[A-Z])[2-9A-Z]{6}")
"""Links and codes, which are others in each run: they are no difference."""


@dataclass(frozen=True)
class Piece:
    """A part of a text; `changed`: the other text does not have it here."""

    text: str
    changed: bool


Side = list[Piece]


@dataclass(frozen=True)
class Row:
    """One step of both chats, side by side: each line with its words in pieces."""

    step: int
    before: list[tuple[Line, Side]]
    after: list[tuple[Line, Side]]

    @property
    def changed(self) -> bool:
        return any(piece.changed for side in (self.before, self.after) for _, pieces in side for piece in pieces)


def compare_texts(before: str, after: str) -> tuple[Side, Side]:
    """Word by word."""
    if before == after:
        return [Piece(before, False)], [Piece(after, False)]
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        return [Piece(before, True)], [Piece(after, True)]
    matcher = SequenceMatcher(None, [_kind(word) for word in old], [_kind(word) for word in new], autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return [Piece(before, True)], [Piece(after, True)]
    left, right = _marked(matcher, old, new)
    return _joined(left), _joined(right)


def _kind(word: str) -> str:
    return "" if _MINTED.fullmatch(word) else word


def compare_states(before: Played, after: Played) -> tuple[Side, Side]:
    """The end states, a piece a line."""
    return _compare_lines(state_lines(before.end_state), state_lines(after.end_state))


def compare_tools(before: Played, after: Played) -> tuple[Side, Side]:
    """The tools that worked, a piece a call."""
    return _compare_lines(before.tools, after.tools)


def compare_chats(before: Played, after: Played) -> list[Row]:
    """The chats step by step; lines of one step are compared in their order."""
    rows = []
    for step in range(1, max([line.step for line in (*before.chat, *after.chat)], default=0) + 1):
        old = [line for line in before.chat if line.step == step]
        new = [line for line in after.chat if line.step == step]
        both = [compare_texts(one.words, two.words) for one, two in zip(old, new, strict=False)]
        left = [*(pieces for pieces, _ in both), *([Piece(line.words, True)] for line in old[len(both) :])]
        right = [*(pieces for _, pieces in both), *([Piece(line.words, True)] for line in new[len(both) :])]
        rows.append(Row(step, list(zip(old, left, strict=True)), list(zip(new, right, strict=True))))
    return rows


def _compare_lines(old: Sequence[str], new: Sequence[str]) -> tuple[Side, Side]:
    return _marked(SequenceMatcher(None, old, new, autojunk=False), old, new)


def _marked(matcher: "SequenceMatcher[str]", old: Sequence[str], new: Sequence[str]) -> tuple[Side, Side]:
    left: Side = []
    right: Side = []
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        left += [Piece(text, kind != "equal") for text in old[old_start:old_end]]
        right += [Piece(text, kind != "equal") for text in new[new_start:new_end]]
    return left, right


def _joined(side: Side) -> Side:
    return [
        Piece("".join(piece.text for piece in run), changed)
        for changed, run in groupby(side, key=lambda piece: piece.changed)
    ]
