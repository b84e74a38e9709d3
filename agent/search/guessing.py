"""What one word of a query may stand for among the words of a shop, as written, as it sounds, or by a guess."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from agent.search.kin import does, plainer
from agent.search.lexicon import UNITS
from agent.search.queries import Word
from agent.search.words import PREPOSITIONS, VOWELS, has_ending, other_gender, singular, sound, stem

MOST_MEANINGS = 5
SHORTEST_GUESSED = 3
SHORTEST_PART, LONGEST_GLUED = 3, 40
SURELY_A_WORD = 4
"""Letters of both halves of what is taken for two words, wherever they stand; shorter ones must be there together."""
SHORTEST_OF_SEVERAL, LEAST_PARTS_TOGETHER, MOST_PARTS = 2, 7, 4
SHORTEST_SOUND, SHORTEST_GUESS, SHORTEST_BEGINNING = 3, 2, 4
NAMES_OFTEN = 0.3
"""Share of its documents that a word names, to be a name."""
GUESSES_COVER = 2.0
"""A guess that is half alike covers a quarter."""
BY_SOUND, BY_GENDER, BY_BEGINNING, BY_LOOKS = 0.95, 0.9, 0.75, 0.92
BY_KIN, KIN_COVERS = 0.8, 0.8
BY_CUT, CUT_COVERS = 0.8, 0.8
ONE_BEHIND = re.compile(r"[aeo][^aeiou]$")
"""A letter behind the vowel that stems are without: `donaq`."""
BETWEEN = frozenset(word for word in PREPOSITIONS if len(word) > 1)


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
    if len(word.stem) < SHORTEST_GUESSED or not word.stem.isalpha():
        return ()
    if word.written.isascii() and not VOWELS.search(word.written):
        return ()
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
    best = found[0].likeness if found else 0.0
    return tuple(each for each in found[:MOST_MEANINGS] if each.likeness >= best - 0.15)


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


def together(parts: Sequence[str], by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """Of documents that have all of these words."""
    best = [exact[0] for part in parts if (exact := heard(stem(part), by_sound))]
    if not best:
        return ()
    stems = tuple(dict.fromkeys(each.stems[0] for each in best))
    return (Meaning(stems, BY_SOUND, min(each.documents for each in best), named=any(each.named for each in best)),)


def surely(half: str, by_sound: Mapping[str, Sequence[Known]]) -> bool:
    """Whether it is a word of the shop as it is written, and long enough to be no chance."""
    return len(half) >= SURELY_A_WORD and heard(stem(half), by_sound)[0].likeness == 1.0


def without_preposition(word: str) -> list[str]:
    """What it may be if a preposition is written together with it: `peinadopara`, `demanzana`."""
    apart = (rest for each in BETWEEN for rest in (word.removesuffix(each), word.removeprefix(each)))
    return [rest for rest in apart if rest != word and len(rest) > SURELY_A_WORD and rest.isalpha()]


def several_in_one(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> tuple[str, ...]:
    """`cartulinanegrapliego`: as few words as can be, of which the shortest is as long as can be."""
    said = word.written
    best: dict[int, tuple[int, int, tuple[str, ...]]] = {0: (0, 0, ())}
    for last in range(SHORTEST_OF_SEVERAL, len(said) + 1):
        for first in range(last - SHORTEST_OF_SEVERAL + 1):
            if first not in best or best[first][0] == -MOST_PARTS:
                continue
            part = said[first:last]
            exact = heard(stem(part), by_sound)
            there = exact and (len(part) >= SHORTEST_PART or exact[0].stems == (part,))
            between = first > 0 and last < len(said) and part in BETWEEN
            if not there and not between and part not in UNITS:
                continue
            fewer, shortest, parts = best[first]
            way = fewer - 1, min(shortest, len(part)) if parts else len(part), (*parts, part)
            best[last] = max(best.get(last, way), way)
    return best[len(said)][2] if len(said) in best else ()


def may_be_several(word: Word) -> bool:
    """Whether it is worth looking for parts of it."""
    return not word.chat and word.written.isalpha() and LEAST_PARTS_TOGETHER <= len(word.written) <= LONGEST_GLUED


def two_in_one(word: str, by_sound: Mapping[str, Sequence[Known]]) -> tuple[str, str] | None:
    """`zapatillasazules` -> zapatillas, azules: both halves known, the rarer of them as common as can be, parted
    between a letter and a digit if they may be: `note13` is no `not e13`."""
    best: tuple[tuple[bool, int], tuple[str, str]] | None = None
    for first, second in halves(word):
        both = heard(stem(first), by_sound), heard(stem(second), by_sound)
        if all(both):
            fit = first[-1].isdigit() != second[0].isdigit(), min(each[0].documents for each in both)
            if best is None or fit > best[0]:
                best = fit, (first, second)
    return best[1] if best else None


def halves(word: str) -> list[tuple[str, str]]:
    """All ways to take it apart in two."""
    if len(word) > LONGEST_GLUED:
        return []
    least = SHORTEST_PART if word.isalpha() else SHORTEST_PART - 1
    places = range(SHORTEST_PART, len(word) - least + 1)
    return [(word[:place], word[place:]) for place in places if not word[place - 1 : place + 1].isdigit()]
