"""What one word of a query may stand for among the words of a shop, as written, as it sounds, or by a guess."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from agent.search.kin import does, plainer
from agent.search.queries import Word
from agent.search.words import VOWELS, has_ending, other_gender, singular, sound

MOST_MEANINGS = 5
SHORTEST_GUESSED = 3
SHORTEST_SOUND, SHORTEST_GUESS, SHORTEST_BEGINNING = 3, 2, 4
NAMES_OFTEN = 0.15
"""Share of its documents that a word names, to be a name."""
GUESSES_COVER = 2.0
"""A guess that is half alike covers a quarter."""
BY_SOUND, BY_GENDER, BY_BEGINNING, BY_LOOKS = 0.95, 0.9, 0.75, 0.92
BY_KIN, KIN_COVERS = 0.8, 0.8
BY_CUT, CUT_COVERS = 0.8, 0.8
NEAR_THE_BEST = 0.15
"""How much less like the asked word the others may be that are meant besides."""
ONE_BEHIND = re.compile(r"[aeo][^aeiou]$")
"""A letter behind the vowel that stems are without: `donaq`."""


@dataclass(frozen=True)
class Known:
    """A word of the shop."""

    stem: str
    sound: str
    documents: int
    """In how many of the shelf's documents it occurs."""
    named: int = 0
    """In how many of them it says what the thing is."""


@dataclass(frozen=True)
class Meaning:
    """What a query word may stand for: one word of the shop, or several that must all be there."""

    stems: tuple[str, ...]
    likeness: float
    """1 for the word itself, less for one that only looks or sounds like it, or means about the same."""
    documents: int
    sure: float = 1.0
    """How much of the query word it covers: all of it, unless it is a guess."""
    named: bool = False
    """It says what things are, rather than how they are."""


def heard(word: str, by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """Words that are written or sound like this stem, likest first."""
    found = [_meaning(each, 1.0, likeness) for each, likeness in _sounding(word, by_sound)]
    if len(found) > 1:
        found.sort(key=lambda each: (-each.likeness, -each.documents))
    return tuple(found[:MOST_MEANINGS])


def is_heard(word: str, by_sound: Mapping[str, Sequence[Known]]) -> bool:
    """Whether there are any."""
    return any(True for _ in _sounding(word, by_sound))


def as_written(word: str, by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """The word of the shop that is this stem, and none that only sounds like it."""
    return tuple(_meaning(each, 1.0, 1.0) for each in by_sound.get(sound(word), ()) if each.stem == word)


def _sounding(word: str, by_sound: Mapping[str, Sequence[Known]]) -> Iterator[tuple[Known, float]]:
    for each in by_sound.get(sound(word), ()):
        if each.stem == word:
            yield each, 1.0
        elif len(each.sound) >= SHORTEST_SOUND:
            yield each, BY_SOUND
    if other := other_gender(word):
        for each in by_sound.get(sound(other), ()):
            if each.stem == other:
                yield each, BY_GENDER


def _meaning(known: Known, sure: float, likeness: float) -> Meaning:
    return Meaning((known.stem,), likeness, known.documents, sure, known.named >= NAMES_OFTEN * known.documents)


def guessed(word: Word, known: Iterable[Known], *, spelt_well: bool = False) -> tuple[Meaning, ...]:
    """Words within an edit or two; a word that only begins like the asked one counts less, unless that was cut short.
    Of a word that is spelt well only what does it."""
    found = all_guessed(word, known, spelt_well=spelt_well)
    return tuple(each for each in found[:MOST_MEANINGS] if each.likeness >= found[0].likeness - NEAR_THE_BEST)


def all_guessed(word: Word, known: Iterable[Known], *, spelt_well: bool = False) -> list[Meaning]:
    """The same, likest first, however many."""
    if len(word.stem) < SHORTEST_GUESSED or not word.stem.isalpha():
        return []
    if word.written.isascii() and not VOWELS.search(word.written):
        return []
    spoken = sound(word.stem)
    found: list[Meaning] = []
    said, with_ending = sound(word.written), singular(word.written)
    one_behind = spoken[:-2] if word.written == word.stem and ONE_BEHIND.search(spoken) else ""
    is_verb = word.written.endswith("r")
    for each in known:
        asked, heard = (with_ending, sound(with_ending)) if has_ending(each.stem) else (word.stem, spoken)
        if is_verb and does(spoken, each.sound):
            found.append(_meaning(each, KIN_COVERS, BY_KIN))
            continue
        if word.cut and len(said) >= SHORTEST_BEGINNING and each.sound.startswith(said):
            found.append(_meaning(each, CUT_COVERS, BY_CUT))
            continue
        if spelt_well:
            continue
        likeness = _likeness(heard[:-1] if each.sound == one_behind else heard, each.sound)
        if not likeness and each.stem[0] == asked[0]:
            likeness = _likeness(asked, each.stem)
        if not likeness and len(said) >= SHORTEST_BEGINNING and each.sound.startswith(said):
            likeness = BY_BEGINNING
        if likeness:
            seen = likeness * (0.5 + 0.5 * OSA.normalized_similarity(asked, each.stem))
            found.append(_meaning(each, seen**GUESSES_COVER, seen))
    found.sort(key=lambda each: (-each.likeness, -each.documents, each.stems))
    return found


def _likeness(asked: str, near: str) -> float:
    shortest, longest = sorted((len(asked), len(near)))
    if shortest < SHORTEST_GUESS:
        return 0.0
    same_start = asked[0] == near[0]
    allowed = 1 if shortest < (5 if same_start else 8) else 2 if shortest < 9 or not same_start else 3
    if longest - shortest <= allowed:
        edits = OSA.distance(asked, near, score_cutoff=allowed)
        if edits <= allowed and near.isalpha():
            return BY_LOOKS * (1 - edits / (longest + 1))
    return 0.0


def kin(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """`cuadernito` is a cuaderno, and what is against caspa is asked for as caspa; rather what is written so than what
    sounds like it."""
    others = [(other, heard(other, by_sound)) for other in plainer(word.stem, word.written)]
    others.sort(key=lambda each: not any(meaning.stems == (each[0],) for meaning in each[1]))
    found = next((exact for _, exact in others if exact), ())
    return tuple(replace(each, likeness=BY_KIN, sure=KIN_COVERS) for each in found)
