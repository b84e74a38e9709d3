"""Phrases that mean the same: those of the lexicon, beside which a tenant's own are laid (`synonyms.py`)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agent.search.guessing import BY_LOOKS
from agent.search.lexicon import HELPS, SAME, STOP_WORDS
from agent.search.words import sound, stem, written

BY_LEXICON, BY_TENANT = 0.7, 0.9
"""How alike what is said to mean the same is."""
SHORTEST_MISSPELT, MOST_MISSPELT = 5, 3
"""Letters of a word whose synonyms are thought of although a letter of it is wrong, and how many it may be."""

Phrase = tuple[str, ...]
"""Of stems."""
Alike = tuple[tuple[Phrase, float], ...]
"""Phrases that mean the same, with how alike they are."""


@dataclass(frozen=True)
class Synonyms:
    """What means the same as a phrase."""

    same: Mapping[Phrase, Alike]

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.same), default=0)

    @cached_property
    def _words(self) -> Mapping[tuple[str, int], Sequence[str]]:
        """Those whose misspellings are thought of, by their first letter and how many they have."""
        found: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word, *more in self.same:
            if not more and len(word) >= SHORTEST_MISSPELT and word.isalpha():
                found[word[0], len(word)].append(word)
        return dict(found)

    def misspelt(self, stem: str) -> Iterator[tuple[Phrase, float]]:
        """What means the same as the words that this one is but for a letter: `chiar`, a chair."""
        if len(stem) < SHORTEST_MISSPELT or not stem.isalpha() or (stem,) in self.same:
            return
        near = [word for more in (-1, 0, 1) for word in self._words.get((stem[0], len(stem) + more), ())]
        for word, _, _ in process.extract(stem, near, scorer=OSA.distance, score_cutoff=1, limit=MOST_MISSPELT):
            if sound(word)[0] == sound(stem)[0]:
                yield from ((meant, likeness * BY_LOOKS) for meant, likeness in self.same[word,])


def phrase(text: str) -> Phrase:
    """A synonym as the index knows it."""
    return tuple(stem(token) for token, _ in written(text) if token not in STOP_WORDS)


@lru_cache(maxsize=1)
def built_in() -> Synonyms:
    """The lexicon's groups: every phrase of one stands for every other, and what is told for what helps."""
    same: dict[Phrase, dict[Phrase, float]] = defaultdict(dict)
    for group in SAME:
        phrases = list(dict.fromkeys(found for each in group if (found := phrase(each))))
        for one in phrases:
            same[one] |= {other: BY_LEXICON for other in phrases if other != one}
    for said, helps in HELPS:
        for one in map(phrase, said):
            same[one] |= {other: BY_LEXICON for each in helps if (other := phrase(each)) != one}
    return Synonyms({one: tuple(others.items()) for one, others in same.items()})
