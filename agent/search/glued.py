"""Words that are written as one, without the blank between them: which words of a shop they are."""

from collections.abc import Iterable, Mapping, Sequence

from agent.search.guessing import BY_SOUND, GUESSES_COVER, Known, Meaning, all_guessed, as_written, heard
from agent.search.lexicon import UNITS
from agent.search.queries import Word
from agent.search.words import PREPOSITIONS, stem

SHORTEST_PART, LONGEST_GLUED = 3, 40
SURELY_A_WORD = 4
"""Letters of both halves of what is taken for two words, wherever they stand; shorter ones must be there together."""
SHORTEST_OF_SEVERAL, LEAST_PARTS_TOGETHER, MOST_PARTS = 2, 7, 4
SHORTEST_WITH_A_SLIP, SHORTEST_REST = 10, 4
"""Letters of two words in one of which one is misspelt, and of that one: `camarote` is no cama with something."""
MOST_GUESSED, LEAST_LIKE = 12, 0.6
"""Words that the misspelt one may be, as most are in no document with the other."""
BETWEEN = frozenset(word for word in PREPOSITIONS if len(word) > 1)


def without_preposition(word: str) -> list[str]:
    """What it may be if a preposition is written together with it: `peinadopara`, `demanzana`."""
    apart = (rest for each in BETWEEN for rest in (word.removesuffix(each), word.removeprefix(each)))
    return [rest for rest in apart if rest != word and len(rest) > SURELY_A_WORD and rest.isalpha()]


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


def by_chance(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> bool:
    """Whether it is several words only by chance, or not at all: parts that are short, or only sound like a word, are
    in many words that are misspelt (`sandi`, `arn`: sandiarntera)."""
    parts = two_in_one(word.written, by_sound) or several_in_one(word, by_sound)
    return not parts or not all(_is_word(part, by_sound) and len(part) >= SURELY_A_WORD for part in parts)


def rests(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> list[tuple[str, str]]:
    """`mouseinalamgrico` -> (mouse, inalamgrico): each half that the shop has, the longest first, and the rest."""
    pairs = halves(word.written)
    found = [
        (half, rest)
        for half, rest in (*pairs, *((second, first) for first, second in pairs))
        if len(rest) >= SHORTEST_REST and _is_word(half, by_sound)
    ]
    return sorted(found, key=lambda each: -len(each[0]))


def with_rest(half: str, rest: str, by_sound: Mapping[str, Sequence[Known]], near: Iterable[Known]) -> list[Meaning]:
    """Documents that have the half and a word that the rest may be; `near` are words that look like it."""
    found = []
    for known in as_written(stem(half), by_sound):
        for guess in all_guessed(Word(stem(rest), rest), near)[:MOST_GUESSED]:
            if guess.likeness >= LEAST_LIKE and guess.stems != known.stems:
                likeness = (BY_SOUND * len(half) + guess.likeness * len(rest)) / (len(half) + len(rest))
                documents = min(known.documents, guess.documents)
                stems, named = known.stems + guess.stems, known.named or guess.named
                found.append(Meaning(stems, likeness, documents, likeness**GUESSES_COVER, named))
    return found


def _is_word(part: str, by_sound: Mapping[str, Sequence[Known]]) -> bool:
    return bool(as_written(stem(part), by_sound))
